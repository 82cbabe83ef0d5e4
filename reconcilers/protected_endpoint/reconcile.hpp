// SPDX-License-Identifier: Apache-2.0
// The driver of a ProtectedEndpoint: dereference, validate, build, hand out, tell. It never waits for an outside
// system.
#pragma once

#include "operator/runtime/workers.hpp"
#include "reconcilers/protected_endpoint/slots.hpp"
#include "reconcilers/protected_endpoint/status.hpp"
#include "reconcilers/shared/world.hpp"

namespace sallyport::protected_endpoint {

class Reconciler {
 public:
  explicit Reconciler(shared::World& world) : world_(world), slots_(world.caches, world.instance) {}

  [[nodiscard]] runtime::Next reconcile(const Key& key, std::stop_token stop);

 private:
  struct Pass;  ///< what one reconcile has gathered

  [[nodiscard]] Result<void> record_places(Pass& pass);
  [[nodiscard]] Result<std::optional<Slot>> slot_for(const Validated& validated);
  [[nodiscard]] Verdicts hand_out(const Pass& pass);
  [[nodiscard]] Result<runtime::Next> finish(Pass& pass, const Verdicts& verdicts);
  [[nodiscard]] Result<runtime::Next> tell(Pass& pass, const api::ProtectedEndpointStatus& status);
  void note_told(const Uid& owner, SteadyTime now);
  [[nodiscard]] std::chrono::milliseconds silence_left(const Pass& pass, const api::ProtectedEndpointStatus& status);
  [[nodiscard]] Result<void> drop_released(Pass& pass);

  shared::World& world_;
  Slots slots_;
  std::mutex mutex_;
  static constexpr std::size_t kFewTold = 1000;
  std::size_t sweep_told_at_ = kFewTold;
  std::map<Uid, SteadyTime> told_;  ///< when each object that is not Ready yet told something last
};

}  // namespace sallyport::protected_endpoint
