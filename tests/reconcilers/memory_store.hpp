// SPDX-License-Identifier: Apache-2.0
// An API server in memory, for tests of reconcilers: caches that follow every write at once, Secrets with their bytes,
// and a list of what was written.
#pragma once

#include <atomic>
#include <mutex>
#include <nlohmann/json.hpp>
#include <vector>

#include "operator/store/store.hpp"
#include "reconcilers/shared/caches.hpp"

namespace sallyport::testing {

class MemoryStore final : public store::Store {
 public:
  struct Event {
    Key about;
    store::EventType type;
    std::string reason;
    std::string message;
  };
  enum class Verb { Read, Write, Delete };

  explicit MemoryStore(shared::Caches& caches);
  ~MemoryStore() override;

  /// Puts an object there as a person would: {"kind", "metadata", "spec", "status"}. What is missing of metadata is
  /// made up from kind and name.
  void apply(nlohmann::json object);
  void put_namespace(const std::string& name, std::map<std::string, std::string> labels, bool terminating = false);
  void put_secret(const std::string& ns, const std::string& name, std::map<std::string, Secret> bytes,
                  std::map<std::string, std::string> labels = {});
  void drop_secret(const std::string& ns, const std::string& name);
  /// kubectl delete: gone at once without a finalizer, else marked.
  void remove(const Key& key);

  [[nodiscard]] int writes() const { return writes_; }
  [[nodiscard]] int secret_reads() const { return secret_reads_; }
  /// The object that this Secret goes with; empty: none.
  [[nodiscard]] Uid controller_of(const std::string& ns, const std::string& name) const;
  [[nodiscard]] std::vector<Event> events() const;
  [[nodiscard]] std::map<std::string, Secret> bytes(const std::string& ns, const std::string& name) const;
  /// The next writes of this object's status fail.
  void refuse_status_of(const Key& key, Error error);
  /// Until it is told otherwise, reads, writes or deletions of Secrets fail.
  void refuse_secrets(Verb verb, std::optional<Error> error);
  void set_fresh(bool fresh) { fresh_ = fresh; }

  Result<void> start(std::vector<store::WatchedKind>, OnChange, std::stop_token) override { return {}; }
  bool synced() const override { return true; }
  bool fresh(const Key&) const override { return fresh_; }
  const store::Cache<store::Namespace>& namespaces() const override { return namespaces_; }
  const store::Cache<store::SecretMeta>& secrets() const override { return secrets_; }
  const std::string& operator_namespace() const override { return operator_namespace_; }

  Result<void> write_status(const Key& key, const schema::Metadata& seen, std::string_view status_json) override;
  Result<void> set_finalizer(const Key& key, const schema::Metadata&, Finalizer finalizer) override;
  Result<void> write_object(const Key& key, std::string_view spec_json) override;
  Result<void> delete_object(const Key& key) override;
  Result<store::SecretRead> read_secret(const std::string& ns, const std::string& name) override;
  Result<schema::Metadata> write_secret(const store::SecretWrite& secret) override;
  Result<void> delete_secret(const std::string& ns, const std::string& name, const Uid&) override;
  void event(const Key& about, const schema::Metadata&, store::EventType type, const std::string& reason,
             const std::string& message) override;
  Result<InstanceId> instance_id() override { return InstanceId("inst0001"); }

 private:
  template <class F>
  void on_cache(const std::string& kind, F&& use);
  std::optional<Error> refusal_of(Verb verb);
  std::string next_version() { return std::to_string(++version_); }
  void keep_secret(schema::Metadata meta, std::map<std::string, Secret> bytes);

  shared::Caches& caches_;
  const std::string operator_namespace_ = "sallyport-system";
  store::Cache<store::Namespace> namespaces_;
  store::Cache<store::SecretMeta> secrets_;
  mutable std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, std::map<std::string, Secret>> bytes_;
  std::map<std::pair<std::string, std::string>, Uid> controllers_;
  std::map<Key, Error> refused_;
  std::map<Verb, std::optional<Error>> refused_secrets_;
  std::vector<Event> events_;
  std::atomic<int> version_{0};
  std::atomic<int> writes_{0};
  std::atomic<int> secret_reads_{0};
  std::atomic<bool> fresh_{true};
};

}  // namespace sallyport::testing
