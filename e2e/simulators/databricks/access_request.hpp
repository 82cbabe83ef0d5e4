// SPDX-License-Identifier: Apache-2.0
// The `access_control_list` of a PUT or PATCH, read entry by entry against the directory.
#pragma once

#include <expected>

#include "e2e/simulators/databricks/call.hpp"
#include "e2e/simulators/databricks/world.hpp"

namespace sallyport::simulators::databricks {

struct AccessRequest {
  Entries entries{};               ///< of a principal named twice the last level, even if lower (CLI fact check)
  std::optional<Reply> refusal{};  ///< set when the switch lets the good entries through beside a bad one
};

/// The entries, or the answer that refuses the whole request.
[[nodiscard]] std::expected<AccessRequest, Reply> read_access_request(const World& world, const Json& body);

}  // namespace sallyport::simulators::databricks
