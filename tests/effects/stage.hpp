// SPDX-License-Identifier: Apache-2.0
// The whole operator in one process, between an API server in memory and systems that share no code with it: the
// BIG-IP and Databricks simulators, a registrar and a Keycloak. A test puts objects there, lets everything settle, and
// reads what became of them: every byte outside, and every status.
#pragma once

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "e2e/simulators/simulator.hpp"
#include "reconcilers/databricks_workspace/connection.hpp"
#include "reconcilers/f5_gateway/connection.hpp"
#include "reconcilers/identity_provider/connection.hpp"
#include "reconcilers/protected_endpoint/reconcile.hpp"
#include "tests/reconcilers/memory_store.hpp"
#include "tests/reconcilers/providers/idp/fake_keycloak.hpp"
#include "tests/reconcilers/providers/idp/fake_registrar.hpp"
#include "tests/testing/fake_clock.hpp"
#include "tests/testing/files.hpp"

namespace sallyport::testing {

using Json = nlohmann::json;

/// What can be seen: `bigip:vs/virtualAddresses/0`, `nginx:endpoint/token/audience`, `oidc:client/scope`,
/// `secret:audience`, `ProtectedEndpoint:status.conditions[Ready].reason`. Without generations, hashes, versions and
/// times.
using Outcome = std::map<std::string, std::string>;

/// Where two outcomes differ, or one has something and the other has not. Indices are left out: `placements[].id`.
[[nodiscard]] std::set<std::string> differences(const Outcome& a, const Outcome& b);

/// Leaves of a document by path; list items with a type or a name are told apart by it, so that order does not matter.
void flatten(const Json& value, const std::string& path, char separator, Outcome& out);

class Stage {
 public:
  Stage();
  ~Stage();
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  /// Objects by kind: {"F5Gateway": {"metadata", "spec", "status"}, ...}.
  void apply(const Json& objects);
  /// Reconciles everything, again and again, until nothing changes any more.
  void settle();
  /// kubectl delete of the endpoint.
  void remove_endpoint();
  [[nodiscard]] Outcome outcome();

  /// What a scenario changes behind the operator's back (databricks/control.hpp, bigip/control.hpp).
  Json workspace_control(const std::string& method, const std::string& path, const Json& body);
  Json device_control(const std::string& path, const Json& body);
  [[nodiscard]] std::string serving_id(const std::string& name);

  shared::Caches caches;
  MemoryStore store{caches};
  FakeClock clock;
  FakeRandom random;
  metrics::Metrics metrics;

 private:
  struct Sent {
    std::string base_url;
    http::Request request;
  };
  Result<std::unique_ptr<http::Client>> connect(const http::ClientOptions& options);
  Result<http::Response> receive(const std::string& base_url, const http::Request& request);
  void make_systems();
  void fill_store();
  void let_time_pass();
  void install_published();
  [[nodiscard]] bool idle() const;
  void see_device(Outcome& seen);
  void see_publication(const std::string& directory, Outcome& seen);
  void see_delivery(Outcome& seen);
  void see_provider(Outcome& seen);
  void see_workspace(Outcome& seen);
  void see_objects(Outcome& seen);

  TemporaryDirectory folder_;  ///< for what is published
  std::mutex mutex_;
  std::vector<http::ClientOptions> opened_;
  std::vector<Sent> sent_;
  std::unique_ptr<simulators::Simulator> device_;
  std::unique_ptr<simulators::Simulator> workspace_;
  FakeRegistrar registrar_;
  FakeKeycloak keycloak_;
  std::atomic<int> told_{0};
  std::unique_ptr<shared::World> world_;
  std::unique_ptr<f5_gateway::Reconciler> gateways_;
  std::unique_ptr<identity_provider::Reconciler> providers_;
  std::unique_ptr<databricks_workspace::Reconciler> workspaces_;
  std::unique_ptr<protected_endpoint::Reconciler> endpoints_;
};

}  // namespace sallyport::testing
