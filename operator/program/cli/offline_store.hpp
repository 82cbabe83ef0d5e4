// SPDX-License-Identifier: Apache-2.0
// A store of what was put into it: the objects of manifests, for commands that look and never write.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "operator/store/store.hpp"

namespace sallyport::program::cli {

/// Every write is refused. Not filled by start(): whoever makes it puts things in before anybody reads.
class OfflineStore final : public store::Store {
 public:
  explicit OfflineStore(std::string operator_namespace) : operator_namespace_(std::move(operator_namespace)) {}

  void put_namespace(store::Namespace ns);
  void put_secret(schema::Metadata meta, std::map<std::string, Secret> bytes);
  void use_instance(InstanceId instance) { instance_ = std::move(instance); }

  Result<void> start(std::vector<store::WatchedKind>, OnChange, std::stop_token) override { return {}; }
  bool synced() const override { return true; }
  bool fresh(const Key&) const override { return true; }
  const store::Cache<store::Namespace>& namespaces() const override { return namespaces_; }
  const store::Cache<store::SecretMeta>& secrets() const override { return secrets_; }
  const std::string& operator_namespace() const override { return operator_namespace_; }

  Result<void> write_status(const Key& key, const schema::Metadata& seen, std::string_view status_json) override;
  Result<void> set_finalizer(const Key& key, const schema::Metadata& seen, Finalizer finalizer) override;
  Result<void> write_object(const Key& key, std::string_view spec_json) override;
  Result<void> delete_object(const Key& key) override;
  Result<store::SecretRead> read_secret(const std::string& ns, const std::string& name) override;
  Result<schema::Metadata> write_secret(const store::SecretWrite& secret) override;
  Result<void> delete_secret(const std::string& ns, const std::string& name, const Uid& uid) override;
  void event(const Key&, const schema::Metadata&, store::EventType, const std::string&, const std::string&) override {}
  /// NotFound when use_instance() was not called.
  Result<InstanceId> instance_id() override;

 private:
  std::string operator_namespace_;
  store::Cache<store::Namespace> namespaces_;
  store::Cache<store::SecretMeta> secrets_;
  std::map<std::pair<std::string, std::string>, std::map<std::string, Secret>> bytes_;
  InstanceId instance_;
};

}  // namespace sallyport::program::cli
