// SPDX-License-Identifier: Apache-2.0
// What a look at the manifests does to the records: the part of the API server that makes, changes and deletes objects.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "operator/base/digest.hpp"
#include "operator/base/log.hpp"
#include "operator/store/directory.hpp"

namespace sallyport::store {
namespace {

std::string digest_of(const std::map<std::string, Secret>& bytes) {
  nlohmann::json all = nlohmann::json::object();
  for (const auto& [name, value] : bytes) all[name] = base64_encode(value.reveal());
  const Secret text(all.dump());
  return sha256_hex(text.reveal());
}

bool same_to_readers(const Record& a, const Record& b) {
  return a.meta == b.meta && a.spec == b.spec && a.faults == b.faults && a.digest == b.digest;
}

}  // namespace

Result<void> DirectoryStore::absorb(Tree tree, Cause cause) {
  Changes changes;
  {
    const std::lock_guard lock(mutex_);
    std::vector<Record> made;
    for (const auto& [key, manifest] : tree.manifests) {
      const auto found = records_.find(key);
      const Record* before = found == records_.end() ? nullptr : &found->second;
      if (before && before->file == manifest->file && is_known(key, manifest)) continue;
      // While the file that declares an object is being repaired, another one does not take its place.
      if (before && before->file != manifest->file && tree.unread.contains(before->file)) continue;
      if (auto record = TRY(made_from(*manifest, before))) made.push_back(std::move(*record));
    }
    TRY(keep(std::move(made), cause, changes));
    TRY(settle_removals(tree, changes));
    declared_ = std::move(tree.manifests);
    if (!synced_) {
      changes.clear();
      for (const auto& [key, record] : records_) changes.push_back({key, Cause::Initial});
    }
    refresh_namespaces(changes);
    synced_ = true;
  }
  tell(changes);
  return {};
}

/// Whether the last scan has seen the very same: what came of it then would come of it again.
bool DirectoryStore::is_known(const Key& key, const std::shared_ptr<const Manifest>& manifest) const {
  const auto known = declared_.find(key);
  return known != declared_.end() && known->second == manifest;
}

Result<std::optional<Record>> DirectoryStore::made_from(const Manifest& manifest, const Record* before) {
  if (before && before->meta.deletion_timestamp) return std::optional<Record>{};
  if (before && before->file.empty()) return std::optional<Record>{};  // made by the operator while we were reading
  Record record = before ? *before : Record{.key = manifest.key};
  record.file = manifest.file;
  record.meta.labels = manifest.labels;
  record.meta.annotations = manifest.annotations;
  if (manifest.key.kind == "Secret") {
    record.bytes = manifest.bytes;
    record.digest = digest_of(manifest.bytes);
  } else if (manifest.key.kind != "Namespace") {
    take_spec(manifest, record);
  }
  if (!before) {
    TRY(stamp(record, Uid(uuid_v4())));
    return std::optional(std::move(record));
  }
  if (record.spec != before->spec) ++record.meta.generation;
  if (!same_to_readers(record, *before)) {
    record.meta.resource_version = TRY(state_.next_version());
  } else if (record.file == before->file && record.accepted == before->accepted) {
    if (!record.bytes.empty()) records_.at(record.key).bytes = std::move(record.bytes);  // known anew after a restart
    return std::optional<Record>{};
  }
  return std::optional(std::move(record));
}

/// A spec with faults is shown with them; one that changes what cannot change leaves the former spec in force.
void DirectoryStore::take_spec(const Manifest& manifest, Record& record) const {
  const WatchedKind& kind = kinds_.at(manifest.key.kind);
  const WatchedKind::Faults faults =
      kind.check(record.accepted.empty() ? std::string() : object_text(record, record.accepted),
                 object_text(record, manifest.spec));
  record.faults = manifest.faults;
  if (!faults.of_change.empty()) {
    record.spec = record.accepted;
    record.faults.insert(record.faults.end(), faults.of_change.begin(), faults.of_change.end());
    return;
  }
  record.spec = manifest.spec;
  if (faults.of_spec.empty() && manifest.faults.empty()) record.accepted = manifest.spec;
}

Result<void> DirectoryStore::stamp(Record& record, Uid uid) {
  record.meta.name = record.key.name;
  record.meta.ns = record.key.ns;
  record.meta.uid = std::move(uid);
  record.meta.generation = 1;
  record.meta.creation_timestamp = to_rfc3339(options_.clock->now());
  record.meta.resource_version = TRY(state_.next_version());
  return {};
}

Result<void> DirectoryStore::settle_removals(const Tree& tree, Changes& changes) {
  std::vector<Key> gone;
  std::vector<Record> deleted;
  for (const auto& [key, record] : records_) {
    if (record.file.empty() || record.meta.deletion_timestamp || tree.manifests.contains(key)) continue;
    if (!tree.proves_removal(record.file)) continue;
    if (record.meta.finalizers.empty()) {
      gone.push_back(key);
      continue;
    }
    Record marked = record;
    marked.meta.deletion_timestamp = to_rfc3339(options_.clock->now());
    marked.meta.resource_version = TRY(state_.next_version());
    log::info("removed from its manifest; cleaning up", {{"object", key.text()}, {"file", record.file}});
    deleted.push_back(std::move(marked));
  }
  TRY(keep(std::move(deleted), Cause::Changed, changes));
  for (const Key& key : gone) TRY(drop(key, changes));
  return {};
}

Result<void> DirectoryStore::keep(std::vector<Record> records, Cause cause, Changes& changes) {
  std::vector<const Record*> written;
  for (const Record& record : records) written.push_back(&record);
  TRY(state_.save(written));
  for (Record& record : records) {
    const auto before = records_.find(record.key);
    const bool visible =
        before == records_.end() || !same_to_readers(before->second, record) || before->second.status != record.status;
    if (before != records_.end()) mark_due(before->second);
    put_in_cache(record);
    mark_due(record);
    if (visible) changes.push_back({record.key, cause});
    Key key = record.key;
    records_.insert_or_assign(std::move(key), std::move(record));
  }
  return {};
}

/// The record and, as in a cluster, the Secrets that belong to it: these first, for after a crash in between the owner
/// is still there to ask for the rest.
Result<void> DirectoryStore::drop(const Key& key, Changes& changes) {
  const auto found = records_.find(key);
  if (found == records_.end()) return {};
  const Uid uid = found->second.meta.uid;
  std::vector<Key> owned;
  for (const auto& [other, record] : records_) {
    if (!uid.empty() && record.owner == uid) owned.push_back(other);
  }
  for (const Key& secret : owned) TRY(drop(secret, changes));
  if (key.kind == "Secret") TRY(state_.withdraw(key));
  TRY(state_.erase(key));
  mark_due(found->second);
  records_.erase(found);
  take_from_cache(key);
  changes.push_back({key, Cause::Deleted});
  return {};
}

/// Secrets whose owner is gone for good: a state directory that was restored in part.
Result<void> DirectoryStore::drop_orphans() {
  std::set<Uid> alive;
  for (const auto& [key, record] : records_) alive.insert(record.meta.uid);
  std::vector<Key> orphans;
  for (const auto& [key, record] : records_) {
    if (!record.owner.empty() && !alive.contains(record.owner)) orphans.push_back(key);
  }
  Changes untold;  // nobody knows of them yet
  for (const Key& secret : orphans) {
    log::info("removed: what it was made for is gone", {{"object", secret.text()}});
    TRY(drop(secret, untold));
  }
  return {};
}

}  // namespace sallyport::store
