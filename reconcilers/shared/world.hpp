// SPDX-License-Identifier: Apache-2.0
// What all kinds' reconcilers share: the caches, the store, and the live connections.
#pragma once

#include <mutex>
#include <set>

#include "operator/http/client.hpp"
#include "operator/store/store.hpp"
#include "reconcilers/providers/data/data_provider.hpp"
#include "reconcilers/providers/edge/edge_provider.hpp"
#include "reconcilers/providers/idp/idp_provider.hpp"
#include "reconcilers/shared/caches.hpp"
#include "reconcilers/shared/link.hpp"
#include "reconcilers/shared/store_adapters.hpp"

namespace sallyport::shared {

using GatewayLink = Link<edge::EdgeProvider, ir::EdgeFragment, edge::Condition>;
using IdentityLink = Link<idp::IdpProvider, ir::ClientFragment, idp::Discovery>;
using WorkspaceLink = Link<data::DataProvider, ir::GrantFragment, std::string>;

/// Makes an HTTP client whose every change is fenced by the lease and written to the audit trail.
using Connect = std::function<Result<std::unique_ptr<http::Client>>(http::ClientOptions)>;

/// Several mutexes that are taken as one (a Lockable). All who share any of them list them in the same order, so nobody
/// waits in a circle.
class Turn {
 public:
  explicit Turn(std::vector<std::shared_ptr<std::mutex>> in_order = {}) : in_order_(std::move(in_order)) {}

  void lock() {
    for (const auto& one : in_order_) one->lock();
  }
  [[nodiscard]] bool try_lock() {
    for (std::size_t taken = 0; taken < in_order_.size(); ++taken) {
      if (in_order_[taken]->try_lock()) continue;
      while (taken > 0) in_order_[--taken]->unlock();
      return false;
    }
    return true;
  }
  void unlock() {
    for (const auto& one : in_order_) one->unlock();
  }

 private:
  std::vector<std::shared_ptr<std::mutex>> in_order_;
};

struct World {
  store::Store& store;
  Caches& caches;
  InstanceId instance;
  Around around;
  Connect connect;
  StoreSecrets secrets;
  StoreVault vault;
  StoreLedgers ledgers;
  Links<GatewayLink> gateways;
  Links<IdentityLink> providers;
  Links<WorkspaceLink> workspaces;

  /// // cluster. Writes a status, and counts what came of it.
  [[nodiscard]] Result<void> write_status(const Key& key, const schema::Metadata& seen, const std::string& json) {
    Result<void> written = store.write_status(key, seen, json);
    around.metrics.count(metrics::Metric::StatusWrites, {key.kind, written ? "written" : "failed"});
    return written;
  }
  /// Counts a status that says what it said before.
  void keep_status(const Key& key) { around.metrics.count(metrics::Metric::StatusWrites, {key.kind, "unchanged"}); }

  /// The turn at these units, of the one there is for each, however many connections lead to it and however they spell
  /// it. Connections that have any unit in common exclude each other: it may be the one that both write to.
  [[nodiscard]] Turn turn_at(const std::vector<std::string>& units) {
    std::set<std::string> origins;
    for (const std::string& unit : units) {
      const Result<http::Url> url = http::parse_url(unit);
      origins.insert(url ? url->origin() : unit);
    }
    const std::lock_guard lock(units_mutex_);
    std::vector<std::shared_ptr<std::mutex>> in_order;
    for (const std::string& origin : origins) {
      std::shared_ptr<std::mutex>& unit = units_[origin];
      if (!unit) unit = std::make_shared<std::mutex>();
      in_order.push_back(unit);
    }
    return Turn(std::move(in_order));
  }

  World(store::Store& s, Caches& c, InstanceId id, Around a, Connect how)
      : store(s),
        caches(c),
        instance(std::move(id)),
        around(std::move(a)),
        connect(std::move(how)),
        secrets(s),
        vault(s),
        ledgers(s, c) {}

 private:
  std::mutex units_mutex_;
  std::map<std::string, std::shared_ptr<std::mutex>> units_;
};

/// The keys of targets: what writes to one outside thing are serialised by.
/// A device takes one declaration at a time (its link has one thread), and a declaration is about one tenant: so that
/// an edit in one tenant does not wait until the others have been looked through.
[[nodiscard]] inline Key tenant_target(const std::string& gateway, const std::string& tenant) {
  return {"Tenant", gateway, tenant};
}
[[nodiscard]] inline Key client_target(const Uid& owner) {
  return {"Client", "", owner.str()};
}
[[nodiscard]] inline Key serving_target(const std::string& serving_endpoint) {
  return {"ServingEndpoint", "", serving_endpoint};
}

}  // namespace sallyport::shared
