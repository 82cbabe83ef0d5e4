// SPDX-License-Identifier: Apache-2.0
// Durations as text: hours, minutes, seconds and milliseconds, in this order, whole numbers: "300s", "1h30m", "500ms".
// A subset of what Go and CEL read, with one canonical form.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "operator/base/result.hpp"

namespace sallyport::schema {

/// Also what the OpenAPI schema says. Values stay below the 292 years that CEL can hold.
inline constexpr std::string_view kDurationPattern = "^([0-9]{1,6}h)?([0-9]{1,7}m)?([0-9]{1,9}s)?([0-9]{1,9}ms)?$";
inline constexpr std::size_t kDurationMaxLength = 36;

/// InvalidSpec if the text does not match `kDurationPattern` or is empty.
[[nodiscard]] Result<std::chrono::milliseconds> parse_duration(std::string_view text);

/// Canonical: the largest units, nothing that is zero: 300 s gives "5m", zero gives "0s". Not for negative values.
[[nodiscard]] std::string write_duration(std::chrono::milliseconds duration);

}  // namespace sallyport::schema
