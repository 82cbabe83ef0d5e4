// SPDX-License-Identifier: Apache-2.0
// Discovery and the token endpoint (reference 5.1, 5.2, 5.4).
#pragma once

#include "e2e/simulators/databricks/call.hpp"
#include "e2e/simulators/databricks/world.hpp"

namespace sallyport::simulators::databricks {

/// GET /.well-known/databricks-config, without authentication.
[[nodiscard]] Reply answer_well_known(const World& world, const Call& call);
/// GET /oidc/.well-known/oauth-authorization-server and POST /oidc/v1/token: client_credentials with Basic or in the
/// form, RFC 8693 token exchange by federation policy.
[[nodiscard]] Reply answer_oauth(World& world, const Call& call);

/// "scheme://host" as the caller addressed the workspace.
[[nodiscard]] std::string own_url(const World& world, const Call& call);

}  // namespace sallyport::simulators::databricks
