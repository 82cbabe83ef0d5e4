// SPDX-License-Identifier: Apache-2.0
// The pure middle of granting: what is on an access list, what of it is ours by the ledger, and what has to change. An
// access list carries no marks, so the ledger is the only proof of what we may take back.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "reconcilers/ir/grant.hpp"

namespace sallyport::data {

/// One principal's standing on a serving endpoint.
struct AccessEntry {
  ir::Principal principal;
  ir::Level direct = ir::Level::None;
  ir::Level inherited = ir::Level::None;
  std::string unknown{};  ///< of what it has directly, that for which we have no word; such an entry is never touched
};
/// By Principal::key().
using AccessList = std::map<std::string, AccessEntry>;

[[nodiscard]] ir::Level direct_level(const AccessList& list, const std::string& principal_key);
/// The first entry that we cannot say again, and that replacing the list would therefore take away; null when all can.
[[nodiscard]] const AccessEntry* inexpressible(const AccessList& list);

/// Who must never be touched: ourselves.
struct Untouchable {
  std::string self_key;  ///< Principal::key() of the identity that we signed in as
  [[nodiscard]] bool covers(const ir::Principal& principal) const;  ///< ourselves, and the group `admins`
};

/// What a ledger has room for. Who finds none is granted nothing: what is granted without an entry could never be taken
/// back, and one entry too many would keep the whole ledger from being saved.
inline constexpr std::size_t kMostOwners = 256;       ///< objects that want one principal's entry
inline constexpr std::size_t kMostPrincipals = 1024;  ///< entries of one serving endpoint

/// What has to be done to one principal.
struct LevelChange {
  ir::Principal principal;
  ir::Level from = ir::Level::None;
  ir::Level to = ir::Level::None;  ///< None: the entry goes
};

struct Plan {
  /// To be saved before anything is sent: `ledger`, and whatever an owner is about to lose. So an owner stays in it
  /// until what was granted because of it is seen gone.
  ir::Ledger ahead;
  bool ahead_changed = false;
  ir::Ledger ledger;                 ///< once the changes are in force
  std::vector<LevelChange> changes;  ///< to be sent
  std::vector<LevelChange> leaving;  ///< nobody wants them and they look given back already: to be seen once more
  /// A level is taken for somebody else's doing. One read may show what we set ourselves long ago (databricks.md 2.1),
  /// so it counts only if the next one agrees.
  bool learned = false;
  /// Whose wish found no room in the ledger: the owner, and the principal's key.
  std::set<std::pair<Uid, std::string>> crowded_out;
  std::vector<std::string> notes;  ///< for people
};

/// The ledger with what these fragments want, and the changes that lead there. A fragment that is Present sets its
/// owner's share, Absent and Release take it away (Release without touching the list), Hold leaves it.
///
/// For each principal the goal is max(what others gave, what we want). A level that is neither what was there before us
/// nor what we set is somebody else's doing, and becomes the new "before" to be given back.
///
/// `long_standing`: keys of principals whose level has stood as wanted for longer than any read lags. What we set
/// before it is forgotten where it still stands: from then on that level, too, is somebody else's doing.
[[nodiscard]] Plan plan_access(const ir::Ledger& ledger, const AccessList& observed,
                               const std::vector<ir::GrantFragment>& fragments, const Untouchable& untouchable,
                               const std::set<std::string>& long_standing = {});

/// The ledger after `observed` was verified: entries that nobody wants and that are back to what was before leave.
[[nodiscard]] ir::Ledger settle(const ir::Ledger& ledger, const AccessList& observed);

[[nodiscard]] bool same(const ir::Ledger& a, const ir::Ledger& b);

}  // namespace sallyport::data
