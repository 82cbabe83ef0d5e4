// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/protected_endpoint/dereference.hpp"

#include "reconcilers/shared/allow.hpp"

namespace sallyport::protected_endpoint {
namespace {

SecretState look_up(const store::Store& store, const std::string& ns, const std::string& name) {
  const auto secret = store.secrets().get(ns, name);
  if (!secret) return {};
  const auto label = secret->meta.labels.find(std::string(api::kUsableBy));
  const bool usable = label != secret->meta.labels.end() && label->second == "ProtectedEndpoint";
  return {usable ? SecretState::Standing::Usable : SecretState::Standing::NotUsable,
          {ns, name, secret->meta.uid.str(), secret->meta.resource_version}};
}

/// Whether the owner of its gateway lets it have the host: a claim that its namespace has no right to takes nothing
/// from anybody.
bool may_have_host(const EndpointPtr& claimant, const shared::Caches& caches, const store::Store& store) {
  const auto ns = store.namespaces().get("", claimant->meta.ns);
  const auto gateway = caches.gateways.get("", claimant->spec.gateway_ref.name);
  return ns && gateway && shared::rights(gateway->spec, *ns).host(claimant->spec.host);
}

/// The oldest living endpoint that claims this host and may have it; paused or broken ones keep their claim.
void find_rivals(Found& found, const shared::Caches& caches, const store::Store& store) {
  const EndpointPtr& object = found.object;
  EndpointPtr winner = object;
  for (const EndpointPtr& other : caches.endpoints.find(shared::host_word(object->spec.host))) {
    const bool same = other->spec.host == object->spec.host && other->meta.uid != object->meta.uid;
    if (!same || other->meta.deletion_timestamp) continue;
    found.host_contested = true;
    if (shared::older(other->meta, winner->meta) && may_have_host(other, caches, store)) winner = other;
  }
  if (winner != object) found.host_winner = winner;
}

Connections connections_of(const std::vector<api::Placement>& placements, const shared::Caches& caches) {
  Connections connections;
  const auto add = [](auto& map, const auto& cache, const std::string& name) {
    if (auto connection = cache.get("", name)) map.emplace(name, std::move(connection));
  };
  for (const api::Placement& placement : placements) {
    switch (placement.system) {
      case api::PlacementSystem::F5:
        add(connections.gateways, caches.gateways, placement.connection);
        break;
      case api::PlacementSystem::OIDC:
        add(connections.providers, caches.providers, placement.connection);
        break;
      case api::PlacementSystem::Databricks:
        add(connections.workspaces, caches.workspaces, placement.connection);
        break;
    }
  }
  return connections;
}

}  // namespace

Found dereference(const EndpointPtr& object, const shared::Caches& caches, const store::Store& store, SystemTime now) {
  Found found;
  found.object = object;
  found.now = now;
  found.ns = store.namespaces().get("", object->meta.ns);
  const api::ProtectedEndpointSpec& spec = object->spec;
  found.gateway = caches.gateways.get("", spec.gateway_ref.name);
  found.provider = caches.providers.get("", spec.identity.provider_ref.name);
  for (const api::Backend& backend : spec.backends) {
    auto workspace = caches.workspaces.get("", backend.workspace_ref.name);
    auto winner = workspace ? shared::older_of_same_workspace(*workspace, caches) : nullptr;
    found.backends.push_back({std::move(workspace), std::move(winner)});
  }
  if (found.backends.empty()) found.backends.emplace_back();
  found.tls = look_up(store, object->meta.ns, spec.tls.secret_name);
  if (spec.upstream && spec.upstream->service_principal)
    found.upstream = look_up(store, object->meta.ns, spec.upstream->service_principal->secret_name);
  found.placed_at = connections_of(object->status.placements, caches);
  if (!spec.host.empty()) find_rivals(found, caches, store);
  return found;
}

}  // namespace sallyport::protected_endpoint
