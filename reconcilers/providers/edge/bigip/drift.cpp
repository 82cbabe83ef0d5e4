// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/edge/bigip/drift.hpp"

#include <algorithm>

#include "reconcilers/providers/edge/bigip/field_map.hpp"
#include "reconcilers/providers/edge/bigip/marks.hpp"
#include "reconcilers/providers/edge/bigip/upstream.hpp"

namespace sallyport::edge::bigip {
namespace {

/// A difference belongs to an application by its path, by the address that it alone has, or by the upstream it uses.
bool concerns(const ObjectPath& path, const ir::EdgeFragment& fragment) {
  if (path.application == fragment.place.application || path.application == fragment.address) return true;
  const std::string key = upstream_key(upstream_names(fragment).pool);
  if (path.application == kShared) return upstream_key(path.object) == key;
  return path.application == "sp_" + key.substr(key.rfind('_') + 1) + "_" + fragment.upstream.host;  // its FQDN node
}

std::set<ir::EdgePlace> concerned(const std::vector<Wanted>& declared, const std::vector<std::string>& differences) {
  std::set<ir::EdgePlace> places;
  for (const Wanted& one : declared) {
    const bool differs = std::any_of(differences.begin(), differences.end(), [&one](const std::string& text) {
      const auto path = find_path(text, one.fragment->place.tenant);
      return path && concerns(*path, *one.fragment);
    });
    // A success without a list says that something would change, and not what.
    if (differs || differences.empty()) places.insert(one.fragment->place);
  }
  return places;
}

bool has_our_mark(const StoredTenant& stored, const ir::EdgeFragment& fragment) {
  const auto entries = stored.entries();
  const auto found = entries.find(fragment.place.application);
  return found == entries.end() || found->second.owner_mark == owner_mark(fragment.owner.uid);
}

}  // namespace

Result<std::set<ir::EdgePlace>> find_drift(As3& as3, std::vector<Wanted> declared, const Mine& mine,
                                           std::stop_token stop) {
  std::set<ir::EdgePlace> drifted;
  const StoredTenant stored = TRY(as3.read(declared.front().fragment->place.tenant, stop));
  if (!stored.is_ours(mine.instance)) return drifted;
  std::erase_if(declared, [&stored](const Wanted& one) { return !has_our_mark(stored, *one.fragment); });
  if (stored.presence != Presence::There) {
    for (const Wanted& one : declared) drifted.insert(one.fragment->place);
    return drifted;
  }
  while (!declared.empty()) {
    const Answer answer =
        as3.write(stored.name, compose(stored, declared, mine.instance, mine.gateway), Mode::DryRun, stop);
    if (answer.meaning == Meaning::NoChange) return drifted;
    if (answer.meaning == Meaning::Done) {
      drifted.merge(concerned(declared, answer.differences));
      return drifted;
    }
    if (answer.meaning != Meaning::Invalid && answer.meaning != Meaning::Rejected) {
      return answer.error.value_or(Error{Code::Unavailable, "the dry run did not end: " + answer.words, {}, {}});
    }
    // What was accepted once and is refused now has lost something it needs on the device: that is a drift of its own.
    const auto path = find_path(answer.words, stored.name);
    const auto fits = [&path](const Wanted& one) { return path && concerns(*path, *one.fragment); };
    if (std::none_of(declared.begin(), declared.end(), fits)) {
      return Error{Code::Unavailable, "the dry run is refused: " + answer.words, {}, {}};
    }
    for (const Wanted& one : declared) {
      if (fits(one)) drifted.insert(one.fragment->place);
    }
    std::erase_if(declared, fits);
  }
  return drifted;
}

}  // namespace sallyport::edge::bigip
