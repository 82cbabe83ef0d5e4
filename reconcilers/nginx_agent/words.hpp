// SPDX-License-Identifier: Apache-2.0
// How a value is written into a file of nginx so that it stays a value. The only way in which one gets there (rule
// I10): what cannot be written safely at its place is refused.
#pragma once

#include <string>
#include <string_view>

#include "operator/base/result.hpp"

namespace sallyport::nginx_agent {

/// A word without quotes: letters, digits and `. _ ~ / : [ ] @ -`, not empty.
[[nodiscard]] Result<std::string> plain_word(std::string_view value);

/// A regular expression, in quotes, for a subject in the form of RFC 2253 that has this common name. In that form a
/// comma within a value has a backslash in front, so that no other attribute can hold it.
[[nodiscard]] Result<std::string> common_name_pattern(std::string_view name);

/// JSON within single quotes. nginx takes backslashes and dollars in such a text for its own, so that every character
/// of a string that is more than a letter, a digit or harmless is written as \uXXXX, which it leaves alone.
[[nodiscard]] std::string json_text(std::string_view json);

/// "30s", "1500ms": what nginx's time parameters take.
[[nodiscard]] std::string milliseconds(std::int64_t count);

}  // namespace sallyport::nginx_agent
