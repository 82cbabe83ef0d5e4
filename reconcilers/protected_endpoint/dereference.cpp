// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/protected_endpoint/dereference.hpp"

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

/// The oldest living endpoint that claims this host; paused or broken ones keep their claim.
EndpointPtr winner_of(const EndpointPtr& object, const shared::Caches& caches) {
  EndpointPtr winner = object;
  for (const EndpointPtr& other : caches.endpoints.find(shared::host_word(object->spec.host))) {
    const bool same = other->spec.host == object->spec.host && other->meta.uid != object->meta.uid;
    if (same && !other->meta.deletion_timestamp && shared::older(other->meta, winner->meta)) winner = other;
  }
  return winner == object ? nullptr : winner;
}

}  // namespace

Found dereference(const EndpointPtr& object, const shared::Caches& caches, const store::Store& store) {
  Found found;
  found.object = object;
  found.ns = store.namespaces().get("", object->meta.ns);
  const api::ProtectedEndpointSpec& spec = object->spec;
  found.gateway = caches.gateways.get("", spec.gateway_ref.name);
  found.provider = caches.providers.get("", spec.identity.provider_ref.name);
  if (!spec.backends.empty()) found.workspace = caches.workspaces.get("", spec.backends.front().workspace_ref.name);
  found.tls = look_up(store, object->meta.ns, spec.tls.secret_name);
  if (!spec.host.empty()) found.host_winner = winner_of(object, caches);
  return found;
}

}  // namespace sallyport::protected_endpoint
