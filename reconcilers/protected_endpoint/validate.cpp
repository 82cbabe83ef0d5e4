// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/protected_endpoint/validate.hpp"

#include <algorithm>
#include <utility>

#include "operator/base/text.hpp"
#include "operator/schema/bounds.hpp"
#include "reconcilers/protected_endpoint/decide.hpp"
#include "reconcilers/shared/allow.hpp"

namespace sallyport::protected_endpoint {
namespace {

using ir::Wish;

/// The owner of a connection said no: nothing may be reachable that the three do not agree on. Another backend may
/// still be agreed on.
void close_door_on_owners_no(Validated& v) {
  if (v.client.withdrawn) v.edge = v.edge.withdrawn ? v.edge : withdraw(v.client.why);
  const bool all = std::ranges::all_of(v.backends, [](const BackendDecision& one) { return one.grant.withdrawn; });
  if (all && !v.edge.withdrawn) v.edge = withdraw(v.backends.front().grant.why);
}

/// A route needs somewhere to go, and a client decision that holds (its provider is unknown) holds the route, too.
void hold_on_missing_refs(Validated& v) {
  if (v.edge.wish != Wish::Present) return;
  if (v.client.wish == Wish::Hold) v.edge = hold(v.client.why);
  const auto is_wanted = [](const BackendDecision& one) { return one.grant.wish == Wish::Present; };
  if (std::ranges::any_of(v.backends, is_wanted)) return;
  const auto held =
      std::ranges::find(v.backends, Wish::Hold, [](const BackendDecision& one) { return one.grant.wish; });
  if (held != v.backends.end()) v.edge = hold(held->grant.why);
}

bool everyone_allows_orphans(const Found& found) {
  if (!found.ns) return false;
  const auto& backends = spec_of(found).backends;
  const auto allows = [&](std::size_t i) {
    const std::string endpoint = i < backends.size() && backends[i].serving ? backends[i].serving->endpoint : "";
    const auto& workspace = found.backends[i].workspace;
    return workspace && shared::rights(workspace->spec, *found.ns, endpoint).orphan();
  };
  for (std::size_t i = 0; i < found.backends.size(); ++i)
    if (!allows(i)) return false;
  return found.gateway && shared::rights(found.gateway->spec, *found.ns).orphan() && found.provider &&
         shared::rights(found.provider->spec, *found.ns).orphan();
}

/// Former places, too, whose connections the spec does not name any more.
bool every_place_may_stay(const Found& found) {
  const auto& placements = found.object->status.placements;
  return std::none_of(placements.begin(), placements.end(), [&](const api::Placement& placement) {
    return owners_word(found, placement) == OwnersWord::Allowed;
  });
}

/// A team that lets nothing be removed (Observe, UpsertOnly) leaves it behind, as with Orphan, if it may. If it may
/// not, the deletion waits: neither the team's word nor that of the connection's owner is broken.
void apply_deletion(Validated& v) {
  const bool keeps = spec_of(v.found).management != api::Management::Enforce;
  const bool orphan = spec_of(v.found).deletion_policy == api::DeletionPolicy::Orphan;
  const bool withdrawn = std::ranges::any_of(v.decisions(), &Decision::withdrawn);
  v.releasing =
      (orphan || keeps) && !withdrawn && everyone_allows_orphans(v.found) && (!keeps || every_place_may_stay(v.found));
  for (Decision* decision : v.decisions()) {
    if (decision->withdrawn) continue;
    if (v.releasing) {
      *decision = release({"Deleting", "the object is being deleted; what it made stays outside"});
    } else if (keeps) {
      *decision = hold(
          {"KeptByManagement",
           "deletion waits: spec.management lets nothing be removed, and not all connections allow it to stay behind; "
           "set spec.management to Enforce"});
    } else {
      *decision = absent({"Deleting", "the object is being deleted"});
    }
  }
}

bool is_same_principal(const api::AccessEntry& a, const api::AccessEntry& b) {
  return a.principal_type == b.principal_type && a.principal == b.principal;
}

const api::AccessEntry* find_principal(const std::vector<api::AccessEntry>& entries, const api::AccessEntry& wanted) {
  const auto found =
      std::ranges::find_if(entries, [&](const api::AccessEntry& entry) { return is_same_principal(entry, wanted); });
  return found == entries.end() ? nullptr : &*found;
}

/// No grant is taken from a principal that the spec dropped, only from one that the workspace's owner did. And none is
/// given of which status could not tell any more: it is by status that we know what is held.
void keep_held_grants(std::vector<api::AccessEntry> held, BackendDecision& backend) {
  constexpr std::size_t kMost = schema::most_items(&api::DatabricksStatus::grants);
  // Whose time is over by the spec holds nothing any more, whatever status tells of a time before that was said.
  std::erase_if(held, [&](const api::AccessEntry& entry) { return find_principal(backend.ended, entry) != nullptr; });
  std::vector<api::AccessEntry> wanted = std::exchange(backend.grants, {});
  std::ranges::copy_if(held, std::back_inserter(backend.grants),
                       [&](const api::AccessEntry& entry) { return find_principal(wanted, entry) == nullptr; });
  std::size_t principals = held.size();
  for (api::AccessEntry& entry : wanted) {
    const api::AccessEntry* has = find_principal(held, entry);
    if (has != nullptr) entry.level = std::max(entry.level, has->level);
    const bool fits = has != nullptr || principals < kMost;
    if (has == nullptr && fits) ++principals;
    (fits ? backend.grants : backend.surplus).push_back(std::move(entry));
  }
}

/// Observe: look, and change nothing. UpsertOnly: make and repair, and take nothing away.
void apply_management(Validated& v) {
  const api::Management management = spec_of(v.found).management;
  if (management == api::Management::Enforce) return;
  for (Decision* decision : v.decisions()) {
    if (decision->withdrawn) continue;
    if (management == api::Management::Observe && decision->wish == Wish::Present) decision->wish = Wish::Observe;
    if (decision->wish == Wish::Absent)
      *decision = hold({"KeptByManagement", "spec.management does not let anything be removed"});
  }
  if (management != api::Management::UpsertOnly) return;
  for (std::size_t i = 0; i < v.backends.size(); ++i) keep_held_grants(held_and_allowed(v.found, i), v.backends[i]);
}

/// What status tells of what we granted at a backend's serving endpoint; null: nothing was granted there.
const api::DatabricksStatus* told_of_held(const Validated& v, std::size_t index) {
  const auto& backends = spec_of(v.found).backends;
  if (index >= backends.size() || !holds_grants_at(v.found.object->status, backends[index])) return nullptr;
  return told_of(v.found.object->status, backends[index]);
}

/// A principal that the workspace's owner no longer allows, or whose time is over by the team's own word, loses its
/// entry though the team pauses, only observes, or has its grants held for another reason. Nothing else changes: what
/// is held and allowed stays. What is allowed has to be known for that, and somebody has to be there to be told.
void apply_refusals(Validated& v) {
  for (std::size_t i = 0; i < v.backends.size(); ++i) {
    BackendDecision& backend = v.backends[i];
    const auto& workspace = v.found.backends[i].workspace;
    const bool known = workspace && v.found.ns && !shared::is_released(workspace->meta);
    const bool kept = backend.grant.wish == Wish::Observe || backend.grant.wish == Wish::Hold;
    const api::DatabricksStatus* told = told_of_held(v, i);
    if (!kept || !known || told == nullptr) continue;
    std::vector<api::AccessEntry> left = held_and_allowed(v.found, i);
    if (left.size() == told->grants.size()) continue;
    backend.grants = std::move(left);
    backend.grant.wish = Wish::Present;
  }
}

/// Nothing is written, and it is reported on all the same: what shall be there is looked at, and nothing goes.
void apply_pause(Validated& v) {
  const Finding why{"Paused", "annotation sallyport.dev/paused is true; remove it to go on"};
  for (Decision* decision : v.decisions()) {
    if (decision->withdrawn) continue;
    const bool wanted = decision->wish == Wish::Present || decision->wish == Wish::Observe;
    *decision = wanted ? Decision{Wish::Observe, false, why} : hold(why);
  }
}

/// Whether an error made this finding: they are about one field, or about one within the other. That the namespace may
/// not use a connection is never made by one: the connection was found, so its name was read.
bool is_about(const schema::FieldError& error, const Finding& finding) {
  const std::string field = finding.message.substr(0, finding.message.find(':'));
  if (field.ends_with("Ref")) return false;
  return field.starts_with(error.path) || error.path.starts_with(field);
}

Finding invalid(const std::vector<schema::FieldError>& errors) {
  std::vector<std::string> texts;
  for (const schema::FieldError& error : errors) texts.push_back(error.path + " " + error.reason);
  return {"InvalidSpec", join(texts, "; ")};
}

/// What the owner of a connection no longer allows goes; what only cannot be read, and so looks as if it were something
/// else, does not.
void hold_misread(Validated& v) {
  const std::vector<schema::FieldError>& errors = v.found.object->errors;
  for (Decision* decision : v.decisions()) {
    const bool misread = std::any_of(errors.begin(), errors.end(),
                                     [&](const schema::FieldError& error) { return is_about(error, decision->why); });
    if (decision->withdrawn && misread) *decision = hold(invalid(errors));
  }
}

/// What is held and still wanted, at the lower of the two levels: nothing new is granted from a broken spec.
std::vector<api::AccessEntry> held_and_wanted(const std::vector<api::AccessEntry>& held,
                                              const std::vector<api::AccessEntry>& wanted) {
  std::vector<api::AccessEntry> both;
  for (api::AccessEntry entry : wanted) {
    const api::AccessEntry* has = find_principal(held, entry);
    if (has == nullptr) continue;
    entry.level = std::min(entry.level, has->level);
    both.push_back(std::move(entry));
  }
  return both;
}

/// A spec that cannot be read as a whole changes nothing, but what it takes away is still taken away: where it was
/// given, and nowhere else.
void hold_invalid(Validated& v) {
  v.accepted = invalid(v.found.object->errors);
  const auto touches = [&](std::string_view prefix) {
    return std::any_of(v.found.object->errors.begin(), v.found.object->errors.end(),
                       [&](const schema::FieldError& error) { return error.path.starts_with(prefix); });
  };
  const Finding why = v.accepted;
  if (!(v.client.wish == Wish::Absent && (v.client.withdrawn || !touches("spec.client")))) v.client = hold(why);
  if (!v.edge.withdrawn) v.edge = hold(why);
  const bool reads = !touches("spec.access") && !touches("spec.backends");
  for (std::size_t i = 0; i < v.backends.size(); ++i) {
    BackendDecision& backend = v.backends[i];
    const api::DatabricksStatus* told = told_of_held(v, i);
    const bool may_shrink = reads && backend.grant.wish == Wish::Present && told != nullptr;
    if (!backend.grant.withdrawn && !may_shrink) backend.grant = hold(why);
    if (may_shrink) backend.grants = held_and_wanted(told->grants, backend.grants);
  }
}

/// Why no request may go to a backend, whatever else is wished; ok: nobody says so.
Finding refusal_of(const BackendDecision& backend) {
  return backend.grant.withdrawn ? backend.grant.why : backend.barred;
}

}  // namespace

std::vector<Decision*> Validated::decisions() {
  std::vector<Decision*> all{&client};
  for (BackendDecision& backend : backends) all.push_back(&backend.grant);
  all.push_back(&edge);
  return all;
}

std::vector<const Decision*> Validated::decisions() const {
  std::vector<const Decision*> all{&client};
  for (const BackendDecision& backend : backends) all.push_back(&backend.grant);
  all.push_back(&edge);
  return all;
}

void close_door_on_refusal(Validated& v, const std::vector<bool>& open) {
  if (v.edge.wish == Wish::Absent) return;
  const BackendDecision* refused = nullptr;
  bool left = false;
  for (std::size_t i = 0; i < v.backends.size(); ++i) {
    const bool is_refused = !refusal_of(v.backends[i]).ok();
    if (is_refused && refused == nullptr) refused = &v.backends[i];
    left = left || (!is_refused && i < open.size() && open[i]);
  }
  if (refused == nullptr) return;
  if (v.edge.wish == Wish::Present && left) return;  // it is written without the one that was refused
  v.edge = withdraw(refusal_of(*refused));
}

Validated validate(const Found& found) {
  Validated v;
  v.found = found;
  v.deleting = found.object->meta.deletion_timestamp.has_value();
  const auto paused = found.object->meta.annotations.find(std::string(api::kPaused));
  v.paused = paused != found.object->meta.annotations.end() && paused->second == "true";

  v.client = decide_client(v);
  for (std::size_t i = 0; i < found.backends.size(); ++i) v.backends.push_back(decide_backend(v, i));
  v.edge = decide_edge(v);
  hold_misread(v);
  close_door_on_owners_no(v);
  hold_on_missing_refs(v);

  const bool orphan_refused =
      spec_of(found).deletion_policy == api::DeletionPolicy::Orphan && !everyone_allows_orphans(found);
  if (orphan_refused) {
    complain(v.accepted,
             {"NotAllowed",
              "spec.deletionPolicy: Orphan is not allowed by all of its connections; deletion will remove everything"});
  }
  if (!found.object->errors.empty() && !v.deleting) hold_invalid(v);
  if (v.deleting) {
    apply_deletion(v);
  } else {
    apply_management(v);
  }
  if (v.paused) apply_pause(v);
  apply_refusals(v);
  return v;
}

}  // namespace sallyport::protected_endpoint
