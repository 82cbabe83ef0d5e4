// SPDX-License-Identifier: Apache-2.0
// What is an IdentityProvider's own among the connections.
#pragma once

#include "reconcilers/identity_provider/target.hpp"
#include "reconcilers/shared/connection_reconciler.hpp"

namespace sallyport::identity_provider {

struct Traits {
  using Kind = api::IdentityProvider;
  using Link = shared::IdentityLink;
  using Provider = idp::IdpProvider;
  using Health = idp::Discovery;
  using Description = ir::IdpConnection;
  static constexpr std::string_view kKind = "IdentityProvider";
  static constexpr api::PlacementSystem kSystem = api::PlacementSystem::OIDC;
  static constexpr int kThreads = 4;

  [[nodiscard]] static shared::CredentialsName credentials(const std::string&, const api::IdentityProviderSpec& spec);
  [[nodiscard]] static Description build(const std::string& name, const api::IdentityProviderSpec& spec,
                                         const ir::SecretHandle& credentials, const InstanceId& instance);
  [[nodiscard]] static Result<std::unique_ptr<Provider>> make(const Description& connection, shared::World& world);
  [[nodiscard]] static Link::Step step(const Description& connection, shared::World& world);
  [[nodiscard]] static shared::Links<Link>& links(shared::World& world) { return world.providers; }
  [[nodiscard]] static const auto& cache(const shared::Caches& caches) { return caches.providers; }
  static void tell(const std::optional<Result<Health>>& health, const api::IdentityProviderSpec& spec,
                   const shared::Caches& caches, const std::string& name, api::IdentityProviderStatus& status,
                   SystemTime now);
};

using Reconciler = shared::ConnectionReconciler<Traits>;

}  // namespace sallyport::identity_provider
