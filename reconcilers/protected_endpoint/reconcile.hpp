// SPDX-License-Identifier: Apache-2.0
// The driver of a ProtectedEndpoint: dereference, validate, build, hand out, tell. It never waits for an outside
// system.
#pragma once

#include <map>
#include <mutex>

#include "operator/runtime/workers.hpp"
#include "reconcilers/protected_endpoint/status.hpp"
#include "reconcilers/shared/world.hpp"

namespace sallyport::protected_endpoint {

class Reconciler {
 public:
  explicit Reconciler(shared::World& world) : world_(world) {}

  [[nodiscard]] runtime::Next reconcile(const Key& key, std::stop_token stop);

 private:
  struct Pass;  ///< what one reconcile has gathered

  [[nodiscard]] Result<void> record_places(Pass& pass);
  [[nodiscard]] Result<std::optional<Slot>> slot_for(const Validated& validated);
  [[nodiscard]] Verdicts hand_out(const Pass& pass);
  [[nodiscard]] Result<void> finish(Pass& pass, const Verdicts& verdicts);
  void drop_released(Pass& pass) const;

  shared::World& world_;
  std::mutex slots_mutex_;
  std::map<Uid, std::pair<std::string, Slot>> reserved_;  ///< decided here, perhaps not in the cache yet: gateway, slot
};

}  // namespace sallyport::protected_endpoint
