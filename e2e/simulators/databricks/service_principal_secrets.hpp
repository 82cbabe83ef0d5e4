// SPDX-License-Identifier: Apache-2.0
// GET|POST /api/2.0/accounts/servicePrincipals/{sp_id}/credentials/secrets and DELETE .../{secret_id}: the account's
// API as a workspace lends it to its admins (reference section 5.3). What is made here signs in.
#pragma once

#include "e2e/simulators/databricks/call.hpp"
#include "e2e/simulators/databricks/world.hpp"

namespace sallyport::simulators::databricks {

/// Paths below /api/2.0/accounts/servicePrincipals.
[[nodiscard]] Reply answer_service_principal_secrets(World& world, const Call& call);

}  // namespace sallyport::simulators::databricks
