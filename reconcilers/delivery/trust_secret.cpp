// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/delivery/trust_secret.hpp"

#include <algorithm>

#include "operator/base/digest.hpp"
#include "operator/base/log.hpp"
#include "reconcilers/shared/store_adapters.hpp"

namespace sallyport::delivery {
namespace {

constexpr std::string_view kPrefix = "sallyport-gateway-";
constexpr std::size_t kLongestName = 253;
constexpr const char* kOwnerKind = "F5Gateway";

std::string value_of(const std::map<std::string, std::string>& words, std::string_view name) {
  const auto found = words.find(std::string(name));
  return found == words.end() ? std::string() : found->second;
}

bool is_ours(const schema::Metadata& secret, const DeliveredGateway& gateway) {
  return value_of(secret.labels, shared::kManagedBy) == "sallyport" &&
         value_of(secret.annotations, kTrustOf) == gateway.meta.uid.str();
}

std::string content_of(const Trust& trust) {
  return sha256_hex(trust.authorities + '\n' + trust.keys);
}

Result<void> write(store::Store& store, const DeliveredGateway& gateway, const std::string& ns, const Trust& trust,
                   const std::string& replaced) {
  store::SecretWrite secret;
  secret.ns = ns;
  secret.name = trust_secret_name(gateway.name);
  secret.bytes = {{"ca.crt", Secret(trust.authorities)}, {"keys.json", Secret(trust.keys)}};
  secret.annotations = {{std::string(kTrustOf), gateway.meta.uid.str()},
                        {std::string(shared::kContentHash), content_of(trust)}};
  secret.controller = gateway.meta;
  secret.controller_kind = kOwnerKind;
  secret.expected_resource_version = replaced;
  const auto written = store.write_secret(secret);
  if (written || written.error().code == Code::Conflict) return {};  // changed meanwhile: looked at again soon
  return written.error();
}

/// What a person should know of one namespace; empty: all is well.
std::string lay_out(store::Store& store, const DeliveredGateway& gateway, const std::string& ns, const Trust& trust) {
  const std::string name = trust_secret_name(gateway.name);
  const auto place = store.namespaces().get("", ns);
  if (!place) return "there is no namespace '" + ns + "', which spec.nginx.agents names, or it is not watched";
  if (place->terminating) return {};
  const auto there = store.secrets().get(ns, name);
  if (there && !is_ours(there->meta, gateway)) {
    return "Secret " + ns + "/" + name + " was not made for this gateway, and is left alone: take it away, or give " +
           "agents its ca.crt and keys.json by another name";
  }
  if (there && value_of(there->meta.annotations, shared::kContentHash) == content_of(trust)) return {};
  if (!store.fresh({"Secret", ns, name})) return {};
  const Result<void> written = write(store, gateway, ns, trust, there ? there->meta.resource_version : "");
  return written ? std::string() : "Secret " + ns + "/" + name + ": " + written.error().message;
}

}  // namespace

std::string trust_secret_name(const std::string& gateway) {
  std::string name = std::string(kPrefix) + gateway;
  return name.size() <= kLongestName ? name : std::string(kPrefix) + short_hash(gateway, 32);
}

std::vector<std::string> lay_out_trust(store::Store& store, const DeliveredGateway& gateway, const Trust& trust) {
  std::vector<std::string> notes;
  if (!gateway.whole) return notes;  // a list that cannot be read takes nothing away
  const std::vector<std::string> wanted = gateway.namespaces();
  for (const std::string& ns : wanted) {
    std::string note = lay_out(store, gateway, ns, trust);
    if (!note.empty()) notes.push_back(std::move(note));
  }
  const std::string name = trust_secret_name(gateway.name);
  for (const auto& secret : store.secrets().list()) {
    const schema::Metadata& meta = secret->meta;
    if (meta.name != name || !is_ours(meta, gateway) || std::ranges::find(wanted, meta.ns) != wanted.end()) continue;
    if (!store.fresh({"Secret", meta.ns, meta.name})) continue;
    if (const Result<void> gone = store.delete_secret(meta.ns, meta.name, meta.uid); !gone)
      log::warning("a Secret that no agent needs any more stays", {{"error", gone.error().text()}});
  }
  return notes;
}

}  // namespace sallyport::delivery
