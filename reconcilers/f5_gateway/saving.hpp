// SPDX-License-Identifier: Apache-2.0
// A step's surroundings, and the saving of what it changes: announced in the gateway's status before the change, done
// once for many, taken back when it is done.
#pragma once

#include <map>
#include <set>

#include "reconcilers/f5_gateway/target.hpp"

namespace sallyport::f5_gateway {

using shared::GatewayLink;

/// When the device was last offered what it had rejected, and how often in vain since the first time.
struct Tried {
  SteadyTime at{};
  int in_vain = 0;
};

/// What the steps of one gateway remember; they run one at a time.
struct Memory {
  SteadyTime first_change{};  ///< of those that are not saved
  SteadyTime last_change{};
  std::set<Key> changed{};  ///< targets with such changes
  std::map<ir::EdgePlace, Tried> tried{};
  std::map<Key, SteadyTime> checked{};             ///< when a target was last looked through for drift
  std::set<ir::EdgePlace> drifted{};               ///< what that showed of those that are only observed
  std::shared_ptr<edge::EdgeProvider> provider{};  ///< that took the last step
};

/// One step, and all it works with.
struct Visit {
  GatewayLink& link;
  edge::EdgeProvider& provider;
  const SaysUnsaved& says_unsaved;
  Memory& memory;
  std::stop_token stop;
};

/// What comes after a step: the next poll, whatever went wrong; an error that is never retried must not end the looks.
/// A busy device is no failure, so its waits do not grow.
[[nodiscard]] runtime::Next after(const GatewayLink& link, std::optional<Error> failed);

/// The target whose step saves.
[[nodiscard]] Key save_target(const GatewayLink& link);
/// Saves when it has been quiet for a while.
void queue_save(GatewayLink& link);

/// The device's condition, as last told, says that something is not saved or may soon not be.
[[nodiscard]] bool has_note(const GatewayLink& link);
/// Write-ahead: true once the stored status says that something will have to be saved.
[[nodiscard]] bool may_change(Visit& visit, const Key& target);
/// A change has been made or is about to be. It is saved once no other has followed for a while.
void expect_save(Visit& visit, const Key& target);
/// Saves now. The note goes only with what it announced: a call that finds nothing to save must not take back the note
/// of a change that is about to be made.
[[nodiscard]] Result<edge::Persisted> persist(Visit& visit);
/// The step of `save_target`.
[[nodiscard]] runtime::Next save(Visit& visit);

}  // namespace sallyport::f5_gateway
