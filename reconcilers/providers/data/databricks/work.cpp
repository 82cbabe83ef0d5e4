// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/data/databricks/work.hpp"

#include <algorithm>

#include "operator/base/text.hpp"

namespace sallyport::data::databricks {
namespace {

constexpr std::chrono::minutes kLatestRead{30};

}  // namespace

bool Databricks::Work::depends_on_endpoint() const {
  const bool refuses = std::any_of(refused.begin(), refused.end(), [](const auto& why) { return why.has_value(); });
  const bool changes = plan.ahead_changed || !plan.changes.empty() || !plan.leaving.empty() || unclaimed();
  const bool closes = !same(plan.ledger, plan.ahead) || (had_ledger && plan.ledger.entries.empty());
  return refuses || changes || closes || !former.empty();
}

bool Databricks::Work::unclaimed() const {
  const bool wanted = std::any_of(plan.ledger.entries.begin(), plan.ledger.entries.end(),
                                  [](const auto& entry) { return !entry.second.owners.empty(); });
  return wanted && !endpoint.tags.contains(kInstanceTag);
}

bool Databricks::Work::is_done(const AccessList& list) const {
  const auto stands = [&](const LevelChange& change) {
    const std::string key = change.principal.key();
    return missed.contains(key) || direct_level(list, key) == change.to;
  };
  return std::all_of(plan.changes.begin(), plan.changes.end(), stands) &&
         std::all_of(plan.leaving.begin(), plan.leaving.end(), stands);
}

std::string text_of(const AccessList& list) {
  std::string text;
  for (const auto& [key, entry] : list) {
    if (entry.direct != ir::Level::None || !entry.unknown.empty())
      text += key + "=" + std::string(to_string(entry.direct)) + entry.unknown + "\n";
  }
  return text;
}

std::string foreign_entries(const Databricks::Work& work) {
  std::vector<std::string> names;
  for (const auto& [key, entry] : work.observed) {
    const bool ours = work.plan.ledger.entries.contains(key);
    if (ours || work.untouchable.covers(entry.principal)) continue;
    if (!entry.unknown.empty()) {
      names.push_back(std::string(trim(entry.principal.value + " " + entry.unknown)));
    } else if (entry.direct != ir::Level::None) {
      names.push_back(entry.principal.value + " " + std::string(to_string(entry.direct)));
    }
  }
  return join(names, ", ");
}

bool repairs(const Databricks::Work& work) {
  return std::any_of(work.plan.changes.begin(), work.plan.changes.end(), [&](const LevelChange& change) {
    const auto known = work.in_force.find(change.principal.key());
    return known != work.in_force.end() && known->second == change.to && !work.missed.contains(known->first);
  });
}

std::map<std::string, ir::Level> now_in_force(const Databricks::Work& work) {
  std::map<std::string, ir::Level> levels;
  for (const auto& [key, entry] : work.plan.ledger.entries) {
    if (!entry.owners.empty() && !work.missed.contains(key)) levels[key] = entry.goal();
  }
  return levels;
}

std::map<std::string, SteadyTime> now_standing(const Databricks::Work& work, SteadyTime now) {
  std::set<std::string> changed;
  for (const LevelChange& change : work.plan.changes) changed.insert(change.principal.key());
  std::map<std::string, SteadyTime> standing;
  for (const auto& [key, entry] : work.plan.ledger.entries) {
    const ir::Level goal = entry.goal();
    const auto was = work.ledger.entries.find(key);
    const bool had_entry = was != work.ledger.entries.end();
    // By the ledger that was read, too: that a former level is forgotten may not have been saved.
    const bool has_former = entry.applied != ir::Level::None || (had_entry && was->second.applied != ir::Level::None);
    if (!has_former || direct_level(work.observed, key) != goal) continue;
    const auto since = work.standing.find(key);
    const bool still =
        since != work.standing.end() && !changed.contains(key) && had_entry && was->second.goal() == goal;
    standing[key] = still ? since->second : now;
  }
  return standing;
}

std::set<std::string> long_standing(const std::map<std::string, SteadyTime>& standing, SteadyTime now) {
  std::set<std::string> keys;
  for (const auto& [key, since] : standing) {
    if (now - since >= kLatestRead) keys.insert(key);
  }
  return keys;
}

}  // namespace sallyport::data::databricks
