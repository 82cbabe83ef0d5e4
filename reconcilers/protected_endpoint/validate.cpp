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

/// The owner of one connection said no: nothing may be reachable that the three do not agree on.
void close_door_on_refusal(Validated& v) {
  for (const Decision* other : {&v.client, &v.grant}) {
    if (other->withdrawn && !v.edge.withdrawn) v.edge = withdraw(other->why);
  }
}

/// A route needs its serving host, and a client decision that holds (its provider is unknown) holds the route, too.
void hold_on_missing_refs(Validated& v) {
  for (const Decision* other : {&v.client, &v.grant}) {
    if (other->wish == Wish::Hold && v.edge.wish == Wish::Present) v.edge = hold(other->why);
  }
}

bool everyone_allows_orphans(const Found& found) {
  if (!found.ns) return false;
  const std::string endpoint = spec_of(found).backends.empty() || !spec_of(found).backends.front().serving
                                   ? ""
                                   : spec_of(found).backends.front().serving->endpoint;
  return found.gateway && shared::rights(found.gateway->spec, *found.ns).orphan() && found.provider &&
         shared::rights(found.provider->spec, *found.ns).orphan() && found.workspace &&
         shared::rights(found.workspace->spec, *found.ns, endpoint).orphan();
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
  const bool withdrawn = v.client.withdrawn || v.grant.withdrawn || v.edge.withdrawn;
  v.releasing =
      (orphan || keeps) && !withdrawn && everyone_allows_orphans(v.found) && (!keeps || every_place_may_stay(v.found));
  for (Decision* decision : {&v.client, &v.grant, &v.edge}) {
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
void keep_held_grants(Validated& v) {
  constexpr std::size_t kMost = schema::most_items(&api::DatabricksStatus::grants);
  std::vector<api::AccessEntry> held = held_and_allowed(v);
  // Whose time is over by the spec holds nothing any more, whatever status tells of a time before that was said.
  std::erase_if(held, [&](const api::AccessEntry& entry) { return find_principal(v.ended_grants, entry) != nullptr; });
  std::vector<api::AccessEntry> wanted = std::exchange(v.grants, {});
  std::ranges::copy_if(held, std::back_inserter(v.grants),
                       [&](const api::AccessEntry& entry) { return find_principal(wanted, entry) == nullptr; });
  std::size_t principals = held.size();
  for (api::AccessEntry& entry : wanted) {
    const api::AccessEntry* has = find_principal(held, entry);
    if (has != nullptr) entry.level = std::max(entry.level, has->level);
    const bool fits = has != nullptr || principals < kMost;
    if (has == nullptr && fits) ++principals;
    (fits ? v.grants : v.surplus_grants).push_back(std::move(entry));
  }
}

/// Observe: look, and change nothing. UpsertOnly: make and repair, and take nothing away.
void apply_management(Validated& v) {
  const api::Management management = spec_of(v.found).management;
  if (management == api::Management::Enforce) return;
  for (Decision* decision : {&v.client, &v.grant, &v.edge}) {
    if (decision->withdrawn) continue;
    if (management == api::Management::Observe && decision->wish == Wish::Present) decision->wish = Wish::Observe;
    if (decision->wish == Wish::Absent)
      *decision = hold({"KeptByManagement", "spec.management does not let anything be removed"});
  }
  if (management == api::Management::UpsertOnly) keep_held_grants(v);
}

/// Whether status tells of what we granted at the serving endpoint that the spec names now.
bool knows_what_is_held(const Validated& v) {
  const auto& backends = spec_of(v.found).backends;
  return v.found.object->status.databricks && !backends.empty() &&
         holds_grants_at(v.found.object->status, backends.front());
}

/// A principal that the workspace's owner no longer allows, or whose time is over by the team's own word, loses its
/// entry though the team pauses, only observes, or has its grants held for another reason. Nothing else changes: what
/// is held and allowed stays. What is allowed has to be known for that, and somebody has to be there to be told.
void apply_refusals(Validated& v) {
  const bool known = v.found.workspace && v.found.ns && !shared::is_released(v.found.workspace->meta);
  const bool kept = v.grant.wish == Wish::Observe || v.grant.wish == Wish::Hold;
  if (!kept || !known || !knows_what_is_held(v)) return;
  std::vector<api::AccessEntry> left = held_and_allowed(v);
  if (left.size() == v.found.object->status.databricks->grants.size()) return;
  v.grants = std::move(left);
  v.grant.wish = Wish::Present;
}

/// Nothing is written, and it is reported on all the same: what shall be there is looked at, and nothing goes.
void apply_pause(Validated& v) {
  const Finding why{"Paused", "annotation sallyport.dev/paused is true; remove it to go on"};
  for (Decision* decision : {&v.client, &v.grant, &v.edge}) {
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
  for (Decision* decision : {&v.client, &v.grant, &v.edge}) {
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
  const bool may_shrink =
      v.grant.wish == Wish::Present && !touches("spec.access") && !touches("spec.backends") && knows_what_is_held(v);
  if (!v.grant.withdrawn && !may_shrink) v.grant = hold(why);
  if (may_shrink) v.grants = held_and_wanted(v.found.object->status.databricks->grants, v.grants);
}

}  // namespace

Validated validate(const Found& found) {
  Validated v;
  v.found = found;
  v.deleting = found.object->meta.deletion_timestamp.has_value();
  const auto paused = found.object->meta.annotations.find(std::string(api::kPaused));
  v.paused = paused != found.object->meta.annotations.end() && paused->second == "true";

  v.client = decide_client(v);
  v.grant = decide_grant(v);
  v.edge = decide_edge(v);
  hold_misread(v);
  close_door_on_refusal(v);
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
