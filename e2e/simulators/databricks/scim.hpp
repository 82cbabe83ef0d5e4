// SPDX-License-Identifier: Apache-2.0
// SCIM of a workspace: /api/2.0/preview/scim/v2/{Me|Users|Groups|ServicePrincipals}[/{id}] (reference section 4).
#pragma once

#include "e2e/simulators/databricks/call.hpp"
#include "e2e/simulators/databricks/world.hpp"

namespace sallyport::simulators::databricks {

/// GET of all of them, and PATCH of a group's members. Nothing is created or deleted here: principals come from the
/// account, and the control API plays the account.
[[nodiscard]] Reply answer_scim(World& world, const Call& call);

}  // namespace sallyport::simulators::databricks
