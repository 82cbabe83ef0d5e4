// SPDX-License-Identifier: Apache-2.0
// The target that serialises writes to one serving endpoint's access list.
#pragma once

#include "reconcilers/shared/world.hpp"

namespace sallyport::databricks_workspace {

[[nodiscard]] shared::WorkspaceLink::Step grant_step();

}  // namespace sallyport::databricks_workspace
