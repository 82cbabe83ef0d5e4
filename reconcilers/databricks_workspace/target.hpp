// SPDX-License-Identifier: Apache-2.0
// The target that serialises writes to one serving endpoint's access list.
#pragma once

#include <functional>

#include "reconcilers/shared/world.hpp"

namespace sallyport::databricks_workspace {

/// What is to be told, beside what the workspace says, of a serving endpoint with this invocations URL.
using FactsOfHost = std::function<ir::Facts(const std::string& invocations_url, std::stop_token stop)>;

[[nodiscard]] shared::WorkspaceLink::Step grant_step(FactsOfHost facts_of_host = {});

}  // namespace sallyport::databricks_workspace
