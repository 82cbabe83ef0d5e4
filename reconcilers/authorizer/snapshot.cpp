// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/authorizer/snapshot.hpp"

#include <utility>

namespace sallyport::authorizer {
namespace {

using publication::Entry;

Result<std::shared_ptr<const Policy>> read_policy(const Entry& entry, const publication::Objects& objects,
                                                  const Policy* former) {
  const Secret document = TRY(objects.read(entry.document));
  const publication::Endpoint endpoint = TRY(publication::read_endpoint(document.reveal()));
  if (endpoint.id != entry.id || endpoint.uid != entry.uid || endpoint.generation != entry.generation) {
    return Error{Code::InvalidSpec, "the document is of another endpoint than the manifest says", entry.id, {}};
  }
  return std::make_shared<const Policy>(TRY(make_policy(endpoint, entry.document, former)));
}

/// The policy of one entry; null, with a note, where there is none.
std::shared_ptr<const Policy> policy_of(const Entry& entry, const publication::Objects& objects,
                                        const std::shared_ptr<const Policy>& former, std::vector<std::string>& notes) {
  if (former != nullptr && former->document == entry.document) return former;
  if (former != nullptr && former->uid == entry.uid && former->generation > entry.generation) {
    notes.push_back(entry.id + ": generation " + std::to_string(entry.generation) + " is older than the " +
                    std::to_string(former->generation) + " that is in force; that one stays");
    return former;
  }
  auto policy = read_policy(entry, objects, former.get());
  if (policy) return *std::move(policy);
  notes.push_back(entry.id + ": " + policy.error().text() + "; nobody is let in there");
  return nullptr;
}

}  // namespace

std::shared_ptr<const Policy> Snapshot::find(const std::string& id) const {
  const auto found = policies.find(id);
  return found == policies.end() ? nullptr : found->second;
}

Result<Snapshot> make_snapshot(std::string_view sealed, const token::KeySet& trusted,
                               const publication::Objects& objects, const Snapshot* before) {
  Snapshot snapshot;
  snapshot.manifest = TRY(publication::open_sealed(sealed, trusted));
  if (before != nullptr) TRY(publication::may_follow(before->manifest, snapshot.manifest));
  snapshot.use_until = TRY(parse_rfc3339(snapshot.manifest.use_until));
  snapshot.policies.reserve(snapshot.manifest.endpoints.size());
  for (const Entry& entry : snapshot.manifest.endpoints) {
    const auto former = before == nullptr ? nullptr : before->find(entry.id);
    if (auto policy = policy_of(entry, objects, former, snapshot.notes)) {
      snapshot.policies.emplace(entry.id, std::move(policy));
    }
  }
  snapshot.manifest.endpoints = {};
  return snapshot;
}

}  // namespace sallyport::authorizer
