// SPDX-License-Identifier: Apache-2.0
// What a field may ask of a text: length, pattern, format. With the API server's meaning of each.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "operator/schema/options.hpp"

namespace sallyport::schema {

/// Options of the items of a list, or of the values of a map, of a field with these options: `item_...` becomes the
/// plain option, bounds and format are passed on. `min_length` is 1 for list items.
[[nodiscard]] Options list_item_options(const Options& options);
[[nodiscard]] Options map_value_options(const Options& options);

/// Longest text that the options allow.
[[nodiscard]] std::size_t max_length(const Options& options);
/// Most items that the options allow.
[[nodiscard]] std::size_t max_items(const Options& options);

/// Characters (code points) of UTF-8.
[[nodiscard]] std::size_t count_characters(std::string_view text);

/// The whole text against `^...$`, by characters; `.` does not match a line end. The length of `text` must be bounded
/// by the caller. A match that would take too long is no match.
[[nodiscard]] bool matches_pattern(std::string_view pattern, std::string_view text);

/// date-time (RFC 3339), cidr, ipv4, ipv6, uuid, byte (base64).
[[nodiscard]] bool has_format(std::string_view format, std::string_view text);

/// Why the text is not what the options ask for, or nothing. Length first, so that no pattern meets a long text.
[[nodiscard]] std::optional<std::string> text_fault(const Options& options, std::string_view text);

}  // namespace sallyport::schema
