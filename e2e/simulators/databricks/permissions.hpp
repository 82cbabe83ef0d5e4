// SPDX-License-Identifier: Apache-2.0
// GET|PUT|PATCH /api/2.0/permissions/{type}/{id} and GET .../permissionLevels (reference section 2).
#pragma once

#include "e2e/simulators/databricks/call.hpp"
#include "e2e/simulators/databricks/world.hpp"

namespace sallyport::simulators::databricks {

/// Paths below /api/2.0/permissions. Of the object types only serving endpoints exist in this workspace: the others are
/// recognised, and their objects do not exist.
[[nodiscard]] Reply answer_permissions(World& world, const Call& call);

}  // namespace sallyport::simulators::databricks
