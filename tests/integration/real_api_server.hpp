// SPDX-License-Identifier: Apache-2.0
// What tests against a real API server share: a cluster from scripts/cluster, and a namespace per test.
//   scripts/cluster up --dir DIR && SALLYPORT_KUBECONFIG=DIR/kubeconfig build/dev/tests/integration/test_kube_real
#pragma once

#include <gmock/gmock.h>

#include <condition_variable>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <thread>

#include "operator/base/digest.hpp"
#include "operator/kube/lease.hpp"
#include "operator/kube/pager.hpp"
#include "operator/kube/status.hpp"
#include "operator/store/kubernetes.hpp"
#include "operator/store/watched.hpp"
#include "tests/operator/store/kubernetes_edge.hpp"

namespace sallyport::store::testing {

using nlohmann::json;

inline const kube::Resource kCrds{"apiextensions.k8s.io", "v1", "CustomResourceDefinition", "customresourcedefinitions",
                                  schema::Scope::Cluster};

inline json edge_crd() {
  const json object{{"type", "object"}, {"x-kubernetes-preserve-unknown-fields", true}};
  return {
      {"apiVersion", "apiextensions.k8s.io/v1"},
      {"kind", "CustomResourceDefinition"},
      {"metadata", {{"name", "edges.test.sallyport.dev"}}},
      {"spec",
       {{"group", "test.sallyport.dev"},
        {"scope", "Namespaced"},
        {"names", {{"kind", "Edge"}, {"plural", "edges"}, {"singular", "edge"}}},
        {"versions",
         {{{"name", "v1alpha1"},
           {"served", true},
           {"storage", true},
           {"subresources", {{"status", json::object()}}},
           {"schema",
            {{"openAPIV3Schema", {{"type", "object"}, {"properties", {{"spec", object}, {"status", object}}}}}}}}}}}}};
}

/// Waits for a condition that another thread brings about; a test that waits for ever is ended by its time-out.
class Watched {
 public:
  template <class F>
  bool wait(F&& done) {
    std::unique_lock lock(mutex_);
    return wake_.wait_for(lock, std::chrono::seconds(30), [&] { return done(); });
  }
  void note(const std::string& what) {
    const std::lock_guard lock(mutex_);
    journal.push_back(what);
    wake_.notify_all();
  }
  bool wait_for(const std::string& what) {
    return wait([&] { return std::find(journal.begin(), journal.end(), what) != journal.end(); });
  }
  std::vector<std::string> journal;

 private:
  std::mutex mutex_;
  std::condition_variable wake_;
};

class RealApiServer : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* kubeconfig = std::getenv("SALLYPORT_KUBECONFIG");
    if (kubeconfig == nullptr) GTEST_SKIP() << "SALLYPORT_KUBECONFIG is not set (scripts/cluster up makes a cluster)";
    config_ = *kube::load_config({.kubeconfig = kubeconfig});
    credentials_ = std::make_shared<kube::Credentials>(config_, system_clock());
    client_ = std::make_unique<kube::Client>(std::move(kube::make_transports(config_)->unary), options());
    ns_ = "kube-real-" + random_name(8);
    const json ns{
        {"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", ns_}, {"labels", {{"ml-edge", "true"}}}}}};
    ASSERT_TRUE(client_->create({kube::namespaces(), "", ns_}, ns.dump(), {}).has_value());
    const auto crd = client_->create({kCrds, "", "edges.test.sallyport.dev"}, edge_crd().dump(), {});
    ASSERT_TRUE(crd.has_value() || crd.error().code == Code::Conflict) << crd.error().text();
    while (!client_->list_page({edges()}, "", 1, {}).has_value()) std::this_thread::yield();
  }
  void TearDown() override {
    if (!client_) return;
    const auto ns = client_->get({kube::namespaces(), "", ns_}, kube::Form::Metadata, {});
    if (ns) (void)client_->remove({kube::namespaces(), "", ns_}, Uid(kube::read_head(*ns)->uid), {});
  }

  kube::ClientOptions options() const {
    kube::ClientOptions options;
    options.credentials = credentials_;
    return options;
  }
  std::unique_ptr<KubernetesStore> store(std::vector<std::string> namespaces = {}) const {
    KubernetesOptions options;
    options.operator_namespace = ns_;
    options.namespaces = std::move(namespaces);
    return std::make_unique<KubernetesStore>(std::move(*kube::make_transports(config_)), credentials_, options);
  }
  static kube::Resource edges() { return kube::resource_of(schema::Kind<Edge>::name); }
  kube::Ref ref(const std::string& name) const { return {edges(), ns_, name}; }
  Key key(const std::string& name) const { return {"Edge", ns_, name}; }
  kube::ObjectHead create(const std::string& name, std::vector<std::string> finalizers = {}) {
    json object = edge(name, 0);
    object["metadata"] = {{"name", name}, {"namespace", ns_}, {"finalizers", std::move(finalizers)}};
    const auto made = client_->create(ref(name), object.dump(), {});
    EXPECT_TRUE(made.has_value()) << made.error().text();
    return *kube::read_head(*made);
  }
  json get(const std::string& name) {
    const auto got = client_->get(ref(name), kube::Form::Whole, {});
    return got ? json::parse(*got) : json();
  }
  Store::OnChange journal() {
    return [this](const Key& key, Cause cause) {
      const char* word = cause == Cause::Deleted ? "deleted " : cause == Cause::Initial ? "initial " : "changed ";
      watched_.note(word + key.kind + " " + key.name);
    };
  }
  /// A store that is filled, for edges of this namespace.
  std::unique_ptr<KubernetesStore> filled() {
    auto made = store({ns_});
    EXPECT_TRUE(made->start({watch_kind<Edge>(cache_)}, journal(), {}).has_value());
    EXPECT_TRUE(watched_.wait_for("initial Namespace " + ns_));
    while (!made->synced()) std::this_thread::yield();
    return made;
  }

  kube::Config config_;
  std::shared_ptr<kube::Credentials> credentials_;
  std::unique_ptr<kube::Client> client_;
  std::string ns_;
  Cache<Object<Edge>> cache_;
  Watched watched_;
};

}  // namespace sallyport::store::testing
