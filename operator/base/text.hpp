// SPDX-License-Identifier: Apache-2.0
// The few things done with text in more than one place.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sallyport {

[[nodiscard]] std::string join(const std::vector<std::string>& parts, std::string_view separator);
/// Empty parts are kept: `split("a,,b", ',')` has three.
[[nodiscard]] std::vector<std::string> split(std::string_view text, char separator);
[[nodiscard]] std::string to_lower(std::string_view text);  ///< ASCII only.
[[nodiscard]] std::string_view trim(std::string_view text);

/// `*` stands for any run of characters, everything else for itself. Linear time, no regular expression.
[[nodiscard]] bool matches_wildcard(std::string_view pattern, std::string_view text);
/// As above, but `*` does not match a dot: `*.example.com` covers `a.example.com`, not `a.b.example.com`. Ignores case.
[[nodiscard]] bool matches_host(std::string_view pattern, std::string_view host);

/// RFC 3986 section 2.3: everything but ALPHA DIGIT - . _ ~ is percent-encoded.
[[nodiscard]] std::string percent_encode(std::string_view text);
/// application/x-www-form-urlencoded from pairs, in order.
[[nodiscard]] std::string form_encode(const std::vector<std::pair<std::string, std::string>>& pairs);

/// Text of an outside system, made fit for a condition or an event: one line, printable, at most `limit` bytes (cut at
/// a character, marked with `...`).
[[nodiscard]] std::string one_line(std::string_view text, std::size_t limit = 512);

}  // namespace sallyport
