// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/identity_provider/connection.hpp"

#include "reconcilers/identity_provider/identity_config.hpp"

namespace sallyport::identity_provider {

shared::CredentialsName Traits::credentials(const std::string&, const api::IdentityProviderSpec& spec) {
  return {spec.registration ? spec.registration->credentials_secret : "", "spec.registration.credentialsSecret"};
}

ir::IdpConnection Traits::build(const std::string& name, const api::IdentityProviderSpec& spec,
                                const ir::SecretHandle& credentials, const InstanceId& instance) {
  ir::IdpConnection connection;
  connection.name = name;
  connection.instance = instance;
  connection.issuer = spec.issuer;
  connection.type = spec.type == api::IdentityProviderType::Keycloak ? "Keycloak" : "DynamicRegistration";
  connection.credentials = credentials;
  if (spec.registration) connection.registration_endpoint = spec.registration->endpoint;
  connection.ca_bundle = spec.ca_bundle;
  return connection;
}

Result<std::unique_ptr<idp::IdpProvider>> Traits::make(const Description& connection, shared::World& world) {
  return idp::make_idp_provider(connection,
                                {world.connect, world.secrets, world.vault, world.around.clock, world.around.random});
}

shared::IdentityLink::Step Traits::step(const Description&, shared::World& world) {
  return client_step(world.store);
}

void Traits::tell(const std::optional<Result<Health>>& health, const api::IdentityProviderSpec& spec,
                  const shared::Caches& caches, const std::string& name, api::IdentityProviderStatus& status,
                  SystemTime now) {
  status.users = 0;
  status.lost_registrations = 0;
  for (const auto& endpoint : caches.endpoints.list()) {
    for (const api::Placement& placement : endpoint->status.placements) {
      if (placement.system != api::PlacementSystem::OIDC || placement.connection != name) continue;
      ++status.users;
      if (endpoint->status.client) status.lost_registrations += endpoint->status.client->lost_registrations;
    }
  }
  tell_identity_config(health, spec, now, status);
  if (!health || !*health) return;
  status.token_endpoint = (*health)->token_endpoint;
  status.registration_endpoint = (*health)->registration_endpoint;
  status.jwks_uri = (*health)->jwks_uri;
}

}  // namespace sallyport::identity_provider
