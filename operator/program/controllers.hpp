// SPDX-License-Identifier: Apache-2.0
// The reconcilers of all kinds behind one queue.
#pragma once

#include <memory>

#include "operator/runtime/workers.hpp"
#include "reconcilers/databricks_workspace/connection.hpp"
#include "reconcilers/f5_gateway/connection.hpp"
#include "reconcilers/identity_provider/connection.hpp"
#include "reconcilers/protected_endpoint/reconcile.hpp"

namespace sallyport::program {

using ControllerQueue = runtime::WorkQueue<Key>;

class Controllers {
 public:
  /// Starts working at once: everything in the caches is looked at, at low priority. References outlive this.
  Controllers(shared::World& world, ControllerQueue& queue, int workers, metrics::Metrics& metrics);
  ~Controllers();
  Controllers(const Controllers&) = delete;
  Controllers& operator=(const Controllers&) = delete;

  /// Nothing new begins at the links, and here only what is news: what a step in progress comes to within `grace` is
  /// still written down (but for progress that is kept back, see Around). What is not done by then is told to stop.
  void stop(std::chrono::milliseconds grace);
  /// Age of the oldest step in progress of any link.
  [[nodiscard]] std::chrono::milliseconds longest_step() const;

 private:
  [[nodiscard]] runtime::Next reconcile(const Key& key, std::stop_token stop);
  void queue_everything();
  void sign_out();

  shared::World& world_;
  ControllerQueue& queue_;
  f5_gateway::Reconciler gateways_;
  identity_provider::Reconciler providers_;
  databricks_workspace::Reconciler workspaces_;
  protected_endpoint::Reconciler endpoints_;
  std::unique_ptr<runtime::Workers<Key>> workers_;
};

}  // namespace sallyport::program
