// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/data/access_list.hpp"

#include <algorithm>

#include "operator/base/text.hpp"

namespace sallyport::data {
namespace {

using ir::Level;
using ir::Wish;

bool is_unknown(const AccessList& observed, const std::string& key) {
  const auto found = observed.find(key);
  return found != observed.end() && !found->second.unknown.empty();
}

/// What was there before us, or what we set: then, now, or for one of several owners.
bool is_explained(const ir::LedgerEntry& entry, Level now) {
  if (now == entry.before || now == std::max(entry.before, entry.applied)) return true;
  return std::any_of(entry.owners.begin(), entry.owners.end(),
                     [&](const auto& owner) { return now == std::max(entry.before, owner.second); });
}

/// A level that we once set explains a read only for as long as a read may be that late.
void forget_former_levels(ir::Ledger& ledger, const AccessList& observed, const std::set<std::string>& long_standing) {
  for (auto& [key, entry] : ledger.entries) {
    const bool stands = !is_unknown(observed, key) && direct_level(observed, key) == entry.goal();
    if (stands && long_standing.contains(key)) entry.applied = Level::None;
  }
}

/// Takes what others did since we last looked as the new "before".
void learn_foreign_changes(Plan& plan, const AccessList& observed) {
  for (auto& [key, entry] : plan.ledger.entries) {
    const Level now = direct_level(observed, key);
    if (is_unknown(observed, key) || is_explained(entry, now)) continue;
    plan.notes.push_back("somebody else set '" + entry.principal.value + "' to " +
                         (now == Level::None ? std::string("no level") : std::string(to_string(now))) +
                         "; that is what will be given back");
    entry.before = now;
    plan.learned = true;
  }
}

template <class Map>
std::size_t united_size(const Map& a, const Map& b) {
  const auto more = std::count_if(b.begin(), b.end(), [&](const auto& entry) { return !a.contains(entry.first); });
  return a.size() + static_cast<std::size_t>(more);
}

/// Whether the owner's wish for a principal has room in the ledger that is saved ahead, in which those who are leaving
/// still are.
bool has_room(const ir::Ledger& ledger, const ir::Ledger& former, const std::string& key, const Uid& owner) {
  const auto owners_in = [&](const ir::Ledger& one) {
    const auto entry = one.entries.find(key);
    return entry == one.entries.end() ? std::map<Uid, Level>{} : entry->second.owners;
  };
  const auto had = owners_in(former);
  if (had.contains(owner)) return true;
  if (united_size(owners_in(ledger), had) >= kMostOwners) return false;
  const bool is_known = ledger.entries.contains(key) || former.entries.contains(key);
  return is_known || united_size(ledger.entries, former.entries) < kMostPrincipals;
}

void set_share(Plan& plan, const ir::Ledger& former, const ir::GrantFragment& fragment, const AccessList& observed,
               const Untouchable& untouchable) {
  const Uid& owner = fragment.owner.uid;
  for (auto& [key, entry] : plan.ledger.entries) entry.owners.erase(owner);
  if (fragment.wish != Wish::Present) return;
  for (const ir::Grant& grant : fragment.grants) {
    if (untouchable.covers(grant.principal)) continue;
    const std::string key = grant.principal.key();
    if (!has_room(plan.ledger, former, key, owner)) {
      plan.crowded_out.emplace(owner, key);
      continue;
    }
    const auto [entry, is_new] = plan.ledger.entries.try_emplace(key);
    if (is_new) {
      entry->second.principal = grant.principal;
      entry->second.before = direct_level(observed, key);
      plan.learned = plan.learned || entry->second.before != Level::None;
    }
    Level& share = entry->second.owners[owner];
    share = std::max(share, grant.level);
  }
}

/// What only this owner wanted stays on the list, and is no longer ours.
void let_go(ir::Ledger& ledger, const Uid& owner) {
  std::erase_if(ledger.entries, [&](const auto& entry) {
    return entry.second.owners.size() == 1 && entry.second.owners.contains(owner);
  });
}

/// The highest that we set stays known until the present one has stood for long: a late read may show it.
void keep_highest(ir::LedgerEntry& entry, const ir::LedgerEntry& former) {
  if (entry.wanted() != former.wanted()) entry.applied = std::max(entry.applied, former.wanted());
}

/// `ledger` after `former`, in which no owner has lost anything yet.
ir::Ledger without_losses(ir::Ledger ledger, const ir::Ledger& former) {
  for (const auto& [key, was] : former.entries) {
    ir::LedgerEntry& entry = ledger.entries.try_emplace(key, was).first->second;
    entry.owners.insert(was.owners.begin(), was.owners.end());  // and leaves a share that has changed as it is now
    entry.applied = was.applied;
    keep_highest(entry, was);
  }
  return ledger;
}

/// Of a direct and an inherited level only the higher is told (databricks.md 2.1): a grant below what its principal
/// inherits would never be seen, and gives nothing.
bool inherits(const AccessList& observed, const std::string& key, Level goal) {
  const auto found = observed.find(key);
  return found != observed.end() && found->second.inherited >= goal;
}

/// Entries of objects that are held or only observed, and of no other, are left as they are: a paused object's drift is
/// told, and not repaired.
bool is_left_alone(const ir::LedgerEntry& entry, const std::vector<ir::GrantFragment>& fragments) {
  const auto is_still = [&](const Uid& owner) {
    return std::any_of(fragments.begin(), fragments.end(), [&](const ir::GrantFragment& fragment) {
      return fragment.owner.uid == owner && (fragment.wish == Wish::Hold || fragment.wish == Wish::Observe);
    });
  };
  return !entry.owners.empty() && std::all_of(entry.owners.begin(), entry.owners.end(),
                                              [&](const auto& owner) { return is_still(owner.first); });
}

/// What is to be done to the list, so that it becomes what the ledger says.
void list_changes(Plan& plan, const AccessList& observed, const ir::Ledger& former,
                  const std::vector<ir::GrantFragment>& fragments) {
  for (const auto& [key, entry] : plan.ledger.entries) {
    // By its owners before, too: what an object that acts gives up is taken away though a still one wants less.
    const auto was = former.entries.find(key);
    if (is_left_alone(entry, fragments) && (was == former.entries.end() || is_left_alone(was->second, fragments)))
      continue;
    const Level now = direct_level(observed, key);
    const Level goal = entry.goal();
    if (is_unknown(observed, key)) {
      plan.notes.push_back("'" + entry.principal.value + "' has a level that is not known here (" +
                           observed.at(key).unknown + "), and keeps it");
    } else if (now < goal && inherits(observed, key, goal)) {
      continue;
    } else if (now != goal) {
      plan.changes.push_back({entry.principal, now, goal});
    } else if (entry.owners.empty()) {
      plan.leaving.push_back({entry.principal, now, goal});
    }
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
                 const Untouchable& untouchable, const std::set<std::string>& long_standing) {
  Plan plan;
  plan.ledger = ledger;
  // We may have become somebody whom an object once granted something.
  std::erase_if(plan.ledger.entries, [&](const auto& entry) { return untouchable.covers(entry.second.principal); });
  forget_former_levels(plan.ledger, observed, long_standing);
  learn_foreign_changes(plan, observed);
  for (const ir::GrantFragment& fragment : fragments) {
    if (fragment.wish == Wish::Hold || fragment.wish == Wish::Observe) continue;
    if (fragment.wish == Wish::Release) let_go(plan.ledger, fragment.owner.uid);
    set_share(plan, ledger, fragment, observed, untouchable);
  }
  for (auto& [key, entry] : plan.ledger.entries) {
    if (const auto was = ledger.entries.find(key); was != ledger.entries.end()) keep_highest(entry, was->second);
  }
  plan.ahead = without_losses(plan.ledger, ledger);
  plan.ahead_changed = !same(plan.ahead, ledger);
  list_changes(plan, observed, ledger, fragments);
  return plan;
}

ir::Ledger settle(const ir::Ledger& ledger, const AccessList& observed) {
  ir::Ledger settled = ledger;
  std::erase_if(settled.entries, [&](const auto& entry) {
    const auto& [key, kept] = entry;
    return kept.owners.empty() && (direct_level(observed, key) == kept.before || is_unknown(observed, key));
  });
  return settled;
}

bool same(const ir::Ledger& a, const ir::Ledger& b) {
  return std::equal(a.entries.begin(), a.entries.end(), b.entries.begin(), b.entries.end(),
                    [](const auto& x, const auto& y) {
                      return x.first == y.first && x.second.before == y.second.before &&
                             x.second.applied == y.second.applied && x.second.owners == y.second.owners;
                    });
}

}  // namespace sallyport::data
