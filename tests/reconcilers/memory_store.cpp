// SPDX-License-Identifier: Apache-2.0
#include "tests/reconcilers/memory_store.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "operator/store/watched.hpp"

namespace sallyport::testing {

MemoryStore::MemoryStore(shared::Caches& caches) : caches_(caches) {}
MemoryStore::~MemoryStore() = default;

template <class F>
void MemoryStore::on_cache(const std::string& kind, F&& use) {
  if (kind == "F5Gateway") use(caches_.gateways, api::Tag<api::F5Gateway>{});
  if (kind == "IdentityProvider") use(caches_.providers, api::Tag<api::IdentityProvider>{});
  if (kind == "DatabricksWorkspace") use(caches_.workspaces, api::Tag<api::DatabricksWorkspace>{});
  if (kind == "ProtectedEndpoint") use(caches_.endpoints, api::Tag<api::ProtectedEndpoint>{});
  if (kind == "AccessLedger") use(caches_.ledgers, api::Tag<api::AccessLedger>{});
}

void MemoryStore::apply(nlohmann::json object) {
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

void MemoryStore::put_namespace(const std::string& name, std::map<std::string, std::string> labels, bool terminating) {
  namespaces_.put("", name,
                  std::make_shared<const store::Namespace>(store::Namespace{name, std::move(labels), terminating}));
}

void MemoryStore::put_secret(const std::string& ns, const std::string& name, std::map<std::string, Secret> bytes,
                             std::map<std::string, std::string> labels) {
  schema::Metadata meta;
  meta.ns = ns;
  meta.name = name;
  meta.uid = Uid("uid-" + ns + "-" + name);
  meta.resource_version = next_version();
  meta.labels = std::move(labels);
  keep_secret(std::move(meta), std::move(bytes));
}

void MemoryStore::drop_secret(const std::string& ns, const std::string& name) {
  const std::lock_guard lock(mutex_);
  secrets_.erase(ns, name);
  bytes_.erase({ns, name});
}

void MemoryStore::remove(const Key& key) {
  on_cache(key.kind, [&](auto& cache, auto tag) {
    using Kind = typename decltype(tag)::Kind;
    const auto seen = cache.get(key.ns, key.name);
    if (!seen) return;
    if (seen->meta.finalizers.empty()) return cache.erase(key.ns, key.name);
    auto copy = std::make_shared<store::Object<Kind>>(*seen);
    copy->meta.deletion_timestamp = "2026-11-22T10:00:00Z";
    ++copy->meta.generation;
    cache.put(key.ns, key.name, std::move(copy));
  });
}

Uid MemoryStore::controller_of(const std::string& ns, const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const auto found = controllers_.find({ns, name});
  return found == controllers_.end() ? Uid() : found->second;
}

std::vector<MemoryStore::Event> MemoryStore::events() const {
  const std::lock_guard lock(mutex_);
  return events_;
}

std::map<std::string, Secret> MemoryStore::bytes(const std::string& ns, const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const auto found = bytes_.find({ns, name});
  return found == bytes_.end() ? std::map<std::string, Secret>{} : found->second;
}

void MemoryStore::refuse_status_of(const Key& key, Error error) {
  const std::lock_guard lock(mutex_);
  refused_[key] = std::move(error);
}

void MemoryStore::refuse_secrets(Verb verb, std::optional<Error> error) {
  const std::lock_guard lock(mutex_);
  refused_secrets_[verb] = std::move(error);
}

Result<void> MemoryStore::write_status(const Key& key, const schema::Metadata& seen, std::string_view status_json) {
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

Result<void> MemoryStore::set_finalizer(const Key& key, const schema::Metadata&, Finalizer finalizer) {
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

Result<void> MemoryStore::write_object(const Key& key, std::string_view spec_json) {
  ++writes_;
  apply({{"kind", key.kind},
         {"metadata", {{"name", key.name}, {"namespace", key.ns}}},
         {"spec", nlohmann::json::parse(spec_json)}});
  return {};
}

Result<void> MemoryStore::delete_object(const Key& key) {
  ++writes_;
  on_cache(key.kind, [&](auto& cache, auto) { cache.erase(key.ns, key.name); });
  return {};
}

Result<store::SecretRead> MemoryStore::read_secret(const std::string& ns, const std::string& name) {
  if (const auto refused = refusal_of(Verb::Read)) return *refused;
  const std::lock_guard lock(mutex_);
  ++secret_reads_;
  const auto meta = secrets_.get(ns, name);
  if (!meta) return Error{Code::NotFound, "there is no such Secret", ns + "/" + name, {}};
  return store::SecretRead{meta->meta, bytes_.at({ns, name})};
}

Result<schema::Metadata> MemoryStore::write_secret(const store::SecretWrite& secret) {
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
  if (!secret.given_away) meta.labels["sallyport.dev/managed-by"] = "sallyport";
  meta.annotations = secret.annotations;
  keep_secret(meta, secret.bytes);
  const std::lock_guard lock(mutex_);
  controllers_[{secret.ns, secret.name}] = secret.controller ? secret.controller->uid : Uid();
  return meta;
}

Result<void> MemoryStore::delete_secret(const std::string& ns, const std::string& name, const Uid&) {
  if (const auto refused = refusal_of(Verb::Delete)) return *refused;
  ++writes_;
  drop_secret(ns, name);
  return {};
}

void MemoryStore::event(const Key& about, const schema::Metadata&, store::EventType type, const std::string& reason,
                        const std::string& message) {
  const std::lock_guard lock(mutex_);
  events_.push_back({about, type, reason, message});
}

std::optional<Error> MemoryStore::refusal_of(Verb verb) {
  const std::lock_guard lock(mutex_);
  return refused_secrets_[verb];
}

void MemoryStore::keep_secret(schema::Metadata meta, std::map<std::string, Secret> bytes) {
  const std::lock_guard lock(mutex_);
  const std::string ns = meta.ns;
  const std::string name = meta.name;
  bytes_[{ns, name}] = std::move(bytes);
  secrets_.put(ns, name, std::make_shared<const store::SecretMeta>(store::SecretMeta{std::move(meta)}));
}

}  // namespace sallyport::testing
