// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/identity_provider/unclaimed.hpp"

#include <set>
#include <string>

#include "operator/base/log.hpp"
#include "reconcilers/shared/store_adapters.hpp"

namespace sallyport::identity_provider {

std::vector<schema::Metadata> unclaimed_records(const store::Store& store, const shared::Caches& caches) {
  std::set<std::string> alive;
  for (const auto& endpoint : caches.endpoints.list()) alive.insert(endpoint->meta.uid.str());
  std::vector<schema::Metadata> records;
  for (const auto& secret : store.secrets().list()) {
    if (secret->meta.ns != store.operator_namespace()) continue;
    const auto owner = secret->meta.labels.find(std::string(shared::kOwnerUid));
    if (owner == secret->meta.labels.end()) continue;
    // ir::registration_key: the uid, a dot, the connection's hash. Of a consumer's Secret it is the uid alone.
    const std::size_t dot = owner->second.find('.');
    if (dot != std::string::npos && !alive.contains(owner->second.substr(0, dot))) records.push_back(secret->meta);
  }
  return records;
}

void tell_of_unclaimed_records(const store::Store& store, const shared::Caches& caches) {
  for (const schema::Metadata& record : unclaimed_records(store, caches)) {
    const auto whose = record.annotations.find(std::string(shared::kRecordFor));
    log::warning(
        "a registration record belongs to no endpoint any more, and its client may work on: delete the client "
        "at the provider, then the Secret",
        {{"secret", record.ns + "/" + record.name},
         {"was for", whose == record.annotations.end() ? std::string() : whose->second}});
  }
}

}  // namespace sallyport::identity_provider
