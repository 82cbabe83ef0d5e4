// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/databricks_workspace/connection.hpp"

#include <algorithm>
#include <memory>

#include "reconcilers/databricks_workspace/serving_certificate.hpp"

namespace sallyport::databricks_workspace {

/// Who has granted something through it, as one could before there was this rule, goes on.
std::optional<Error> Traits::refuse(const store::Object<Kind>& object, const shared::Caches& caches) {
  const auto older = shared::older_of_same_workspace(object, caches);
  if (!older) return std::nullopt;
  for (const auto& endpoint : caches.endpoints.list()) {
    const auto& placements = endpoint->status.placements;
    const bool granted = std::any_of(placements.begin(), placements.end(), [&](const api::Placement& placement) {
      return placement.system == kSystem && placement.connection == object.meta.name && !placement.hash.empty();
    });
    if (granted) return std::nullopt;
  }
  return Error{Code::Conflict,
               "DatabricksWorkspace '" + older->meta.name +
                   "' is older and speaks for this workspace; refer to that one, and allow there what this one allows",
               "spec.host",
               {}};
}

ir::DataConnection Traits::build(const std::string& name, const api::DatabricksWorkspaceSpec& spec,
                                 const ir::SecretHandle& credentials, const InstanceId& instance) {
  ir::DataConnection connection;
  connection.name = name;
  connection.instance = instance;
  connection.host = spec.host.ends_with('/') ? spec.host.substr(0, spec.host.size() - 1) : spec.host;
  connection.auth = spec.auth.type == api::WorkspaceAuthType::PersonalAccessToken ? "PersonalAccessToken" : "OAuthM2M";
  connection.credentials = credentials;
  connection.ca_bundle = spec.ca_bundle;
  return connection;
}

Result<std::unique_ptr<data::DataProvider>> Traits::make(const Description& connection, shared::World& world) {
  return data::make_data_provider(
      connection, {world.connect, world.secrets, world.ledgers, world.around.clock, world.around.random});
}

/// The link keeps its step for as long as it lives; what the connection says of authorities may change meanwhile.
shared::WorkspaceLink::Step Traits::step(const Description& connection, shared::World& world) {
  const auto keep = world.around.drift_interval / 2;
  auto certificates = std::make_shared<ServingCertificates>(world.look_at_certificate, world.around.clock, keep);
  return grant_step([&world, certificates, name = connection.name](const std::string& url, std::stop_token stop) {
    const auto workspace = world.caches.workspaces.get("", name);
    return workspace ? certificates->facts(url, workspace->spec.ca_bundle, std::move(stop)) : ir::Facts{};
  });
}

void Traits::tell(const std::optional<Result<Health>>& health, const api::DatabricksWorkspaceSpec&,
                  const shared::Caches& caches, const std::string& name, api::DatabricksWorkspaceStatus& status,
                  SystemTime) {
  status.users = static_cast<int>(shared::users_of(caches, api::PlacementSystem::Databricks, name).size());
  if (health && *health) status.identity = **health;
}

}  // namespace sallyport::databricks_workspace
