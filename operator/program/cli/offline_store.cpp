// SPDX-License-Identifier: Apache-2.0
#include "operator/program/cli/offline_store.hpp"

namespace sallyport::program::cli {
namespace {

Error only_reads(std::string where) {
  return {Code::Refused, "this command only reads", std::move(where), {}};
}

}  // namespace

void OfflineStore::put_namespace(store::Namespace ns) {
  const std::string name = ns.name;
  namespaces_.put("", name, std::make_shared<const store::Namespace>(std::move(ns)));
}

void OfflineStore::put_secret(schema::Metadata meta, std::map<std::string, Secret> bytes) {
  const std::string ns = meta.ns;
  const std::string name = meta.name;
  bytes_[{ns, name}] = std::move(bytes);
  secrets_.put(ns, name, std::make_shared<const store::SecretMeta>(store::SecretMeta{std::move(meta)}));
}

Result<void> OfflineStore::write_status(const Key& key, const schema::Metadata&, std::string_view) {
  return only_reads(key.text());
}
Result<void> OfflineStore::set_finalizer(const Key& key, const schema::Metadata&, Finalizer) {
  return only_reads(key.text());
}
Result<void> OfflineStore::write_object(const Key& key, std::string_view) {
  return only_reads(key.text());
}
Result<void> OfflineStore::delete_object(const Key& key) {
  return only_reads(key.text());
}
Result<schema::Metadata> OfflineStore::write_secret(const store::SecretWrite& secret) {
  return only_reads("Secret " + secret.ns + "/" + secret.name);
}
Result<void> OfflineStore::delete_secret(const std::string& ns, const std::string& name, const Uid&) {
  return only_reads("Secret " + ns + "/" + name);
}

Result<store::SecretRead> OfflineStore::read_secret(const std::string& ns, const std::string& name) {
  const auto meta = secrets_.get(ns, name);
  const auto bytes = bytes_.find({ns, name});
  if (!meta || bytes == bytes_.end())
    return Error{Code::NotFound, "is not among the manifests", "Secret " + ns + "/" + name, {}};
  return store::SecretRead{meta->meta, bytes->second};
}

Result<InstanceId> OfflineStore::instance_id() {
  if (instance_.empty())
    return Error{Code::NotFound, "the instance id is not known; give --state or --instance", "--instance", {}};
  return instance_;
}

}  // namespace sallyport::program::cli
