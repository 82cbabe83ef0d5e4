// SPDX-License-Identifier: Apache-2.0
// The pure diff, shared by every backend: who owns a place decides before what stands in it.
#include "operator/base/digest.hpp"
#include "reconcilers/providers/edge/edge_provider.hpp"

namespace sallyport::edge {
namespace {

/// A mark has room for a part of the hash only; less than this is no proof.
constexpr std::size_t kLeastHash = 32;

bool same_hash(const std::string& marked, const std::string& wanted) {
  return marked.size() >= kLeastHash && wanted.starts_with(marked);
}

ir::Verdict verdict(ir::Outcome outcome, const ir::EdgeFragment& fragment) {
  ir::Verdict settled;
  settled.outcome = outcome;
  settled.hash = fragment.hash();
  if (outcome == ir::Outcome::Applied) settled.facts = facts_of(fragment);
  return settled;
}

ir::Verdict conflict(const ir::EdgeFragment& fragment, const std::string& why) {
  ir::Verdict settled = verdict(ir::Outcome::Rejected, fragment);
  settled.error = Error{Code::Conflict, why, "spec.gatewayRef", {}};
  return settled;
}

ir::Verdict held(const ir::EdgeFragment& fragment, const Entry* entry) {
  ir::Verdict settled;
  settled.outcome = entry != nullptr ? ir::Outcome::Applied : ir::Outcome::Pending;
  settled.hash = entry != nullptr ? entry->hash : fragment.hash();
  settled.notes.emplace_back(entry != nullptr ? "held: what is on the gateway stays as it is"
                                              : "held: nothing is on the gateway yet");
  return settled;
}

/// The verdict for a fragment that needs no change or may have none; empty: it goes into the changes.
std::optional<ir::Verdict> settle(const ir::EdgeFragment& fragment, const Observed& observed) {
  const auto found = observed.entries.find(fragment.place);
  const Entry* entry = found == observed.entries.end() ? nullptr : &found->second;
  const bool foreign = observed.foreign_tenants.contains(fragment.place.tenant);

  if (fragment.wish == ir::Wish::Absent && entry == nullptr && !observed.incomplete)
    return verdict(ir::Outcome::Gone, fragment);
  if (foreign) {
    return conflict(fragment,
                    "tenant " + fragment.place.tenant +
                        " on the gateway belongs to somebody else (its label is not ours); nothing in it is touched");
  }
  if (entry != nullptr && entry->owner_mark != owner_mark(fragment.owner.uid)) {
    return conflict(fragment, marked_by_another(fragment.place));
  }
  if (fragment.wish == ir::Wish::Hold) return held(fragment, entry);
  const bool same = entry != nullptr && entry->in_force && same_hash(entry->hash, fragment.hash());
  if (fragment.wish == ir::Wish::Present && same) {
    ir::Verdict applied = verdict(ir::Outcome::Applied, fragment);
    applied.facts.insert(entry->shown.begin(), entry->shown.end());
    return applied;
  }
  return std::nullopt;
}

}  // namespace

std::string owner_mark(const Uid& uid) {
  return short_hash(uid.str(), 16);
}

std::string marked_by_another(const ir::EdgePlace& place) {
  return "/" + place.tenant + "/" + place.application +
         " on the gateway carries the mark of another owner; it is left alone (if that owner is gone for good, take it "
         "off the gateway: on a BIG-IP, out of its AS3 declaration)";
}

ir::Facts facts_of(const ir::EdgeFragment& fragment) {
  return {{"address", fragment.address}, {"path", ir::path_of(fragment)}};
}

Diff diff(const std::vector<ir::EdgeFragment>& wanted, const Observed& observed) {
  Diff result;
  std::set<ir::EdgePlace> seen;
  for (const ir::EdgeFragment& fragment : wanted) {
    // Two objects that want one place are a fault of naming: the first keeps it, and the place's verdict is the
    // first's.
    if (!seen.insert(fragment.place).second) continue;
    if (std::optional<ir::Verdict> settled = settle(fragment, observed)) {
      result.settled.emplace(fragment.place, *std::move(settled));
    } else if (fragment.wish == ir::Wish::Present) {
      result.changes.put.push_back(fragment);
    } else {
      result.changes.remove.push_back(fragment);
    }
  }
  return result;
}

}  // namespace sallyport::edge
