// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/shared/caches.hpp"

#include <tuple>

#include "operator/base/text.hpp"
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
    if (placement.system == api::PlacementSystem::F5)
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

namespace {

/// An origin as it is compared: without the slash and the port that go without saying.
std::string origin_of(const std::string& host) {
  const std::string lower = to_lower(host);
  std::string_view origin = lower;
  for (const std::string_view idle : {"/", ":443"}) {
    if (origin.ends_with(idle)) origin.remove_suffix(idle.size());
  }
  return std::string(origin);
}

}  // namespace

store::ObjectPtr<api::DatabricksWorkspace> older_of_same_workspace(
    const store::Object<api::DatabricksWorkspace>& workspace, const Caches& caches) {
  for (const auto& other : caches.workspaces.list()) {
    const bool same = origin_of(other->spec.host) == origin_of(workspace.spec.host);
    if (same && other->meta.name != workspace.meta.name && older(other->meta, workspace.meta)) return other;
  }
  return nullptr;
}

bool older(const schema::Metadata& a, const schema::Metadata& b) {
  return std::tie(a.creation_timestamp, a.ns, a.name) < std::tie(b.creation_timestamp, b.ns, b.name);
}

}  // namespace sallyport::shared
