// SPDX-License-Identifier: Apache-2.0
// What all kinds' reconcilers share: the caches, the store, and the live connections.
#pragma once

#include <mutex>
#include <set>

#include "operator/http/certificate_look.hpp"
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
  http::LookAtCertificate look_at_certificate{};  ///< without it nobody looks
  std::string publications{};  ///< in which folder the operator keeps what gateways without a directory are to serve
  /// What a person should know of how that gets to a gateway's agents. Thread-safe.
  std::function<std::vector<std::string>(const std::string& gateway)> delivery_notes{};
  StoreSecrets secrets;
  StoreVault vault;
  StoreLedgers ledgers;
  Links<GatewayLink> gateways;
  Links<IdentityLink> providers;
  Links<WorkspaceLink> workspaces;

  World(store::Store& s, Caches& c, InstanceId id, Around a, Connect how);

  /// Writes a status (cluster), and counts what came of it.
  [[nodiscard]] Result<void> write_status(const Key& key, const schema::Metadata& seen, const std::string& json);
  /// Counts a status that says what it said before.
  void keep_status(const Key& key);

  /// The turn at these units, of the one there is for each, however many connections lead to it and however they spell
  /// it. Connections that have any unit in common exclude each other: it may be the one that both write to.
  [[nodiscard]] Turn turn_at(const std::vector<std::string>& units);

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

// Compiled in world.cpp and nowhere else.
extern template class Link<edge::EdgeProvider, ir::EdgeFragment, edge::Condition>;
extern template class Link<idp::IdpProvider, ir::ClientFragment, idp::Discovery>;
extern template class Link<data::DataProvider, ir::GrantFragment, std::string>;

}  // namespace sallyport::shared

namespace sallyport::runtime {

extern template class Board<Key, ir::EdgeFragment, ir::Verdict>;
extern template class Board<Key, ir::ClientFragment, ir::Verdict>;
extern template class Board<Key, ir::GrantFragment, ir::Verdict>;

}  // namespace sallyport::runtime
