// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/authorizer/snapshot.hpp"

#include <utility>

#include "reconcilers/publication/follower.hpp"

namespace sallyport::authorizer {
namespace {

using publication::Entry;

Result<std::shared_ptr<const Policy>> read_policy(const Entry& entry, const publication::Objects& objects,
                                                  const Policy* former) {
  const publication::Endpoint endpoint = TRY(publication::read_document(entry, objects));
  return std::make_shared<const Policy>(TRY(make_policy(endpoint, entry.document, former)));
}

}  // namespace

std::shared_ptr<const Policy> Snapshot::find(const std::string& id) const {
  const auto found = policies.find(id);
  return found == policies.end() ? nullptr : found->second;
}

Result<Snapshot> make_snapshot(const publication::Manifest& manifest, const publication::Objects& objects,
                               const Snapshot* before) {
  Snapshot snapshot;
  snapshot.serial = manifest.serial;
  snapshot.use_until = TRY(parse_rfc3339(manifest.use_until));
  snapshot.policies.reserve(manifest.endpoints.size());
  for (const Entry& entry : manifest.endpoints) {
    const auto former = before == nullptr ? nullptr : before->find(entry.id);
    if (former != nullptr && former->document == entry.document) {
      snapshot.policies.emplace(entry.id, former);
      continue;
    }
    auto policy = read_policy(entry, objects, former.get());
    if (policy) {
      snapshot.policies.emplace(entry.id, *std::move(policy));
    } else {
      snapshot.missing.push_back(entry.id + ": " + policy.error().text() + "; nobody is let in there");
    }
  }
  return snapshot;
}

}  // namespace sallyport::authorizer
