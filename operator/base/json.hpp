// SPDX-License-Identifier: Apache-2.0
// JSON from outside, read within bounds. nlohmann/json copies and prints a document by recursion, so one that is nested
// deep enough ends the program; it is refused before a document exists.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>

#include "operator/base/result.hpp"

namespace sallyport {

/// Fails with `code` for text that is not one JSON value or is nested deeper than `max_depth` arrays and objects. The
/// message never quotes the text, which may hold a secret, except for the title of an HTML page: a login page or a
/// gateway's error in place of an answer is the commonest mistake. Of a member that comes twice, the last counts.
[[nodiscard]] Result<nlohmann::json> parse_json(std::string_view text, int max_depth = 64,
                                                Code code = Code::Unavailable);

/// How deep arrays and objects are nested in a text, at least as far as a parser gets before its first error. Cheap.
[[nodiscard]] int json_depth(std::string_view text);

}  // namespace sallyport
