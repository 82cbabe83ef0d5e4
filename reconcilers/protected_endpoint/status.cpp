// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/protected_endpoint/status.hpp"

#include <algorithm>
#include <array>

#include "operator/base/text.hpp"
#include "operator/runtime/outcome.hpp"
#include "reconcilers/protected_endpoint/access.hpp"
#include "reconcilers/protected_endpoint/conditions.hpp"
#include "reconcilers/protected_endpoint/decide.hpp"
#include "reconcilers/protected_endpoint/fields.hpp"
#include "reconcilers/protected_endpoint/judge.hpp"
#include "reconcilers/protected_endpoint/watch.hpp"
#include "reconcilers/shared/connection.hpp"

namespace sallyport::protected_endpoint {
namespace {

using ir::Outcome;
using ir::Wish;
using schema::ConditionStatus;
using MaybeVerdict = std::optional<ir::Verdict>;

void judge_edge(Conditions& conditions, const Validated& v, const MaybeVerdict& verdict) {
  static constexpr Words kRoute{"RouteProgrammed", "Programmed", "the virtual server is on the gateway",
                                "programming the gateway"};
  static constexpr Words kReference{
      "TokenPolicyAttached", "AttachedUnverified",
      "the referenced policies are attached; what they check is up to the gateway's owner, and "
      "they see to the credential that goes upstream (ByPolicy)",
      "programming the gateway"};
  static constexpr Words kGenerated{
      "TokenPolicyAttached", "Enforced",
      "the gateway checks each token itself, and sends requests on as the caller (TokenExchange)",
      "programming the gateway"};
  judge_system(conditions, kRoute, v.edge, verdict);
  if (!v.token_policy.ok())
    return conditions.set("TokenPolicyAttached", ConditionStatus::False, v.token_policy.reason, v.token_policy.message);
  const bool generated = api::is_generated(v.found.object->spec.identity);
  const auto& upstream = v.found.object->spec.upstream;
  if (generated && upstream && upstream->service_principal) {
    const std::string one =
        "the gateway checks each token itself, and lets in whom a grant names; Databricks sees one "
        "principal for all callers, '" +
        upstream->service_principal->application_id + "' (ServicePrincipal)";
    return judge_system(conditions, {"TokenPolicyAttached", "Enforced", one, "programming the gateway"}, v.edge,
                        verdict);
  }
  judge_system(conditions, generated ? kGenerated : kReference, v.edge, verdict);
}

std::string place_of(const ir::ClientFragment& f) {
  return client_placement_id(f.owner.uid);
}
std::string place_of(const ir::GrantFragment& f) {
  return grant_placement_id(f.serving_endpoint);
}
std::string place_of(const ir::EdgeFragment& f) {
  return edge_placement_id(f.place);
}

/// The ledger's entry of a fragment's place; null: there is none.
template <class P>
const api::Placement* ledger_entry(const Validated& v, const P& placed) {
  const auto& places = v.found.object->status.placements;
  const auto found = std::ranges::find_if(places, [&](const api::Placement& p) {
    return p.connection == placed.connection && p.id == place_of(placed.fragment);
  });
  return found == places.end() ? nullptr : &*found;
}

/// Something is wanted of the system: that it be there as declared, or that it go from a place that it has.
template <class P>
bool acts(const P& placed, const api::Placement* entry) {
  const Wish wish = placed.fragment.wish;
  return wish == Wish::Present || ((wish == Wish::Absent || wish == Wish::Release) && entry != nullptr);
}

template <class P>
bool is_carried_out(const P& placed, const api::Placement* entry) {
  return placed.fragment.wish == Wish::Present && entry != nullptr && entry->hash == placed.fragment.hash();
}

/// Why nothing has come yet of what is wanted: the connection is not ready, and says what is to be done.
template <class PlacedList, class Known>
Finding held_up(const Validated& v, const PlacedList& placed, const std::vector<MaybeVerdict>& verdicts,
                std::string_view kind, const Known& connections) {
  for (std::size_t i = 0; i < placed.size(); ++i) {
    const api::Placement* entry = ledger_entry(v, placed[i]);
    const bool waits = !verdicts[i] || verdicts[i]->outcome == Outcome::Pending;
    if (!waits || !acts(placed[i], entry) || is_carried_out(placed[i], entry)) continue;
    const auto found = connections.find(placed[i].connection);
    if (found == connections.end() || !found->second) continue;
    // Not a sum: in that g++ 12 sees an overrun that is none, when it optimises.
    const std::string name = std::string(kind).append(" '").append(found->first).append("'");
    if (Finding why = not_ready(name, found->second->status.conditions); !why.ok()) return why;
  }
  return {};
}

Finding held_up(const Validated& v, const Fragments& fragments, const Verdicts& verdicts) {
  const Connections& known = v.found.placed_at;
  for (const Finding& why : {held_up(v, fragments.clients, verdicts.clients, "IdentityProvider", known.providers),
                             held_up(v, fragments.grants, verdicts.grants, "DatabricksWorkspace", known.workspaces),
                             held_up(v, fragments.edges, verdicts.edges, "F5Gateway", known.gateways)}) {
    if (!why.ok()) return why;
  }
  return {};
}

void judge_synced(Conditions& conditions, const Validated& v, const Fragments& fragments, const Verdicts& verdicts) {
  if (const Error* error = first_error(verdicts)) {
    conditions.set("Synced", ConditionStatus::False, reason_of(*error), error->text());
  } else if (verdicts.slot) {
    conditions.set("Synced", ConditionStatus::False, reason_of(*verdicts.slot), verdicts.slot->text());
  } else if (const Finding why = held_up(v, fragments, verdicts); !why.ok()) {
    conditions.set("Synced", ConditionStatus::False, why.reason, why.message);
  } else if (v.paused) {
    conditions.set("Synced", ConditionStatus::False, "Paused",
                   "no outside writes while the annotation sallyport.dev/paused is true");
  } else {
    conditions.set("Synced", ConditionStatus::True, "Synced", "the last writes worked");
  }
}

bool in_progress(const Validated& v, const Fragments& fragments, const Verdicts& verdicts) {
  const auto open = [&](const auto& placed, const std::vector<MaybeVerdict>& list) {
    for (std::size_t i = 0; i < placed.size(); ++i) {
      const api::Placement* entry = ledger_entry(v, placed[i]);
      if (!acts(placed[i], entry)) continue;  // what is to go is gone already, or nobody does anything about it
      if (list[i] && list[i]->outcome == Outcome::Pending) return true;
      // Not carried out while the system cannot be reached, or nobody speaks for it: tried again.
      const bool unknown = !list[i] || list[i]->outcome == Outcome::Unknown;
      if (unknown && !is_carried_out(placed[i], entry)) return true;
    }
    return false;
  };
  return open(fragments.clients, verdicts.clients) || open(fragments.grants, verdicts.grants) ||
         open(fragments.edges, verdicts.edges);
}

void judge_abnormal(Conditions& conditions, const Validated& v, const Fragments& fragments, const Verdicts& verdicts) {
  conditions.only_while(
      "Paused",
      v.paused ? Finding{"Paused", "annotation sallyport.dev/paused is true; outside writes have stopped"} : Finding{});
  conditions.only_while("Conflicted", v.conflicted);
  conditions.only_while("PartiallyApplied", partly_applied(v, fragments, verdicts));

  std::vector<std::string> differences;
  for (const auto* list : {&verdicts.clients, &verdicts.grants, &verdicts.edges}) {
    for (const MaybeVerdict& verdict : *list) {
      const bool differs = verdict && verdict->outcome != Outcome::Applied && verdict->outcome != Outcome::Pending;
      if (differs && !verdict->error) {
        differences.insert(differences.end(), verdict->notes.begin(), verdict->notes.end());
      }
    }
  }
  conditions.only_while("DriftDetected", differences.empty() ? Finding{} : Finding{"Differs", join(differences, "; ")});

  // A route that is wanted, but not yet known well enough to be built, is on its way, too.
  const bool unbuilt =
      v.edge.wish == Wish::Present && !fragments.edges.empty() && fragments.edges.front().fragment.wish == Wish::Hold;
  const bool busy = !v.paused && (unbuilt || in_progress(v, fragments, verdicts));
  conditions.only_while("Reconciling", busy ? Finding{"InProgress", "outside systems are being changed"} : Finding{});
  Finding stalled = v.accepted;
  for (const auto* list : {&verdicts.clients, &verdicts.grants, &verdicts.edges}) {
    for (const MaybeVerdict& verdict : *list) {
      const bool waits =
          verdict && verdict->error && runtime::outcome_of(verdict->error->code).requeue == runtime::Requeue::BackOff;
      if (verdict && verdict->outcome == Outcome::Rejected && verdict->error && !waits)
        stalled = {"Rejected", verdict->error->text()};
    }
  }
  conditions.only_while("Stalled", busy ? Finding{} : stalled);
}

/// Ready: all that apply are true; otherwise the first that is not, in the order in which a person would mend them.
void judge_ready(Conditions& conditions, const Validated& v) {
  if (v.deleting) {
    const bool kept = v.edge.why.reason == "KeptByManagement";
    const schema::Condition* synced = schema::find_condition(conditions.list(), "Synced");
    const bool held_up = synced != nullptr && synced->status == ConditionStatus::False;
    return conditions.set("Ready", ConditionStatus::False, "Deleting",
                          kept ? v.edge.why.message
                               : "everything made outside is being taken away" +
                                     (held_up ? ", held up by: " + synced->message : std::string()));
  }
  if (!v.conflicted.ok())
    return conditions.set("Ready", ConditionStatus::False, v.conflicted.reason, v.conflicted.message);
  static constexpr std::array<std::string_view, 6> kParts{"Accepted",      "ResolvedRefs",        "ClientRegistered",
                                                          "AccessGranted", "TokenPolicyAttached", "RouteProgrammed"};
  for (const std::string_view type : kParts) {
    const schema::Condition* found = schema::find_condition(conditions.list(), type);
    if (found == nullptr || found->status == ConditionStatus::True) continue;
    const schema::Condition copy = *found;
    return conditions.set("Ready", copy.status, copy.reason, std::string(type) + ": " + copy.message);
  }
  // What nobody could look at stands in nothing's way, and limits concern some requests only.
  for (const std::string_view type : {"TrustChainValid", "IdentityConfigCurrent"}) {
    const schema::Condition* found = schema::find_condition(conditions.list(), type);
    if (found == nullptr || found->status != ConditionStatus::False) continue;
    const schema::Condition copy = *found;
    return conditions.set("Ready", copy.status, copy.reason, std::string(type) + ": " + copy.message);
  }
  const std::string_view checked = api::is_generated(v.found.object->spec.identity)
                                       ? "client, access and route are as declared, and the gateway checks tokens"
                                       : "client, access and route are as declared; the token policy is the gateway "
                                         "owner's and is not verified";
  conditions.conclude("Ready", "Ready", checked, kParts);
}

/// Of a system that cannot be reached, its connection knows what a person can do about it.
template <class PlacedList>
void advise(std::vector<MaybeVerdict>& verdicts, std::string_view kind, const PlacedList& placed) {
  for (std::size_t i = 0; i < std::min(verdicts.size(), placed.size()); ++i) {
    if (!verdicts[i] || !verdicts[i]->error) continue;
    Error& error = *verdicts[i]->error;
    error.message += shared::advice_on(error, "the spec of " + std::string(kind) + " '" + placed[i].connection + "'");
  }
}

Verdicts with_advice(Verdicts verdicts, const Fragments& fragments) {
  advise(verdicts.clients, "IdentityProvider", fragments.clients);
  advise(verdicts.grants, "DatabricksWorkspace", fragments.grants);
  if (fragments.edges.empty() || !fragments.edges.front().fragment.check)  // nobody reaches the agents of an NGINX
    advise(verdicts.edges, "F5Gateway", fragments.edges);
  return verdicts;
}

/// What was granted there once opens no route any more, whatever else may close and open it meanwhile.
template <class F>
bool took_back_consent(const ir::Verdict& verdict) {
  return std::is_same_v<F, ir::GrantFragment> && verdict.outcome == Outcome::Rejected && verdict.error &&
         verdict.error->code == Code::Refused;
}

template <class PlacedList>
void settle_list(std::vector<api::Placement>& placements, const PlacedList& list,
                 const std::vector<MaybeVerdict>& verdicts) {
  for (std::size_t i = 0; i < list.size(); ++i) {
    const auto& [connection, fragment] = list[i];
    const MaybeVerdict& verdict = verdicts[i];
    if (!verdict) continue;
    const auto same = [&](const api::Placement& p) { return p.connection == connection && p.id == place_of(fragment); };
    if (verdict->outcome == Outcome::Gone) std::erase_if(placements, same);
    const auto kept = std::find_if(placements.begin(), placements.end(), same);
    if (kept == placements.end()) continue;
    if (verdict->outcome == Outcome::Applied && fragment.wish == Wish::Present) {
      kept->hash = fragment.hash();
      kept->generation = fragment.owner.generation;
    } else if (took_back_consent<std::decay_t<decltype(fragment)>>(*verdict)) {
      kept->hash.clear();
    }
  }
}

}  // namespace

std::vector<api::Placement> settle(const std::vector<api::Placement>& placements, const Fragments& fragments,
                                   const Verdicts& verdicts) {
  std::vector<api::Placement> left = placements;
  settle_list(left, fragments.edges, verdicts.edges);
  settle_list(left, fragments.clients, verdicts.clients);
  settle_list(left, fragments.grants, verdicts.grants);
  return left;
}

api::ProtectedEndpointStatus status_of(const Validated& v, const Fragments& fragments, const Verdicts& told,
                                       SystemTime now) {
  const Verdicts verdicts = with_advice(told, fragments);
  api::ProtectedEndpointStatus status = v.found.object->status;
  status.observed_generation = v.found.object->meta.generation;
  Conditions conditions(status.conditions, v.found.object->meta.generation, now);
  conditions.judge("Accepted", v.accepted, "Accepted", "the spec is valid, and its connections allow it");
  conditions.judge("ResolvedRefs", v.resolved_refs, "ResolvedRefs",
                   "everything that the spec refers to is there and usable");
  static constexpr Words kClient{"ClientRegistered", "Registered",
                                 "the client is registered, and its Secret is written", "registering the client"};
  judge_system(conditions, kClient, v.client, first(verdicts.clients));
  judge_access(conditions, v, verdicts);
  judge_edge(conditions, v, first(verdicts.edges));
  judge_synced(conditions, v, fragments, verdicts);
  judge_abnormal(conditions, v, fragments, verdicts);
  tell_fields(v, fragments, verdicts, now, status);
  judge_watched(conditions, v, status, now);
  judge_ready(conditions, v);
  status.placements = settle(status.placements, fragments, verdicts);
  return status;
}

}  // namespace sallyport::protected_endpoint
