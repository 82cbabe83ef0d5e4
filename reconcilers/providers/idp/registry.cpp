// SPDX-License-Identifier: Apache-2.0
// The one place that names identity provider backends.
#include "reconcilers/providers/idp/idp_provider.hpp"
#include "reconcilers/providers/idp/keycloak/keycloak.hpp"
#include "reconcilers/providers/idp/registration/registration.hpp"

namespace sallyport::idp {

Result<std::unique_ptr<IdpProvider>> make_idp_provider(const ir::IdpConnection& connection, Surroundings around) {
  if (connection.type == "Keycloak") return keycloak::Keycloak::create(connection, std::move(around));
  if (connection.type == "DynamicRegistration")
    return registration::Registration::create(connection, std::move(around));
  return Error{Code::InvalidSpec, "unknown type of identity provider '" + connection.type + "'", "spec.type", {}};
}

}  // namespace sallyport::idp
