// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/data/access_list.hpp"

#include <algorithm>

#include "operator/base/text.hpp"

namespace sallyport::data {
namespace {

using ir::Level;
using ir::Wish;

bool same_entries(const ir::Ledger& a, const ir::Ledger& b) {
  return a.entries.size() == b.entries.size() &&
         std::equal(a.entries.begin(), a.entries.end(), b.entries.begin(), [](const auto& x, const auto& y) {
           return x.first == y.first && x.second.before == y.second.before && x.second.applied == y.second.applied &&
                  x.second.owners == y.second.owners;
         });
}

/// Takes what others did since we last looked as the new "before".
void learn_foreign_changes(ir::Ledger& ledger, const AccessList& observed, std::vector<std::string>& notes) {
  for (auto& [key, entry] : ledger.entries) {
    const Level now = direct_level(observed, key);
    const bool explained = now == entry.before || now == std::max(entry.before, entry.applied) ||
                           now == std::max(entry.before, entry.wanted());
    if (explained) continue;
    notes.push_back("somebody else set '" + entry.principal.value + "' to " +
                    (now == Level::None ? std::string("no level") : std::string(to_string(now))) +
                    "; that is what will be given back");
    entry.before = now;
  }
}

void set_share(ir::Ledger& ledger, const ir::GrantFragment& fragment, const AccessList& observed,
               const Untouchable& untouchable) {
  const Uid& owner = fragment.owner.uid;
  for (auto& [key, entry] : ledger.entries) entry.owners.erase(owner);
  if (fragment.wish != Wish::Present) return;
  for (const ir::Grant& grant : fragment.grants) {
    if (untouchable.covers(grant.principal)) continue;
    const std::string key = grant.principal.key();
    const auto [entry, is_new] = ledger.entries.try_emplace(key);
    if (is_new) {
      entry->second.principal = grant.principal;
      entry->second.before = direct_level(observed, key);
    }
    Level& share = entry->second.owners[owner];
    share = std::max(share, grant.level);
  }
}

}  // namespace

Level direct_level(const AccessList& list, const std::string& principal_key) {
  const auto found = list.find(principal_key);
  return found == list.end() ? Level::None : found->second.direct;
}

const AccessEntry* inexpressible(const AccessList& list) {
  const auto found =
      std::find_if(list.begin(), list.end(), [](const auto& entry) { return !entry.second.unknown.empty(); });
  return found == list.end() ? nullptr : &found->second;
}

bool Untouchable::covers(const ir::Principal& principal) const {
  if (principal.type == ir::PrincipalType::Group && to_lower(principal.value) == "admins") return true;
  return !self_key.empty() && principal.key() == self_key;
}

Plan plan_access(const ir::Ledger& ledger, const AccessList& observed, const std::vector<ir::GrantFragment>& fragments,
                 const Untouchable& untouchable) {
  Plan plan;
  plan.ledger = ledger;
  learn_foreign_changes(plan.ledger, observed, plan.notes);
  for (const ir::GrantFragment& fragment : fragments) {
    if (fragment.wish == Wish::Hold || fragment.wish == Wish::Observe) continue;
    set_share(plan.ledger, fragment, observed, untouchable);
    if (fragment.wish != Wish::Release) continue;
    // What nobody else wants any more stays on the list, and is no longer ours.
    std::erase_if(plan.ledger.entries, [](const auto& entry) { return entry.second.owners.empty(); });
  }
  for (const auto& [key, entry] : plan.ledger.entries) {
    const Level now = direct_level(observed, key);
    const Level goal = std::max(entry.before, entry.wanted());
    if (now != goal && !untouchable.covers(entry.principal)) plan.changes.push_back({entry.principal, now, goal});
  }
  plan.ledger_changed = !same_entries(plan.ledger, ledger);
  return plan;
}

ir::Ledger settle(const ir::Ledger& ledger, const AccessList& observed) {
  ir::Ledger settled = ledger;
  for (auto entry = settled.entries.begin(); entry != settled.entries.end();) {
    const Level now = direct_level(observed, entry->first);
    const bool over = entry->second.owners.empty() && now == entry->second.before;
    if (over) {
      entry = settled.entries.erase(entry);
      continue;
    }
    if (now == std::max(entry->second.before, entry->second.wanted())) entry->second.applied = entry->second.wanted();
    ++entry;
  }
  return settled;
}

}  // namespace sallyport::data
