// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/f5_gateway/target.hpp"

#include <algorithm>
#include <mutex>
#include <set>

#include "operator/base/log.hpp"
#include "reconcilers/f5_gateway/saving.hpp"

namespace sallyport::f5_gateway {
namespace {

using ir::Outcome;
using ir::Wish;

constexpr std::chrono::milliseconds kUntilStored{100};  ///< between looks whether the status says `unsaved`
constexpr int kSeldom = 5;                              ///< doublings of the time between offers made in vain

/// What of the board concerns the device, by what is to be done.
struct Wanted {
  std::vector<ir::EdgeFragment> to_see;  ///< Present, Absent, Observe
  std::set<std::string> tenants;
};

Wanted read_board(GatewayLink& link, const Key& target) {
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

/// Of what is only observed and there by its mark. Who changes it by hand may have taken its token policy off, so that
/// nothing of it counts as there any more.
void report_watched(Visit& visit, const Key& target, const ir::EdgeFragment& fragment) {
  ir::Verdict verdict;
  verdict.outcome = Outcome::Applied;
  if (visit.memory.drifted.contains(fragment.place)) {
    verdict.outcome = Outcome::Rejected;
    verdict.error = Error{Code::Conflict,
                          "the application on the gateway is no longer as it was declared: somebody has changed it, "
                          "perhaps its token policy, and while it is only observed it is not put right",
                          {},
                          visit.link.around().drift_interval};
  }
  visit.link.record(target, fragment, verdict);
}

/// Observe: nothing is changed; the differences become notes. False: it is not there as far as its mark tells.
bool report_difference(Visit& visit, const Key& target, const ir::EdgeFragment& fragment,
                       const edge::Observed& observed) {
  const auto entry = observed.entries.find(fragment.place);
  const bool same =
      entry != observed.entries.end() && fragment.hash().starts_with(entry->second.hash) && !entry->second.hash.empty();
  if (same && entry->second.in_force) {
    report_watched(visit, target, fragment);
    return true;
  }
  ir::Verdict verdict;
  verdict.outcome = Outcome::Unknown;
  verdict.notes = {entry == observed.entries.end() ? "the application is not on the gateway"
                   : same                          ? "the application is handed over, and not in force everywhere"
                                                   : "the application differs from the spec"};
  visit.link.record(target, fragment, verdict);
  return false;
}

/// What the last look at the device as a whole found of ours and is gone since: nobody has to claim the place any more,
/// and the address is free again.
void forget_gone(GatewayLink& link, const std::vector<ir::EdgeFragment>& gone) {
  const auto look = link.last_look();
  if (gone.empty() || !look || !*look) return;
  edge::Condition condition = **look;
  std::size_t forgotten = 0;
  for (const ir::EdgeFragment& fragment : gone) {
    forgotten += std::erase(condition.unclaimed, fragment.place.tenant + "/" + fragment.place.application);
    forgotten += condition.addresses_in_use.erase(fragment.address);
  }
  if (forgotten > 0) link.set_health(std::move(condition));
}

bool is_known_gone(const GatewayLink& link, const Key& target, const ir::EdgeFragment& fragment) {
  const std::optional<ir::Verdict> verdict = link.verdict(target, fragment.owner.uid);
  return verdict && verdict->outcome == Outcome::Gone;
}

bool is_news(const GatewayLink& link, const Key& target, const std::vector<ir::EdgeFragment>& fragments) {
  return std::any_of(fragments.begin(), fragments.end(), [&](const ir::EdgeFragment& fragment) {
    return fragment.wish != Wish::Observe && !link.verdict(target, fragment.owner.uid);
  });
}

bool was_rejected(const GatewayLink& link, const Key& target, const ir::EdgeFragment& fragment) {
  const std::optional<ir::Verdict> verdict = link.verdict(target, fragment.owner.uid);
  return verdict && verdict->outcome == Outcome::Rejected;
}

/// What a look at a tenant leaves to be done.
struct Work {
  edge::Changes changes{};
  std::vector<ir::EdgeFragment> rejected{};  ///< wanted as before, and not taken before
  std::vector<ir::EdgeFragment> settled{};   ///< there by their marks
  std::vector<ir::EdgeFragment> watched{};   ///< there by their marks, and only to be observed
  std::set<ir::EdgePlace> repairs{};         ///< of the changes: what somebody else undid
  std::set<ir::EdgePlace> offers{};          ///< of the changes: what a dry run took of the rejected
  std::optional<Error> failed{};
};

/// Remembers when something was rejected, and how often after the device would have taken it by its own word.
void note_verdict(Memory& memory, const Work& work, const ir::EdgePlace& place, Outcome outcome, SteadyTime now) {
  memory.drifted.erase(place);
  if (outcome != Outcome::Rejected) {
    memory.tried.erase(place);
    return;
  }
  Tried& tried = memory.tried[place];
  tried.at = now;
  if (work.offers.contains(place)) ++tried.in_vain;
}

/// Makes the changes and records what became of them. Removals count only once they are saved.
void carry_out(Visit& visit, const Key& target, Work& work) {
  const edge::Changes& changes = work.changes;
  const std::vector<ir::Verdict> verdicts = visit.provider.apply(changes, visit.stop);
  expect_save(visit, target);
  std::vector<ir::EdgeFragment> fragments = changes.put;
  fragments.insert(fragments.end(), changes.remove.begin(), changes.remove.end());
  const bool removed =
      std::any_of(verdicts.begin(), verdicts.end(), [](const ir::Verdict& v) { return v.outcome == Outcome::Gone; });
  std::optional<Error> unsaved;
  if (removed) {
    if (const auto saved = persist(visit); !saved) work.failed = unsaved = saved.error();
  }
  std::vector<ir::EdgeFragment> gone;
  for (std::size_t i = 0; i < fragments.size() && i < verdicts.size(); ++i) {
    ir::Verdict verdict = verdicts[i];
    if (verdict.outcome == Outcome::Gone) gone.push_back(fragments[i]);
    if (verdict.outcome == Outcome::Gone && unsaved) {
      verdict.outcome = Outcome::Unknown;
      verdict.error = unsaved->context("removed, but not saved yet");
    }
    if (verdict.outcome == Outcome::Applied && work.repairs.contains(fragments[i].place)) verdict.drift_repaired = true;
    if (verdict.error && verdict.outcome != Outcome::Rejected && !work.failed) work.failed = verdict.error;
    note_verdict(visit.memory, work, fragments[i].place, verdict.outcome, visit.link.around().clock.steady());
    visit.link.record(target, fragments[i], verdict);
  }
  forget_gone(visit.link, gone);
}

/// A change that cannot be made does not put the looks for drift off: its hindrance may be one.
bool is_overdue(Visit& visit, const Key& target) {
  const SteadyTime now = visit.link.around().clock.steady();
  const SteadyTime last = visit.memory.checked.try_emplace(target, now).first->second;
  return now - last >= visit.link.around().drift_interval;
}

/// Looks past our own marks at the device itself, for what somebody changed by hand. What was rejected although it is
/// there has lost something it needs on the device: it is well again once it no longer differs.
Result<void> find_repairs(Visit& visit, const Key& target, Work& work) {
  visit.memory.checked[target] = visit.link.around().clock.steady();
  std::vector<ir::EdgeFragment> there = work.settled;
  for (ir::EdgeFragment fragment : work.watched) {
    fragment.wish = Wish::Present;  // declared, and so checked, as if it were to be written
    there.push_back(std::move(fragment));
  }
  if (there.empty()) return {};
  const std::set<ir::EdgePlace> drifted = TRY(visit.provider.drifted(there, visit.stop));
  for (const ir::EdgeFragment& fragment : there) visit.memory.drifted.erase(fragment.place);
  for (const ir::EdgeFragment& fragment : work.watched) {
    if (drifted.contains(fragment.place)) visit.memory.drifted.insert(fragment.place);
    report_watched(visit, target, fragment);
  }
  for (const ir::EdgeFragment& fragment : work.settled) {
    const bool rejected = was_rejected(visit.link, target, fragment);
    if (drifted.contains(fragment.place)) {
      if (!rejected) work.repairs.insert(fragment.place);
      (rejected ? work.rejected : work.changes.put).push_back(fragment);
    } else if (rejected) {
      ir::Verdict well;
      well.outcome = Outcome::Applied;
      well.facts = edge::facts_of(fragment);
      visit.link.record(target, fragment, well);
    }
  }
  if (!work.repairs.empty()) {
    log::warning("drift on the gateway, repairing",
                 {{"gateway", visit.link.connection().name}, {"applications", work.repairs.size()}});
  }
  return {};
}

/// Once in a drift interval at most, and ever more seldom for what only a write shows to be refused.
bool is_due(const Visit& visit, const ir::EdgeFragment& fragment) {
  const auto found = visit.memory.tried.find(fragment.place);
  if (found == visit.memory.tried.end()) return true;
  const auto wait = visit.link.around().drift_interval * (1 << std::min(found->second.in_vain, kSeldom));
  return visit.link.around().clock.steady() - found->second.at >= wait;
}

/// Offers what was rejected anew, in a dry run first: a write that cannot change anything is not worth a note.
Result<void> offer_again(Visit& visit, Work& work) {
  std::erase_if(work.rejected, [&](const ir::EdgeFragment& fragment) { return !is_due(visit, fragment); });
  if (work.rejected.empty()) return {};
  const std::set<ir::EdgePlace> taken = TRY(visit.provider.would_take(work.rejected, visit.stop));
  for (const ir::EdgeFragment& fragment : work.rejected) {
    if (taken.contains(fragment.place)) {
      work.changes.put.push_back(fragment);
      work.offers.insert(fragment.place);
    } else {
      visit.memory.tried[fragment.place].at = visit.link.around().clock.steady();
    }
  }
  return {};
}

/// As `after`, or sooner where what was handed over is not in force yet.
runtime::Next next_look(const Visit& visit, std::optional<Error> failed) {
  runtime::Next next = after(visit.link, std::move(failed));
  if (const auto soon = visit.provider.look_again(); soon && next.again_after)
    next.again_after = std::min(*next.again_after, *soon);
  return next;
}

/// What was lost of the gateway's as a whole is made anew target by target.
void look_at_all(GatewayLink& link) {
  for (const Key& target : link.targets()) link.poke(target);
}

runtime::Next check(Visit& visit) {
  GatewayLink& link = visit.link;
  const auto before = link.last_look();
  Result<edge::Condition> condition = visit.provider.check(visit.stop);
  if (condition && !visit.provider.needs_saving()) {
    if (const auto kept = visit.provider.persist(visit.stop); !kept) condition = kept.error();
  }
  const std::optional<Error> failed = condition ? std::nullopt : std::optional{condition.error()};
  const bool incomplete = condition && condition->incomplete;
  if (condition && visit.provider.needs_saving()) {
    // A former process may have died between a change and its saving; a reboot would then undo what status calls done.
    condition->unsaved = before && *before ? (*before)->unsaved : visit.says_unsaved();
    if (condition->unsaved) queue_save(link);
  }
  link.set_health(std::move(condition));
  if (incomplete) look_at_all(link);
  runtime::Next next = after(link, failed);
  if (const auto beat = visit.provider.heartbeat(); beat && next.again_after)
    next.again_after = std::min(*next.again_after, *beat);
  return next;
}

/// Gone, but perhaps removed by a former process that died before it was saved.
void make_sure_of_removal(Visit& visit, Work& work, ir::Verdict& verdict) {
  const auto saved = persist(visit);
  if (saved) return;
  work.failed = saved.error();
  verdict.outcome = Outcome::Unknown;
  verdict.error = saved.error().context("removed, but not saved yet");
}

/// Compares what is wanted with what is there, and records what needs no change.
Work sort_out(Visit& visit, const Key& target, const std::vector<ir::EdgeFragment>& wanted,
              const edge::Observed& observed) {
  GatewayLink& link = visit.link;
  Work work;
  std::vector<ir::EdgeFragment> to_change;
  for (const ir::EdgeFragment& fragment : wanted) {
    if (fragment.wish == Wish::Observe) {
      const bool seen_before = link.verdict(target, fragment.owner.uid).has_value();
      if (report_difference(visit, target, fragment, observed) && seen_before) work.watched.push_back(fragment);
    } else {
      to_change.push_back(fragment);
    }
  }
  edge::Diff diff = edge::diff(to_change, observed);
  for (const ir::EdgeFragment& fragment : to_change) {
    const auto found = diff.settled.find(fragment.place);
    if (found == diff.settled.end()) continue;
    ir::Verdict verdict = found->second;
    const bool seen_drifted = visit.memory.drifted.contains(fragment.place);  // while it was only observed
    if (verdict.outcome == Outcome::Applied && (link.verdict(target, fragment.owner.uid) || seen_drifted)) {
      work.settled.push_back(fragment);
      if (was_rejected(link, target, fragment)) continue;  // by its mark it is there; the next poll knows more
    }
    if (verdict.outcome == Outcome::Gone && !is_known_gone(link, target, fragment))
      make_sure_of_removal(visit, work, verdict);
    link.record(target, fragment, verdict);
  }
  for (const ir::EdgeFragment& fragment : diff.changes.put)
    (was_rejected(link, target, fragment) ? work.rejected : work.changes.put).push_back(fragment);
  work.changes.remove = std::move(diff.changes.remove);
  return work;
}

runtime::Next converge(Visit& visit, const Key& target) {
  GatewayLink& link = visit.link;
  const Wanted wanted = read_board(link, target);
  if (wanted.to_see.empty()) return {};
  // News will most likely be written; asking for the note first saves a look at the tenant.
  if ((is_news(link, target, wanted.to_see) || has_note(link)) && !may_change(visit, target))
    return {std::nullopt, kUntilStored, runtime::Priority::High};
  const Result<edge::Observed> observed = visit.provider.observe(wanted.tenants, visit.stop);
  if (!observed) {
    record_all(link, target, wanted.to_see, observed.error());
    return after(link, observed.error());
  }
  Work work = sort_out(visit, target, wanted.to_see, *observed);
  const bool poll = work.changes.empty();
  if (!poll && !may_change(visit, target)) return {work.failed, kUntilStored, runtime::Priority::High};
  if (poll || is_overdue(visit, target)) {
    if (const auto found = find_repairs(visit, target, work); !found) return after(link, found.error());
  }
  if (poll) {
    if (const auto offered = offer_again(visit, work); !offered) work.failed = offered.error();
  } else {
    // The change may make room for them.
    work.changes.put.insert(work.changes.put.end(), work.rejected.begin(), work.rejected.end());
  }
  if (!work.changes.empty()) {
    if (!may_change(visit, target)) return {work.failed, kUntilStored, runtime::Priority::High};
    carry_out(visit, target, work);
  }
  return next_look(visit, std::move(work.failed));
}

}  // namespace

shared::GatewayLink::Step edge_step(DeviceTurn device, SaysUnsaved says_unsaved) {
  const auto memory = std::make_shared<Memory>();
  return [device = std::move(device), says_unsaved, memory](GatewayLink& link, const Key& target,
                                                            std::stop_token stop) -> runtime::Next {
    shared::Turn turn = device();
    const std::lock_guard lock(turn);
    const std::shared_ptr<edge::EdgeProvider> provider = link.provider();
    if (!provider) return after(link, Error{Code::Unavailable, "the gateway has not been reached yet", {}, {}});
    if (memory->provider && memory->provider != provider) memory->provider->close(stop);  // other credentials since
    memory->provider = provider;
    Visit visit{link, *provider, says_unsaved, *memory, std::move(stop)};
    if (target == link.check_target()) return check(visit);
    if (target == save_target(link)) return save(visit);
    return converge(visit, target);
  };
}

}  // namespace sallyport::f5_gateway
