// SPDX-License-Identifier: Apache-2.0
// The store over a Kubernetes API server: a reflector per kind and namespace fills the caches; writes are server-side
// applies and preconditioned patches.
//
// Requests, by field manager: `sallyport` applies ledgers, `sallyport-status` applies /status, `sallyport-finalizer`
// patches metadata.finalizers. Secrets and Namespaces are watched as metadata only.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "operator/base/clock.hpp"
#include "operator/kube/client.hpp"
#include "operator/kube/config.hpp"
#include "operator/kube/credentials.hpp"
#include "operator/kube/events.hpp"
#include "operator/kube/hooks.hpp"
#include "operator/kube/reflector.hpp"
#include "operator/store/kubernetes_own_writes.hpp"
#include "operator/store/store.hpp"

namespace sallyport::store {

struct KubernetesOptions {
  std::string operator_namespace;
  /// Where to look for namespaced objects; the operator's own is always added. Empty: in all namespaces. With a list,
  /// no right beyond Roles in these namespaces is needed but for the cluster-scoped kinds and, by name, the Namespaces.
  std::vector<std::string> namespaces{};
  std::string label_selector{};  ///< which custom resources (`shard=a`); Secrets and Namespaces are not selected by it
  std::string instance{};        ///< this process in events: the lease's identity
  std::function<Result<void>()> may_write{};  ///< see kube::Lease::may_write; empty: always
  kube::Hooks hooks{};
  const Clock* clock = &system_clock();
  Random* random = &system_random();
};

/// The destructor ends its threads; `on_change` is not called any more then.
class KubernetesStore final : public Store {
 public:
  /// Takes `unary`, `watch` and `events` of the transports; the lease's is for kube::Lease.
  KubernetesStore(kube::Transports transports, const std::shared_ptr<kube::Credentials>& credentials,
                  KubernetesOptions options);
  ~KubernetesStore() override;
  KubernetesStore(const KubernetesStore&) = delete;
  KubernetesStore& operator=(const KubernetesStore&) = delete;

  /// Once. `stop` ends the watches; writes remain possible until stop_writes(), so that workers can finish.
  Result<void> start(std::vector<WatchedKind> kinds, OnChange on_change, std::stop_token stop) override;
  bool synced() const override;
  /// Reads everything again, and is not synced() until that is done: for who has waited while another instance wrote.
  /// What is being read just now is broken off and begun anew.
  void refresh();
  /// Requests of writers that are under way end at once (ShuttingDown), and none is sent any more.
  void stop_writes() { stop_writes_.request_stop(); }
  bool fresh(const Key& key) const override;
  /// The kinds that are not yet filled, for the message of a start that takes too long: "f5gateways (all namespaces)".
  [[nodiscard]] std::vector<std::string> waiting_for() const;

  const Cache<Namespace>& namespaces() const override { return namespaces_; }
  /// Of labels and annotations only those that name sallyport.dev: other people's are most of the memory, and none of
  /// our business.
  const Cache<SecretMeta>& secrets() const override { return secrets_; }
  const std::string& operator_namespace() const override { return options_.operator_namespace; }

  /// PATCH .../<plural>/<name>/status, with the newest known version as a precondition. Where that is not the newest,
  /// the object is read again, up to five times; another uid, or a status that somebody else wrote, ends it.
  Result<void> write_status(const Key& key, const schema::Metadata& seen, std::string_view status_json) override;
  /// PATCH .../<plural>/<name> (JSON Patch: test uid, test finalizers, add or remove). When the finalizers are others
  /// than `seen` says, they are read again, up to five times.
  Result<void> set_finalizer(const Key& key, const schema::Metadata& seen, Finalizer finalizer) override;
  /// PATCH .../<plural>/<name>, with the newest known version as a precondition, if there is one; labelled
  /// `sallyport.dev/managed-by: sallyport`.
  Result<void> write_object(const Key& key, std::string_view spec_json) override;
  /// GET for the uid, then DELETE with it as a precondition.
  Result<void> delete_object(const Key& key) override;

  /// GET /api/v1/namespaces/<ns>/secrets/<name>
  Result<SecretRead> read_secret(const std::string& ns, const std::string& name) override;
  /// POST, or PUT with the expected resourceVersion; type Opaque, labelled `sallyport.dev/managed-by: sallyport` unless
  /// it is given away. The owner reference is the one that is asked for, or none.
  Result<schema::Metadata> write_secret(const SecretWrite& secret) override;
  /// DELETE with the uid as a precondition.
  Result<void> delete_secret(const std::string& ns, const std::string& name, const Uid& uid) override;

  void event(const Key& about, const schema::Metadata& meta, EventType type, const std::string& reason,
             const std::string& message) override;

  /// ConfigMap `sallyport-instance` in the operator's namespace, key `id`; created once, never changed.
  Result<InstanceId> instance_id() override;

 private:
  void add_reflectors(const kube::Resource& resource, const kube::Sink& sink, kube::Form form);
  void add_namespace_reflectors();
  void add_reflector(kube::Selection what, kube::Sink sink);
  [[nodiscard]] kube::Sink sink_of(const WatchedKind& watched);
  [[nodiscard]] kube::Sink namespace_sink();
  [[nodiscard]] kube::Sink secret_sink();
  [[nodiscard]] std::vector<std::string> scopes_of(const kube::Resource& resource) const;

  [[nodiscard]] Result<kube::Ref> ref_of(const Key& key) const;
  /// GET as metadata only; Conflict for another uid.
  Result<schema::Metadata> current_metadata(const kube::Ref& ref, const Uid& uid);
  /// Hash of the status that a caller who saw this has reckoned with; empty when the cache has moved on meanwhile.
  [[nodiscard]] std::optional<std::size_t> believed_status(const Key& key, const schema::Metadata& seen) const;
  struct Current {
    std::string resource_version;
    std::size_t status = 0;  ///< hash
  };
  /// GET; Conflict for another uid.
  Result<Current> current_status(const Key& key, const kube::Ref& ref, const Uid& uid);
  Result<void> patch_finalizer(const Key& key, const kube::Ref& ref, const schema::Metadata& now, Finalizer finalizer);
  void remember(const Key& key, std::string_view answer);
  [[nodiscard]] std::stop_token writing() const { return stop_writes_.get_token(); }

  KubernetesOptions options_;
  kube::Client client_;
  kube::Client watches_;
  kube::Events events_;
  std::map<std::string, kube::Resource> resources_;  ///< by kind; fixed by start()
  std::map<std::string, WatchedKind> kinds_;         ///< likewise
  OnChange on_change_;
  Cache<Namespace> namespaces_;
  Cache<SecretMeta> secrets_;
  mutable OwnWrites own_writes_;  ///< remembers who asked
  std::vector<std::unique_ptr<kube::Reflector>> reflectors_;
  std::stop_source stop_sources_;
  std::stop_source stop_writes_;
  std::unique_ptr<std::stop_callback<std::function<void()>>> stop_with_caller_;
  std::vector<std::jthread> threads_;  // last: they use all of the above
};

}  // namespace sallyport::store
