// SPDX-License-Identifier: Apache-2.0
// What all kinds' reconcilers share: the caches, the store, and the live connections.
#pragma once

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

  /// One lock per device, however many connections lead to it.
  [[nodiscard]] std::shared_ptr<std::mutex> device_lock(const std::vector<std::string>& units) {
    const std::lock_guard lock(devices_mutex_);
    std::shared_ptr<std::mutex>& device = devices_[units];
    if (!device) device = std::make_shared<std::mutex>();
    return device;
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
  std::mutex devices_mutex_;
  std::map<std::vector<std::string>, std::shared_ptr<std::mutex>> devices_;
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
