// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/f5_gateway/saving.hpp"

#include <algorithm>

namespace sallyport::f5_gateway {
namespace {

constexpr std::chrono::seconds kQuiet{2};  ///< no change for so long: save the configuration
/// After the first change it is saved, quiet or not. Seldom: the device declares nothing while it saves.
constexpr std::chrono::minutes kLongestUnsaved{3};
constexpr std::chrono::seconds kBusy{30};  ///< when a busy device does not say how long

void note_unsaved(GatewayLink& link, bool unsaved) {
  const auto look = link.last_look();
  if (!look || !*look || (*look)->unsaved == unsaved) return;
  edge::Condition condition = **look;
  condition.unsaved = unsaved;
  link.set_health(std::move(condition));
}

/// Zero: now.
std::chrono::milliseconds until_save(const Visit& visit) {
  if (visit.memory.changed.empty()) return {};
  const SteadyTime at = std::min(visit.memory.last_change + kQuiet, visit.memory.first_change + kLongestUnsaved);
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(at - visit.link.around().clock.steady());
  return std::max(wait, std::chrono::milliseconds{0});
}

}  // namespace

runtime::Next after(const GatewayLink& link, std::optional<Error> failed) {
  if (failed && failed->code == Code::RateLimited)
    return {std::nullopt, failed->retry_after.value_or(kBusy), runtime::Priority::Normal};
  return {std::move(failed), shared::drift_wait(link.around())};
}

bool has_note(const GatewayLink& link) {
  const auto look = link.last_look();
  return look && *look && (*look)->unsaved;
}

Key save_target(const GatewayLink& link) {
  return {"Save", "", link.connection().name};
}

void queue_save(GatewayLink& link) {
  link.queue().add_after(save_target(link), kQuiet, runtime::Priority::Low);
}

void expect_save(Visit& visit, const Key& target) {
  if (!visit.provider.needs_saving()) return;
  const SteadyTime now = visit.link.around().clock.steady();
  if (visit.memory.changed.empty()) visit.memory.first_change = now;
  visit.memory.last_change = now;
  visit.memory.changed.insert(target);
  queue_save(visit.link);
}

Result<edge::Persisted> persist(Visit& visit) {
  const edge::Persisted persisted = TRY(visit.provider.persist(visit.stop));
  if (persisted == edge::Persisted::Saved) {
    visit.memory.changed.clear();
    note_unsaved(visit.link, false);
  }
  return persisted;
}

bool may_change(Visit& visit, const Key& target) {
  const auto look = visit.link.last_look();
  if (!look) return false;  // the first look is under way
  if (!visit.provider.needs_saving()) return true;
  if (!*look) return true;  // half well: it still takes what it can, a withdrawal above all
  if ((*look)->unsaved && visit.says_unsaved()) return true;
  note_unsaved(visit.link, true);
  expect_save(visit, target);  // also of a change that is not made in the end: the note has to go again
  return false;
}

runtime::Next save(Visit& visit) {
  if (const auto wait = until_save(visit); wait.count() > 0) return {std::nullopt, wait, runtime::Priority::Low};
  const Result<edge::Persisted> saved = persist(visit);
  if (saved) {
    visit.memory.changed.clear();
    note_unsaved(visit.link, false);
    return {};
  }
  // The unit that took the changes has handed over: once looked at where it counts now, they can be saved there.
  if (saved.error().code == Code::Conflict) {
    for (const Key& target : visit.memory.changed) visit.link.poke(target);
  }
  return after(visit.link, saved.error());
}

}  // namespace sallyport::f5_gateway
