// SPDX-License-Identifier: Apache-2.0
// PatchOp on the members of a group (reference 4.2).
#pragma once

#include "e2e/simulators/databricks/call.hpp"
#include "e2e/simulators/databricks/world.hpp"

namespace sallyport::simulators::databricks {

/// add and replace with path "members", remove with `members[value eq "id"]`; all or nothing. The caller must be an
/// admin. On success an empty 200 whose effect names the members before and after.
[[nodiscard]] Reply patch_group(World& world, Principal& group, const Call& call);

}  // namespace sallyport::simulators::databricks
