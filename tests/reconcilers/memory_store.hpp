// SPDX-License-Identifier: Apache-2.0
// An API server in memory, for tests of reconcilers: caches that follow every write at once, Secrets with their bytes,
// and a list of what was written.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <nlohmann/json.hpp>
#include <vector>

#include "operator/store/store.hpp"
#include "operator/store/watched.hpp"
#include "reconcilers/shared/caches.hpp"

namespace sallyport::testing {

class MemoryStore final : public store::Store {
 public:
  explicit MemoryStore(shared::Caches& caches) : caches_(caches) {}

  /// Puts an object there as a person would: {"kind", "metadata", "spec", "status"}. What is missing of metadata is
  /// made up from kind and name.
  void apply(nlohmann::json object) {
    nlohmann::json& meta = object["metadata"];
    const std::string kind = object.at("kind");
    const std::string name = meta.at("name");
    if (!meta.contains("uid")) meta["uid"] = "uid-" + kind + "-" + name;
    if (!meta.contains("generation")) meta["generation"] = 1;
    if (!meta.contains("creationTimestamp")) meta["creationTimestamp"] = "2026-11-01T00:00:00Z";
    meta["resourceVersion"] = next_version();
    on_cache(kind, [&](auto& cache, auto tag) {
      using Kind = typename decltype(tag)::Kind;
      const auto decoded = store::decode_object<Kind>(object.dump(), schema::Unknown::Refuse);
      EXPECT_TRUE(decoded.has_value()) << (decoded ? "" : decoded.error().text());
      if (!decoded) return;
      cache.put((*decoded)->meta.ns, (*decoded)->meta.name, *decoded);
    });
  }
  void put_namespace(const std::string& name, std::map<std::string, std::string> labels, bool terminating = false) {
    namespaces_.put("", name,
                    std::make_shared<const store::Namespace>(store::Namespace{name, std::move(labels), terminating}));
  }
  void put_secret(const std::string& ns, const std::string& name, std::map<std::string, Secret> bytes,
                  std::map<std::string, std::string> labels = {}) {
    schema::Metadata meta;
    meta.ns = ns;
    meta.name = name;
    meta.uid = Uid("uid-" + ns + "-" + name);
    meta.resource_version = next_version();
    meta.labels = std::move(labels);
    keep_secret(std::move(meta), std::move(bytes));
  }
  void drop_secret(const std::string& ns, const std::string& name) {
    const std::lock_guard lock(mutex_);
    secrets_.erase(ns, name);
    bytes_.erase({ns, name});
  }
  /// kubectl delete: gone at once without a finalizer, else marked.
  template <class K>
  void remove(store::Cache<store::Object<K>>& cache, const std::string& ns, const std::string& name) {
    const auto seen = cache.get(ns, name);
    if (!seen) return;
    if (seen->meta.finalizers.empty()) return cache.erase(ns, name);
    auto copy = std::make_shared<store::Object<K>>(*seen);
    copy->meta.deletion_timestamp = "2026-11-22T10:00:00Z";
    ++copy->meta.generation;
    cache.put(ns, name, std::move(copy));
  }

  [[nodiscard]] int writes() const { return writes_; }
  [[nodiscard]] int secret_reads() const { return secret_reads_; }
  /// The object that this Secret goes with; empty: none.
  [[nodiscard]] Uid controller_of(const std::string& ns, const std::string& name) const {
    const std::lock_guard lock(mutex_);
    const auto found = controllers_.find({ns, name});
    return found == controllers_.end() ? Uid() : found->second;
  }
  struct Event {
    Key about;
    store::EventType type;
    std::string reason;
    std::string message;
  };
  [[nodiscard]] std::vector<Event> events() const {
    const std::lock_guard lock(mutex_);
    return events_;
  }
  [[nodiscard]] std::map<std::string, Secret> bytes(const std::string& ns, const std::string& name) const {
    const std::lock_guard lock(mutex_);
    const auto found = bytes_.find({ns, name});
    return found == bytes_.end() ? std::map<std::string, Secret>{} : found->second;
  }
  /// The next writes of this object's status fail.
  void refuse_status_of(const Key& key, Error error) {
    const std::lock_guard lock(mutex_);
    refused_[key] = std::move(error);
  }
  /// Until it is told otherwise, writes or deletions of Secrets fail.
  enum class Verb { Write, Delete };
  void refuse_secrets(Verb verb, std::optional<Error> error) {
    const std::lock_guard lock(mutex_);
    refused_secrets_[verb] = std::move(error);
  }
  void set_fresh(bool fresh) { fresh_ = fresh; }

  Result<void> start(std::vector<store::WatchedKind>, OnChange, std::stop_token) override { return {}; }
  bool synced() const override { return true; }
  bool fresh(const Key&) const override { return fresh_; }
  const store::Cache<store::Namespace>& namespaces() const override { return namespaces_; }
  const store::Cache<store::SecretMeta>& secrets() const override { return secrets_; }
  const std::string& operator_namespace() const override { return operator_namespace_; }

  Result<void> write_status(const Key& key, const schema::Metadata& seen, std::string_view status_json) override {
    {
      const std::lock_guard lock(mutex_);
      if (const auto refused = refused_.find(key); refused != refused_.end()) return refused->second;
    }
    ++writes_;
    Result<void> done = Error{Code::NotFound, "there is no such object", key.text(), {}};
    on_cache(key.kind, [&](auto& cache, auto tag) {
      using Kind = typename decltype(tag)::Kind;
      const auto before = cache.get(key.ns, key.name);
      if (!before || before->meta.uid != seen.uid) return;
      auto copy = std::make_shared<store::Object<Kind>>(*before);
      const auto json = nlohmann::json::parse(status_json);
      auto read = schema::read<typename Kind::Status>(json, "status", schema::Unknown::Refuse);
      if (!read.ok()) {
        done = schema::to_error(read.errors);
        return;
      }
      copy->status = std::move(read.value);
      copy->meta.resource_version = next_version();
      cache.put(key.ns, key.name, std::move(copy));
      done = {};
    });
    return done;
  }
  Result<void> set_finalizer(const Key& key, const schema::Metadata&, Finalizer finalizer) override {
    static const std::string kFinalizer = "sallyport.dev/finalizer";
    on_cache(key.kind, [&](auto& cache, auto tag) {
      using Kind = typename decltype(tag)::Kind;
      const auto before = cache.get(key.ns, key.name);
      if (!before) return;
      const bool has = std::ranges::find(before->meta.finalizers, kFinalizer) != before->meta.finalizers.end();
      if (has == (finalizer == Finalizer::Present)) return;
      ++writes_;
      auto copy = std::make_shared<store::Object<Kind>>(*before);
      if (finalizer == Finalizer::Present) {
        copy->meta.finalizers.push_back(kFinalizer);
      } else {
        std::erase(copy->meta.finalizers, kFinalizer);
      }
      if (copy->meta.deletion_timestamp && copy->meta.finalizers.empty()) return cache.erase(key.ns, key.name);
      cache.put(key.ns, key.name, std::move(copy));
    });
    return {};
  }
  Result<void> write_object(const Key& key, std::string_view spec_json) override {
    ++writes_;
    apply({{"kind", key.kind},
           {"metadata", {{"name", key.name}, {"namespace", key.ns}}},
           {"spec", nlohmann::json::parse(spec_json)}});
    return {};
  }
  Result<void> delete_object(const Key& key) override {
    ++writes_;
    on_cache(key.kind, [&](auto& cache, auto) { cache.erase(key.ns, key.name); });
    return {};
  }
  Result<store::SecretRead> read_secret(const std::string& ns, const std::string& name) override {
    const std::lock_guard lock(mutex_);
    ++secret_reads_;
    const auto meta = secrets_.get(ns, name);
    if (!meta) return Error{Code::NotFound, "there is no such Secret", ns + "/" + name, {}};
    return store::SecretRead{meta->meta, bytes_.at({ns, name})};
  }
  Result<schema::Metadata> write_secret(const store::SecretWrite& secret) override {
    if (const auto refused = refusal_of(Verb::Write)) return *refused;
    const auto before = secrets_.get(secret.ns, secret.name);
    const std::string version = before ? before->meta.resource_version : "";
    if (version != secret.expected_resource_version)
      return Error{Code::Conflict, "changed meanwhile", secret.ns + "/" + secret.name, {}};
    ++writes_;
    schema::Metadata meta;
    meta.ns = secret.ns;
    meta.name = secret.name;
    meta.uid = Uid("uid-" + secret.ns + "-" + secret.name);
    meta.resource_version = next_version();
    meta.labels = secret.labels;
    meta.annotations = secret.annotations;
    keep_secret(meta, secret.bytes);
    const std::lock_guard lock(mutex_);
    controllers_[{secret.ns, secret.name}] = secret.controller ? secret.controller->uid : Uid();
    return meta;
  }
  Result<void> delete_secret(const std::string& ns, const std::string& name, const Uid&) override {
    if (const auto refused = refusal_of(Verb::Delete)) return *refused;
    ++writes_;
    drop_secret(ns, name);
    return {};
  }
  void event(const Key& about, const schema::Metadata&, store::EventType type, const std::string& reason,
             const std::string& message) override {
    const std::lock_guard lock(mutex_);
    events_.push_back({about, type, reason, message});
  }
  Result<InstanceId> instance_id() override { return InstanceId("inst0001"); }

 private:
  std::optional<Error> refusal_of(Verb verb) {
    const std::lock_guard lock(mutex_);
    return refused_secrets_[verb];
  }
  template <class F>
  void on_cache(const std::string& kind, F&& use) {
    if (kind == "F5Gateway") use(caches_.gateways, api::Tag<api::F5Gateway>{});
    if (kind == "IdentityProvider") use(caches_.providers, api::Tag<api::IdentityProvider>{});
    if (kind == "DatabricksWorkspace") use(caches_.workspaces, api::Tag<api::DatabricksWorkspace>{});
    if (kind == "ProtectedEndpoint") use(caches_.endpoints, api::Tag<api::ProtectedEndpoint>{});
    if (kind == "AccessLedger") use(caches_.ledgers, api::Tag<api::AccessLedger>{});
  }
  std::string next_version() { return std::to_string(++version_); }
  void keep_secret(schema::Metadata meta, std::map<std::string, Secret> bytes) {
    const std::lock_guard lock(mutex_);
    const std::string ns = meta.ns;
    const std::string name = meta.name;
    bytes_[{ns, name}] = std::move(bytes);
    secrets_.put(ns, name, std::make_shared<const store::SecretMeta>(store::SecretMeta{std::move(meta)}));
  }

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
