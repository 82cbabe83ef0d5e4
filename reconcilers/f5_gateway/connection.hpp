// SPDX-License-Identifier: Apache-2.0
// What is an F5Gateway's own among the connections.
#pragma once

#include "reconcilers/f5_gateway/target.hpp"
#include "reconcilers/shared/connection_reconciler.hpp"

namespace sallyport::f5_gateway {

struct Traits {
  using Kind = api::F5Gateway;
  using Link = shared::GatewayLink;
  using Provider = edge::EdgeProvider;
  using Health = edge::Condition;
  using Description = ir::EdgeConnection;
  static constexpr std::string_view kKind = "F5Gateway";
  static constexpr api::PlacementSystem kSystem = api::PlacementSystem::F5;
  static constexpr int kThreads = 1;  ///< a device takes one declaration at a time

  [[nodiscard]] static shared::CredentialsName credentials(const std::string& name, const api::F5GatewaySpec& spec);
  /// One directory, one gateway: a younger one is refused.
  [[nodiscard]] static std::optional<Error> refuse(const store::Object<Kind>& object, const shared::Caches& caches);
  /// An NGINX gateway's signing key is made here, unless somebody gave one.
  [[nodiscard]] static std::optional<Result<ir::SecretBytes>> new_credentials(const Description& connection);
  [[nodiscard]] static Description build(const std::string& name, const api::F5GatewaySpec& spec,
                                         const ir::SecretHandle& credentials, const InstanceId& instance);
  [[nodiscard]] static Result<std::unique_ptr<Provider>> make(const Description& connection, shared::World& world);
  [[nodiscard]] static Link::Step step(const Description& connection, shared::World& world);
  [[nodiscard]] static shared::Links<Link>& links(shared::World& world) { return world.gateways; }
  [[nodiscard]] static const auto& cache(const shared::Caches& caches) { return caches.gateways; }
  static void tell(const std::optional<Result<Health>>& health, const api::F5GatewaySpec& spec,
                   const shared::Caches& caches, const std::string& name, api::F5GatewayStatus& status, SystemTime now);
};

/// Whether the stored status of this gateway bears the note. True as well after some seconds of asking in vain: the
/// note helps whoever comes after us; the work does not hang on it for ever, a withdrawal least of all. References
/// outlive it.
[[nodiscard]] SaysUnsaved stored_note(const store::Store& store, const shared::Caches& caches, const std::string& name,
                                      const Clock& clock);

/// The applications that are on it by the ledgers of those that want them. References outlive it.
[[nodiscard]] std::function<edge::Placed()> placed_on(const shared::Caches& caches, const std::string& name);

/// Whose a change of the gateway as a whole is: the object as the cache has it when it is asked for. References outlive
/// it.
[[nodiscard]] std::function<ir::Owner()> current_owner(const shared::Caches& caches, const std::string& name);

using Reconciler = shared::ConnectionReconciler<Traits>;

}  // namespace sallyport::f5_gateway
