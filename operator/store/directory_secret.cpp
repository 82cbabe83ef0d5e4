// SPDX-License-Identifier: Apache-2.0
// Secrets: those of manifests, which are only read, and those that the operator makes, which live in the state.
#include "operator/base/digest.hpp"
#include "operator/store/directory.hpp"

namespace sallyport::store {
namespace {

constexpr const char* kManagedBy = "sallyport.dev/managed-by";

Key secret_key(const std::string& ns, const std::string& name) {
  return {"Secret", ns, name};
}

Result<void> check_names(const SecretWrite& secret) {
  const std::string where = secret_key(secret.ns, secret.name).text();
  if (!is_namespace_name(secret.ns) || !is_object_name(secret.name))
    return Error{Code::InvalidSpec, "is no name for a Secret", where, {}};
  for (const auto& [key, bytes] : secret.bytes) {
    if (!is_data_key(key)) return Error{Code::InvalidSpec, "has a key that is none", where, {}};
  }
  return {};
}

}  // namespace

Result<SecretRead> DirectoryStore::read_secret(const std::string& ns, const std::string& name) {
  const Key key = secret_key(ns, name);
  const std::lock_guard lock(mutex_);
  const auto found = records_.find(key);
  if (found == records_.end()) return Error{Code::NotFound, "does not exist", key.text(), {}};
  const Record& record = found->second;
  if (!record.file.empty() && record.bytes.empty() && !declared_.contains(key)) {
    return Error{
        Code::Unavailable, "its manifest " + record.file + " has not been readable since the start", key.text(), {}};
  }
  return SecretRead{record.meta, record.bytes};
}

Result<schema::Metadata> DirectoryStore::write_secret(const SecretWrite& secret) {
  TRY(licence());
  TRY(check_names(secret));
  const Key key = secret_key(secret.ns, secret.name);
  Changes changes;
  schema::Metadata written;
  {
    const std::lock_guard lock(mutex_);
    const auto found = records_.find(key);
    const bool is_new = found == records_.end();
    if (!is_new && !found->second.file.empty())
      return Error{Code::Conflict, "is declared in " + found->second.file + "; it is only read", key.text(), {}};
    if (is_new && !secret.expected_resource_version.empty())
      return Error{Code::Conflict, "was deleted meanwhile", key.text(), {}};
    if (!is_new && found->second.meta.resource_version != secret.expected_resource_version)
      return Error{Code::Conflict, "exists, or was changed meanwhile", key.text(), {}};
    Record record = is_new ? Record{.key = key} : found->second;
    if (is_new) TRY(stamp(record, Uid(uuid_v4())));
    record.bytes = secret.bytes;
    record.meta.labels = secret.labels;
    record.meta.labels[kManagedBy] = "sallyport";
    record.meta.annotations = secret.annotations;
    record.owner = secret.controller ? secret.controller->uid : Uid();
    // The files first: a write that succeeded is not repeated.
    if (key.ns != options_.operator_namespace) TRY(state_.publish(record));
    TRY(keep_one(std::move(record)));
    written = records_.at(key).meta;
    changes.push_back({key, Cause::Echo});
    refresh_namespaces(changes);
  }
  tell(changes);
  return written;
}

Result<void> DirectoryStore::delete_secret(const std::string& ns, const std::string& name, const Uid& uid) {
  TRY(licence());
  const Key key = secret_key(ns, name);
  Changes changes;
  {
    const std::lock_guard lock(mutex_);
    const auto found = records_.find(key);
    if (found == records_.end() || found->second.meta.uid != uid) return {};
    if (!found->second.file.empty())
      return Error{Code::Refused, "is declared in " + found->second.file + "; it is only read", key.text(), {}};
    TRY(drop(key, changes));
    refresh_namespaces(changes);
  }
  tell(changes);
  return {};
}

}  // namespace sallyport::store
