// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/f5_gateway/target.hpp"

#include <algorithm>
#include <set>

#include "operator/base/log.hpp"

namespace sallyport::f5_gateway {
namespace {

using ir::Outcome;
using ir::Wish;
using shared::GatewayLink;

constexpr std::chrono::seconds kQuiet{2};               ///< no change for so long: save the configuration
constexpr std::chrono::seconds kLongestUnsaved{30};     ///< after the first change: save it, quiet or not
constexpr std::chrono::milliseconds kUntilStored{100};  ///< between looks whether the status says `unsaved`

constexpr std::chrono::seconds kBusy{30};               ///< when a busy device does not say how long

/// What the steps of one gateway remember; they run one at a time.
struct Memory {
  SteadyTime first_change{};  ///< of those that are not saved
  SteadyTime last_change{};
  std::set<Key> changed{};  ///< targets with such changes
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
runtime::Next after(const GatewayLink& link, std::optional<Error> failed) {
  if (failed && failed->code == Code::RateLimited)
    return {std::nullopt, failed->retry_after.value_or(kBusy), runtime::Priority::Normal};
  return {std::move(failed), shared::drift_wait(link.around())};
}

/// What of the board concerns the device, by what is to be done.
struct Wanted {
  std::vector<ir::EdgeFragment> to_see;  ///< Present, Absent, Observe
  std::set<std::string> tenants;
};

Wanted sort_out(GatewayLink& link, const Key& target) {
  Wanted wanted;
  for (const ir::EdgeFragment& fragment : link.wanted(target)) {
    if (fragment.wish == Wish::Release) {
      ir::Verdict gone;
      gone.outcome = Outcome::Gone;  // left on the device on purpose
      link.record(target, fragment, gone);
    } else if (fragment.wish != Wish::Hold) {
      wanted.to_see.push_back(fragment);
      wanted.tenants.insert(fragment.place.tenant);
    }
  }
  return wanted;
}

void record_all(GatewayLink& link, const Key& target, const std::vector<ir::EdgeFragment>& fragments,
                const Error& error) {
  for (const ir::EdgeFragment& fragment : fragments) {
    ir::Verdict verdict;
    verdict.outcome = Outcome::Unknown;
    verdict.error = error;
    link.record(target, fragment, verdict);
  }
}

/// Observe: nothing is changed; the differences become notes.
void report_difference(GatewayLink& link, const Key& target, const ir::EdgeFragment& fragment,
                       const edge::Observed& observed) {
  const auto entry = observed.entries.find(fragment.place);
  ir::Verdict verdict;
  const bool same =
      entry != observed.entries.end() && fragment.hash().starts_with(entry->second.hash) && !entry->second.hash.empty();
  verdict.outcome = same ? Outcome::Applied : Outcome::Unknown;
  if (!same)
    verdict.notes = {entry == observed.entries.end() ? "the application is not on the gateway"
                                                     : "the application differs from the spec"};
  link.record(target, fragment, verdict);
}

/// What the last look at the device as a whole found of ours and is gone since: nobody has to claim the place any more,
/// and the address is free again.
void forget_gone(GatewayLink& link, const std::vector<ir::EdgeFragment>& gone) {
  std::optional<Result<edge::Condition>> health = link.health();
  if (gone.empty() || !health || !*health) return;
  edge::Condition& condition = **health;
  std::size_t forgotten = 0;
  for (const ir::EdgeFragment& fragment : gone) {
    forgotten += std::erase(condition.unclaimed, fragment.place.tenant + "/" + fragment.place.application);
    forgotten += condition.addresses_in_use.erase(fragment.address);
  }
  if (forgotten > 0) link.set_health(std::move(*health));
}

Key save_target(const GatewayLink& link) {
  return {"Save", "", link.connection().name};
}

void note_unsaved(GatewayLink& link, bool unsaved) {
  const auto look = link.last_look();
  if (!look || !*look || (*look)->unsaved == unsaved) return;
  edge::Condition condition = **look;
  condition.unsaved = unsaved;
  link.set_health(std::move(condition));
}

/// A change has been made or is about to be. It is saved once no other has followed for a while.
void expect_save(Visit& visit, const Key& target) {
  const SteadyTime now = visit.link.around().clock.steady();
  if (visit.memory.changed.empty()) visit.memory.first_change = now;
  visit.memory.last_change = now;
  visit.memory.changed.insert(target);
  visit.link.queue().add_after(save_target(visit.link), kQuiet, runtime::Priority::Low);
}

/// Zero: now.
std::chrono::milliseconds until_save(const Visit& visit) {
  if (visit.memory.changed.empty()) return {};
  const SteadyTime at = std::min(visit.memory.last_change + kQuiet, visit.memory.first_change + kLongestUnsaved);
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(at - visit.link.around().clock.steady());
  return std::max(wait, std::chrono::milliseconds{0});
}

/// The note goes only with what it announced: a call that finds nothing to save must not take back the note of a change
/// that is about to be made.
Result<edge::Persisted> persist(Visit& visit) {
  const edge::Persisted persisted = TRY(visit.provider.persist(visit.stop));
  if (persisted == edge::Persisted::Saved) {
    visit.memory.changed.clear();
    note_unsaved(visit.link, false);
  }
  return persisted;
}

bool is_known_gone(const GatewayLink& link, const Key& target, const ir::EdgeFragment& fragment) {
  const std::optional<ir::Verdict> verdict = link.verdict(target, fragment.owner.uid);
  return verdict && verdict->outcome == Outcome::Gone;
}

/// Write-ahead: true once the stored status says that something will have to be saved.
bool may_change(Visit& visit, const Key& target) {
  const auto look = visit.link.last_look();
  if (!look) return false;  // the first look is under way
  if (!*look) return true;  // half well: it still takes what it can, a withdrawal above all
  if ((*look)->unsaved && visit.says_unsaved()) return true;
  note_unsaved(visit.link, true);
  expect_save(visit, target);  // also of a change that is not made in the end: the note has to go again
  return false;
}

bool has_note(const GatewayLink& link) {
  const auto look = link.last_look();
  return look && *look && (*look)->unsaved;
}

bool is_news(const GatewayLink& link, const Key& target, const std::vector<ir::EdgeFragment>& fragments) {
  return std::any_of(fragments.begin(), fragments.end(), [&](const ir::EdgeFragment& fragment) {
    return fragment.wish != Wish::Observe && !link.verdict(target, fragment.owner.uid);
  });
}

/// Applies one diff and records what became of it. Removals count only once they are saved. Returns the first error.
std::optional<Error> carry_out(Visit& visit, const Key& target, const edge::Changes& changes, bool repair) {
  GatewayLink& link = visit.link;
  const std::vector<ir::Verdict> verdicts = visit.provider.apply(changes, visit.stop);
  expect_save(visit, target);
  std::vector<ir::EdgeFragment> fragments = changes.put;
  fragments.insert(fragments.end(), changes.remove.begin(), changes.remove.end());
  const bool removed =
      std::any_of(verdicts.begin(), verdicts.end(), [](const ir::Verdict& v) { return v.outcome == Outcome::Gone; });
  std::optional<Error> unsaved;
  if (removed) {
    if (const auto saved = persist(visit); !saved) unsaved = saved.error();
  }
  std::optional<Error> failed = unsaved;
  std::vector<ir::EdgeFragment> gone;
  for (std::size_t i = 0; i < fragments.size() && i < verdicts.size(); ++i) {
    ir::Verdict verdict = verdicts[i];
    if (verdict.outcome == Outcome::Gone) gone.push_back(fragments[i]);
    if (verdict.outcome == Outcome::Gone && unsaved) {
      verdict.outcome = Outcome::Unknown;
      verdict.error = unsaved->context("removed, but not saved yet");
    }
    if (verdict.outcome == Outcome::Applied && repair) verdict.drift_repaired = true;
    if (verdict.error && verdict.outcome != Outcome::Rejected && !failed) failed = verdict.error;
    link.record(target, fragments[i], verdict);
  }
  forget_gone(link, gone);
  return failed;
}

/// Looks past our own marks at the device itself, for what somebody changed by hand.
Result<edge::Changes> find_repairs(const Visit& visit, const std::vector<ir::EdgeFragment>& settled) {
  edge::Changes repairs;
  if (settled.empty()) return repairs;
  const std::set<ir::EdgePlace> drifted = TRY(visit.provider.drifted(settled, visit.stop));
  for (const ir::EdgeFragment& fragment : settled) {
    if (drifted.contains(fragment.place)) repairs.put.push_back(fragment);
  }
  if (!repairs.empty()) {
    log::warning("drift on the gateway, repairing",
                 {{"gateway", visit.link.connection().name}, {"applications", repairs.put.size()}});
  }
  return repairs;
}

runtime::Next check(Visit& visit) {
  GatewayLink& link = visit.link;
  const auto before = link.last_look();
  Result<edge::Condition> condition = visit.provider.check(visit.stop);
  const std::optional<Error> failed = condition ? std::nullopt : std::optional{condition.error()};
  if (condition) {
    // A former process may have died between a change and its saving; a reboot would then undo what status calls done.
    condition->unsaved = before && *before ? (*before)->unsaved : visit.says_unsaved();
    if (condition->unsaved) link.queue().add_after(save_target(link), kQuiet, runtime::Priority::Low);
  }
  link.set_health(std::move(condition));
  return after(link, failed);
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

runtime::Next converge(Visit& visit, const Key& target) {
  GatewayLink& link = visit.link;
  const Wanted wanted = sort_out(link, target);
  if (wanted.to_see.empty()) return {};
  // News will most likely be written; asking for the note first saves a look at the tenant.
  if ((is_news(link, target, wanted.to_see) || has_note(link)) && !may_change(visit, target))
    return {std::nullopt, kUntilStored, runtime::Priority::High};
  const Result<edge::Observed> observed = visit.provider.observe(wanted.tenants, visit.stop);
  if (!observed) {
    record_all(link, target, wanted.to_see, observed.error());
    return after(link, observed.error());
  }
  std::vector<ir::EdgeFragment> to_change;
  for (const ir::EdgeFragment& fragment : wanted.to_see) {
    if (fragment.wish == Wish::Observe) {
      report_difference(link, target, fragment, *observed);
    } else {
      to_change.push_back(fragment);
    }
  }
  edge::Diff diff = edge::diff(to_change, *observed);
  std::optional<Error> failed;
  std::vector<ir::EdgeFragment> settled;
  for (const ir::EdgeFragment& fragment : to_change) {
    const auto found = diff.settled.find(fragment.place);
    if (found == diff.settled.end()) continue;
    ir::Verdict verdict = found->second;
    if (verdict.outcome == Outcome::Applied && link.verdict(target, fragment.owner.uid)) settled.push_back(fragment);
    if (verdict.outcome == Outcome::Gone && !is_known_gone(link, target, fragment)) {
      // Gone, but perhaps removed by a former process that died before it was saved.
      if (const auto saved = persist(visit); !saved) {
        failed = saved.error();
        verdict.outcome = Outcome::Unknown;
        verdict.error = saved.error().context("removed, but not saved yet");
      }
    }
    link.record(target, fragment, verdict);
  }
  const bool repair = diff.changes.empty();
  if (repair) {
    Result<edge::Changes> repairs = find_repairs(visit, settled);
    if (!repairs) return after(link, repairs.error());
    diff.changes = *std::move(repairs);
  }
  if (!diff.changes.empty()) {
    if (!may_change(visit, target)) return {failed, kUntilStored, runtime::Priority::High};
    if (const auto error = carry_out(visit, target, diff.changes, repair)) failed = error;
  }
  return after(link, std::move(failed));
}

}  // namespace

shared::GatewayLink::Step edge_step(std::shared_ptr<std::mutex> device, SaysUnsaved says_unsaved) {
  const auto memory = std::make_shared<Memory>();
  return [device, says_unsaved, memory](GatewayLink& link, const Key& target, std::stop_token stop) -> runtime::Next {
    const std::lock_guard lock(*device);
    const std::shared_ptr<edge::EdgeProvider> provider = link.provider();
    if (!provider) return after(link, Error{Code::Unavailable, "the gateway has not been reached yet", {}, {}});
    if (memory->provider && memory->provider != provider) memory->provider->close(stop);  // other credentials since
    memory->provider = provider;
    Visit visit{link, *provider, says_unsaved, *memory, std::move(stop)};
    if (target == link.check_target()) return check(visit);
    if (target.kind == "Save") return save(visit);
    return converge(visit, target);
  };
}

}  // namespace sallyport::f5_gateway
