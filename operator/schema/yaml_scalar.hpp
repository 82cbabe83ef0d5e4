// SPDX-License-Identifier: Apache-2.0
// What a YAML scalar means: the table of go-yaml v2 (resolve.go), which is what kubectl speaks.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "operator/base/result.hpp"

namespace sallyport::schema {

/// `tag` as yaml-cpp gives it: "?" for a plain scalar without a tag, "!" for a quoted one, else the whole tag.
/// InvalidSpec for a number that JSON has not, a tag that does not fit its text, and a tag that we do not know.
[[nodiscard]] Result<nlohmann::json> resolve_scalar(std::string_view tag, const std::string& text);

}  // namespace sallyport::schema
