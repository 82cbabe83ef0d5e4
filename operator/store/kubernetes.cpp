// SPDX-License-Identifier: Apache-2.0
// Caches: which reflectors run, and what they fill. Writes are in kubernetes_write.cpp and kubernetes_secret.cpp.
#include "operator/store/kubernetes.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "operator/base/check.hpp"
#include "operator/store/kubernetes_document.hpp"

namespace sallyport::store {
namespace {

kube::ClientOptions client_options(const std::shared_ptr<kube::Credentials>& credentials,
                                   const KubernetesOptions& options) {
  kube::ClientOptions client;
  client.credentials = credentials;
  client.clock = options.clock;
  client.random = options.random;
  client.hooks = options.hooks;
  client.may_write = options.may_write;
  return client;
}

kube::EventOptions event_options(const KubernetesOptions& options) {
  kube::EventOptions events;
  events.instance = options.instance;
  events.clock = options.clock;
  events.on_drop = options.hooks.event_dropped;
  return events;
}

void keep_own_words(std::map<std::string, std::string>& words) {
  std::erase_if(words, [](const auto& word) { return word.first.find("sallyport.dev/") == std::string::npos; });
}

}  // namespace

KubernetesStore::KubernetesStore(kube::Transports transports, const std::shared_ptr<kube::Credentials>& credentials,
                                 KubernetesOptions options)
    : options_(std::move(options)),
      client_(std::move(transports.unary), client_options(credentials, options_)),
      watches_(std::move(transports.watch), client_options(credentials, options_)),
      events_(std::move(transports.events), client_options(credentials, options_), event_options(options_)) {}

KubernetesStore::~KubernetesStore() {
  stop_with_caller_.reset();
  stop_sources_.request_stop();
  stop_writes_.request_stop();
  threads_.clear();
}

Result<void> KubernetesStore::start(std::vector<WatchedKind> kinds, OnChange on_change, std::stop_token stop) {
  SALLYPORT_CHECK(reflectors_.empty(), "a store is started once");
  on_change_ = std::move(on_change);
  for (WatchedKind& watched : kinds) {
    const kube::Resource resource = kube::resource_of(watched.kind);
    resources_[resource.kind] = resource;
    add_reflectors(resource, sink_of(watched), kube::Form::Whole);
    kinds_[resource.kind] = std::move(watched);
  }
  add_namespace_reflectors();
  add_reflectors(kube::secrets(), secret_sink(), kube::Form::Metadata);
  stop_with_caller_ = std::make_unique<std::stop_callback<std::function<void()>>>(
      stop, std::function<void()>([this] { stop_sources_.request_stop(); }));
  for (const auto& reflector : reflectors_) {
    threads_.emplace_back([reflector = reflector.get(), token = stop_sources_.get_token()] { reflector->run(token); });
  }
  threads_.emplace_back([this] { events_.run(stop_writes_.get_token()); });
  return {};
}

std::vector<std::string> KubernetesStore::scopes_of(const kube::Resource& resource) const {
  if (options_.namespaces.empty() || resource.scope == schema::Scope::Cluster) return {""};
  std::set<std::string> all(options_.namespaces.begin(), options_.namespaces.end());
  all.insert(options_.operator_namespace);
  return {all.begin(), all.end()};
}

void KubernetesStore::add_reflectors(const kube::Resource& resource, const kube::Sink& sink, kube::Form form) {
  for (const std::string& ns : scopes_of(resource)) {
    const bool custom = form == kube::Form::Whole;
    add_reflector({resource, ns, "", custom ? options_.label_selector : "", form}, sink);
  }
}

void KubernetesStore::add_namespace_reflectors() {
  const kube::Resource resource = kube::namespaces();
  if (options_.namespaces.empty()) return add_reflector({resource, "", "", "", kube::Form::Metadata}, namespace_sink());
  // RBAC can allow single names of a cluster-scoped kind, if the watch asks for no more than these.
  kube::Resource namespaced = resource;
  namespaced.scope = schema::Scope::Namespaced;
  for (const std::string& ns : scopes_of(namespaced)) {
    add_reflector({resource, "", "metadata.name=" + ns, "", kube::Form::Metadata}, namespace_sink());
  }
}

void KubernetesStore::add_reflector(kube::Selection what, kube::Sink sink) {
  const std::string kind = what.resource.kind;
  // Several watches of single Namespaces share a kind; nothing is ever written there, so nothing waits for them.
  if (what.field_selector.empty()) {
    own_writes_.watch(kind, what.ns);
    sink.advanced = [this, kind, ns = what.ns](const std::string& version) {
      for (const Key& key : own_writes_.advanced(kind, ns, version)) on_change_(key, Cause::CaughtUp);
    };
  }
  sink.changed = [this, kind](const kube::ObjectHead& head, kube::Seen seen) {
    const Key key{kind, head.ns, head.name};
    if (seen == kube::Seen::Deleted) {
      own_writes_.deleted(key);
      return on_change_(key, Cause::Deleted);
    }
    const auto [is_echo, was_awaited] = own_writes_.seen(key, head.resource_version);
    on_change_(key, is_echo ? Cause::Echo : seen == kube::Seen::Initial ? Cause::Initial : Cause::Changed);
    if (was_awaited) on_change_(key, Cause::CaughtUp);
  };
  kube::ReflectorOptions options{options_.clock, options_.random, options_.hooks};
  reflectors_.push_back(
      std::make_unique<kube::Reflector>(client_, watches_, std::move(what), std::move(sink), std::move(options)));
}

kube::Sink KubernetesStore::sink_of(const WatchedKind& watched) {
  return {[decode = watched.decode](std::string_view json) -> Result<void> {
            TRY(decode(json));
            return {};
          },
          watched.forget,
          {}};
}

kube::Sink KubernetesStore::namespace_sink() {
  return {[this](std::string_view json) -> Result<void> {
            const Document document = TRY(Document::parse(json));
            schema::Metadata meta = TRY(document.metadata());
            auto item = std::make_shared<Namespace>();
            item->name = meta.name;
            item->labels = std::move(meta.labels);
            item->terminating = meta.deletion_timestamp.has_value();
            namespaces_.put("", meta.name, std::move(item));
            return {};
          },
          [this](const std::string&, const std::string& name) { namespaces_.erase("", name); },
          {}};
}

kube::Sink KubernetesStore::secret_sink() {
  return {[this](std::string_view json) -> Result<void> {
            const Document document = TRY(Document::parse(json));
            auto item = std::make_shared<SecretMeta>();
            item->meta = TRY(document.metadata());
            keep_own_words(item->meta.labels);
            keep_own_words(item->meta.annotations);
            item->meta.creation_timestamp = {};
            item->meta.finalizers = {};
            secrets_.put(item->meta.ns, item->meta.name, item);
            return {};
          },
          [this](const std::string& ns, const std::string& name) { secrets_.erase(ns, name); },
          {}};
}

bool KubernetesStore::synced() const {
  return !reflectors_.empty() &&
         std::all_of(reflectors_.begin(), reflectors_.end(), [](const auto& r) { return r->synced(); });
}

void KubernetesStore::refresh() {
  for (const auto& reflector : reflectors_) reflector->relist();
}

std::vector<std::string> KubernetesStore::waiting_for() const {
  std::vector<std::string> waiting;
  for (const auto& reflector : reflectors_) {
    const kube::Selection& what = reflector->selection();
    if (reflector->synced()) continue;
    waiting.push_back(what.resource.plural + " (" + (what.ns.empty() ? "all namespaces" : "namespace " + what.ns) +
                      ")");
  }
  return waiting;
}

bool KubernetesStore::fresh(const Key& key) const {
  const bool fresh = own_writes_.fresh(key);
  if (!fresh && options_.hooks.stale_sync_skip) options_.hooks.stale_sync_skip(key.kind);
  return fresh;
}

void KubernetesStore::event(const Key& about, const schema::Metadata& meta, EventType type, const std::string& reason,
                            const std::string& message) {
  const auto resource = resources_.find(about.kind);
  if (resource == resources_.end()) return;
  events_.post({resource->second.api_version(), about.kind, about.ns, about.name, meta.uid.str(),
                type == EventType::Normal ? "Normal" : "Warning", reason, message});
}

}  // namespace sallyport::store
