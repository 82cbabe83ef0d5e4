// SPDX-License-Identifier: Apache-2.0
// What is a DatabricksWorkspace's own among the connections.
#pragma once

#include "reconcilers/databricks_workspace/target.hpp"
#include "reconcilers/shared/connection_reconciler.hpp"

namespace sallyport::databricks_workspace {

struct Traits {
  using Kind = api::DatabricksWorkspace;
  using Link = shared::WorkspaceLink;
  using Provider = data::DataProvider;
  using Health = std::string;  ///< who we are there
  using Description = ir::DataConnection;
  static constexpr std::string_view kKind = "DatabricksWorkspace";
  static constexpr api::PlacementSystem kSystem = api::PlacementSystem::Databricks;
  static constexpr int kThreads = 12;  ///< a write takes half a second, and 30 a second are allowed

  [[nodiscard]] static shared::CredentialsName credentials(const std::string&,
                                                           const api::DatabricksWorkspaceSpec& spec) {
    return {spec.auth.credentials_secret, "spec.auth.credentialsSecret"};
  }
  /// One workspace, one connection: a younger one is refused, and connected when the older one goes.
  [[nodiscard]] static std::optional<Error> refuse(const store::Object<Kind>& object, const shared::Caches& caches);
  [[nodiscard]] static Description build(const std::string& name, const api::DatabricksWorkspaceSpec& spec,
                                         const ir::SecretHandle& credentials, const InstanceId& instance);
  [[nodiscard]] static Result<std::unique_ptr<Provider>> make(const Description& connection, shared::World& world);
  [[nodiscard]] static Link::Step step(const Description& connection, shared::World& world);
  [[nodiscard]] static shared::Links<Link>& links(shared::World& world) { return world.workspaces; }
  [[nodiscard]] static const auto& cache(const shared::Caches& caches) { return caches.workspaces; }
  static void tell(const std::optional<Result<Health>>& health, const api::DatabricksWorkspaceSpec& spec,
                   const shared::Caches& caches, const std::string& name, api::DatabricksWorkspaceStatus& status,
                   SystemTime now);
};

using Reconciler = shared::ConnectionReconciler<Traits>;

}  // namespace sallyport::databricks_workspace
