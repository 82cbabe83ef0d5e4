// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/shared/caches.hpp"

#include <tuple>

#include "operator/http/client.hpp"
#include "reconcilers/shared/addresses.hpp"

namespace sallyport::shared {

std::string host_word(const std::string& host) {
  return "host=" + host;
}

std::string address_word(const std::string& canonical_address) {
  return "address=" + canonical_address;
}

std::string ledger_word(const std::string& workspace, const std::string& endpoint_name) {
  return workspace + "/" + endpoint_name;
}

std::vector<std::string> words_of_endpoint(const store::Object<api::ProtectedEndpoint>& endpoint) {
  std::vector<std::string> words;
  if (!endpoint.spec.host.empty()) words.push_back(host_word(endpoint.spec.host));
  for (const api::Placement& placement : endpoint.status.placements) {
    if (placement.system == api::PlacementSystem::F5 && !placement.address.empty())
      words.push_back(address_word(canonical_address(placement.address)));
  }
  if (schema::find_condition(endpoint.status.conditions, "Conflicted") != nullptr) words.emplace_back(kConflictedWord);
  return words;
}

std::vector<std::string> words_of_ledger(const store::Object<api::AccessLedger>& ledger) {
  return {ledger_word(ledger.spec.workspace, ledger.spec.endpoint_name)};
}

std::string consumer_secret_name(const store::Object<api::ProtectedEndpoint>& endpoint) {
  const auto& client = endpoint.spec.client;
  return client && !client->secret_name.empty() ? client->secret_name : endpoint.meta.name + "-client";
}

std::string credentials_secret_name(const std::string& gateway, const api::F5GatewaySpec& spec) {
  if (!spec.nginx) return spec.bigip ? spec.bigip->credentials_secret : "";
  return spec.nginx->signing_key_secret.empty() ? "sallyport-signing-" + gateway : spec.nginx->signing_key_secret;
}

std::string origin_of(const std::string& url) {
  const Result<http::Url> parsed = http::parse_url(url);
  return parsed ? parsed->origin() : url;
}

store::ObjectPtr<api::DatabricksWorkspace> older_of_same_workspace(
    const store::Object<api::DatabricksWorkspace>& workspace, const Caches& caches) {
  const std::string origin = origin_of(workspace.spec.host);
  for (const auto& other : caches.workspaces.list()) {
    if (older(other->meta, workspace.meta) && origin_of(other->spec.host) == origin) return other;
  }
  return nullptr;
}

bool older(const schema::Metadata& a, const schema::Metadata& b) {
  return std::tie(a.creation_timestamp, a.ns, a.name) < std::tie(b.creation_timestamp, b.ns, b.name);
}

}  // namespace sallyport::shared

namespace sallyport::store {

template class Cache<Object<api::F5Gateway>>;
template class Cache<Object<api::IdentityProvider>>;
template class Cache<Object<api::DatabricksWorkspace>>;
template class Cache<Object<api::ProtectedEndpoint>>;
template class Cache<Object<api::AccessLedger>>;

}  // namespace sallyport::store
