// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/edge/bigip/drift.hpp"

#include <algorithm>
#include <functional>

#include "reconcilers/providers/edge/bigip/marks.hpp"
#include "reconcilers/providers/edge/bigip/subject.hpp"

namespace sallyport::edge::bigip {
namespace {

/// How a dry run ends: with those that AS3 has nothing against, and with what would change for them.
struct DryRun {
  std::vector<Subject> taken{};
  std::vector<Subject> refused{};
  std::string complaint{};            ///< about none of `taken` in particular; it says nothing of them then
  bool same = true;                   ///< nothing would change
  std::vector<ObjectPath> changes{};  ///< empty all the same: something would, and AS3 does not say what
};

/// Those whom the complaint names go from `taken` to `refused`. False when it names none of them.
bool put_aside(DryRun& run, const std::string& words, const std::string& tenant) {
  const auto path = find_path(words, tenant);
  const auto named = [&path](const Subject& one) { return path && one.is_concerned(*path); };
  const auto bad = std::stable_partition(run.taken.begin(), run.taken.end(), std::not_fn(named));
  if (bad == run.taken.end()) return false;
  run.refused.insert(run.refused.end(), bad, run.taken.end());
  run.taken.erase(bad, run.taken.end());
  return true;
}

Result<DryRun> dry_run(As3& as3, const StoredTenant& stored, const std::vector<Wanted>& subjects, const Mine& mine,
                       std::stop_token stop) {
  DryRun run;
  for (const Wanted& one : subjects) run.taken.emplace_back(one);
  while (!run.taken.empty()) {
    std::vector<Wanted> declared;
    for (const Subject& one : run.taken) {
      if (one.wanted().declared) declared.push_back(one.wanted());
    }
    const Write write = declared.empty() ? touch(stored) : compose(stored, declared, mine.instance, mine.gateway);
    const Answer answer = as3.write(stored.name, write, Mode::DryRun, stop);
    if (answer.meaning == Meaning::NoChange) return run;
    if (answer.meaning == Meaning::Done) {
      run.same = false;
      for (const std::string& text : answer.differences) {
        if (const auto path = find_path(text, stored.name)) run.changes.push_back(*path);
      }
      return run;
    }
    if (answer.meaning != Meaning::Invalid && answer.meaning != Meaning::Rejected)
      return answer.error.value_or(Error{Code::Unavailable, "the dry run did not end: " + answer.words, {}, {}});
    if (!put_aside(run, answer.words, stored.name)) {
      run.complaint = answer.words;
      return run;
    }
  }
  return run;
}

bool is_drifted(const DryRun& run, const Subject& one) {
  if (run.same) return false;
  return run.changes.empty() || std::any_of(run.changes.begin(), run.changes.end(),
                                            [&one](const ObjectPath& path) { return one.is_concerned(path); });
}

}  // namespace

Result<std::set<ir::EdgePlace>> find_drift(As3& as3, const StoredTenant& stored, std::vector<Wanted> applied,
                                           const Mine& mine, std::stop_token stop) {
  std::set<ir::EdgePlace> drifted;
  if (!stored.is_ours(mine.instance)) return drifted;
  std::erase_if(applied, [&stored](const Wanted& one) {
    const std::optional<Entry> found = stored.entry(one.fragment->place.application);
    return found && found->owner_mark != owner_mark(one.fragment->owner.uid);
  });
  if (stored.presence != Presence::There) {
    for (const Wanted& one : applied) drifted.insert(one.fragment->place);
    return drifted;
  }
  const DryRun run = TRY(dry_run(as3, stored, applied, mine, std::move(stop)));
  // What was accepted once and is refused now has lost something it needs on the device: that is a drift of its own.
  for (const Subject& one : run.refused) drifted.insert(one.wanted().fragment->place);
  if (!run.complaint.empty()) {
    // Once one that is stored was put aside, the rest is refused for its sake.
    if (!drifted.empty()) return drifted;
    return Error{Code::Unavailable, "the dry run is refused: " + run.complaint, {}, {}};
  }
  for (const Subject& one : run.taken) {
    if (is_drifted(run, one)) drifted.insert(one.wanted().fragment->place);
  }
  return drifted;
}

Result<std::set<ir::EdgePlace>> find_takeable(As3& as3, const StoredTenant& stored, const std::vector<Wanted>& declared,
                                              const Mine& mine, std::stop_token stop) {
  std::set<ir::EdgePlace> takeable;
  if (!stored.is_ours(mine.instance)) return takeable;
  const DryRun run = TRY(dry_run(as3, stored, declared, mine, std::move(stop)));
  if (!run.complaint.empty()) return takeable;
  for (const Subject& one : run.taken) takeable.insert(one.wanted().fragment->place);
  return takeable;
}

}  // namespace sallyport::edge::bigip
