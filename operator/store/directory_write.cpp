// SPDX-License-Identifier: Apache-2.0
// Writes to custom resources: status, finalizer, our own kinds. Each is on the disk, and in the cache, when it returns.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "operator/base/digest.hpp"
#include "operator/store/directory.hpp"

namespace sallyport::store {
namespace {

using nlohmann::json;

constexpr const char* kFinalizer = "sallyport.dev/finalizer";

Result<std::string> canonical(const Key& key, std::string_view text) {
  const json value = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!value.is_object()) return Error{Code::Internal, "what is to be written is no JSON object", key.text(), {}};
  return guard(Code::Internal, "write " + key.text(), [&] { return value.dump(); });
}

}  // namespace

Result<Record> DirectoryStore::find(const Key& key, const Uid& uid) const {
  const auto found = records_.find(key);
  if (found == records_.end()) return Error{Code::NotFound, "does not exist", key.text(), {}};
  if (found->second.meta.uid != uid) return Error{Code::Conflict, "deleted and made again meanwhile", key.text(), {}};
  return found->second;
}

Result<void> DirectoryStore::keep_one(Record record) {
  record.meta.resource_version = TRY(state_.next_version());
  std::vector<Record> one;
  one.push_back(std::move(record));
  Changes changes;
  return keep(std::move(one), Cause::Changed, changes);
}

Result<void> DirectoryStore::write_status(const Key& key, const schema::Metadata& seen, std::string_view status_json) {
  TRY(licence());
  std::string status = TRY(canonical(key, status_json));
  {
    const std::lock_guard lock(mutex_);
    Record record = TRY(find(key, seen.uid));
    if (record.status == status) return {};
    record.status = std::move(status);
    TRY(keep_one(std::move(record)));
  }
  tell({{key, Cause::Echo}});
  return {};
}

Result<void> DirectoryStore::set_finalizer(const Key& key, const schema::Metadata& seen, Finalizer finalizer) {
  TRY(licence());
  Changes changes;
  {
    const std::lock_guard lock(mutex_);
    Result<Record> found = find(key, seen.uid);
    if (!found) {
      // The object that was to lose it is gone: so is its finalizer.
      if (finalizer == Finalizer::Absent && found.error().code == Code::NotFound) return {};
      return found.error();
    }
    Record record = std::move(*found);
    auto& finalizers = record.meta.finalizers;
    const auto at = std::find(finalizers.begin(), finalizers.end(), kFinalizer);
    if ((at != finalizers.end()) == (finalizer == Finalizer::Present)) return {};
    if (finalizer == Finalizer::Present && record.meta.deletion_timestamp)
      return Error{Code::Conflict, "is being deleted, a finalizer cannot be added any more", key.text(), {}};
    if (finalizer == Finalizer::Present) {
      finalizers.emplace_back(kFinalizer);
    } else {
      finalizers.erase(at);
    }
    const bool over = record.meta.deletion_timestamp && finalizers.empty();
    if (!over) {
      TRY(keep_one(std::move(record)));
      changes.push_back({key, Cause::Echo});
    } else {
      TRY(drop(key, changes));
      // Its manifest came back meanwhile: a new object, with a new uid.
      if (const auto again = declared_.find(key); again != declared_.end()) {
        std::vector<Record> made;
        if (auto anew = TRY(made_from(*again->second, nullptr))) made.push_back(std::move(*anew));
        TRY(keep(std::move(made), Cause::Changed, changes));
      }
      refresh_namespaces(changes);
    }
  }
  tell(changes);
  return {};
}

Result<void> DirectoryStore::write_object(const Key& key, std::string_view spec_json) {
  TRY(licence());
  if (!kinds_.contains(key.kind)) return Error{Code::Internal, "the kind is not watched", key.text(), {}};
  if (!is_object_name(key.name) || (!key.ns.empty() && !is_namespace_name(key.ns)))
    return Error{Code::InvalidSpec, "is no name for an object", key.text(), {}};
  std::string spec = TRY(canonical(key, spec_json));
  Changes changes;
  {
    const std::lock_guard lock(mutex_);
    const auto found = records_.find(key);
    const bool is_new = found == records_.end();
    if (!is_new && !found->second.file.empty())
      return Error{Code::Conflict, "is declared in " + found->second.file, key.text(), {}};
    if (!is_new && found->second.spec == spec) return {};
    Record record = is_new ? Record{.key = key} : found->second;
    if (is_new) TRY(stamp(record, Uid(uuid_v4())));
    if (!is_new) ++record.meta.generation;
    record.meta.labels = {{"sallyport.dev/managed-by", "sallyport"}};
    record.spec = std::move(spec);
    TRY(keep_one(std::move(record)));
    changes.push_back({key, Cause::Echo});
    refresh_namespaces(changes);
  }
  tell(changes);
  return {};
}

Result<void> DirectoryStore::delete_object(const Key& key) {
  TRY(licence());
  Changes changes;
  {
    const std::lock_guard lock(mutex_);
    const auto found = records_.find(key);
    if (found == records_.end()) return {};
    if (!found->second.file.empty())
      return Error{Code::Conflict, "is declared in " + found->second.file, key.text(), {}};
    TRY(drop(key, changes));
    refresh_namespaces(changes);
  }
  tell(changes);
  return {};
}

}  // namespace sallyport::store
