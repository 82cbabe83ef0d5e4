// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/databricks_workspace/connection.hpp"

#include "operator/base/text.hpp"

namespace sallyport::databricks_workspace {
namespace {

/// An origin as it is compared: without the slash and the port that go without saying.
std::string origin_of(const std::string& host) {
  std::string origin = to_lower(host);
  for (const std::string_view idle : {"/", ":443"}) {
    if (origin.ends_with(idle)) origin.resize(origin.size() - idle.size());
  }
  return origin;
}

}  // namespace

std::optional<Error> Traits::refuse(const store::Object<Kind>& object, const shared::Caches& caches) {
  for (const auto& other : caches.workspaces.list()) {
    const bool same = origin_of(other->spec.host) == origin_of(object.spec.host);
    if (!same || other->meta.name == object.meta.name || !shared::older(other->meta, object.meta)) continue;
    return Error{
        Code::Conflict,
        "DatabricksWorkspace '" + other->meta.name +
            "' is older and speaks for this workspace; refer to that one, and allow there what this one allows",
        "spec.host",
        {}};
  }
  return std::nullopt;
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

shared::WorkspaceLink::Step Traits::step(const Description&, shared::World&) {
  return grant_step();
}

void Traits::tell(const std::optional<Result<Health>>& health, const api::DatabricksWorkspaceSpec&,
                  const shared::Caches& caches, const std::string& name, api::DatabricksWorkspaceStatus& status) {
  status.users = static_cast<int>(shared::users_of(caches, api::PlacementSystem::Databricks, name).size());
  if (health && *health) status.identity = **health;
}

}  // namespace sallyport::databricks_workspace
