// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/protected_endpoint/status.hpp"

#include <algorithm>
#include <array>

#include "operator/base/text.hpp"
#include "operator/runtime/outcome.hpp"
#include "reconcilers/protected_endpoint/conditions.hpp"

namespace sallyport::protected_endpoint {
namespace {

using ir::Outcome;
using ir::Wish;
using schema::ConditionStatus;
using MaybeVerdict = std::optional<ir::Verdict>;

struct Words {
  std::string_view type;
  std::string_view done_reason;
  std::string_view done_message;
  std::string_view doing;  ///< "registering the client"
};

std::string reason_of(const Error& error) {
  return std::string(runtime::outcome_of(error.code).reason);
}

/// One system's condition, from what was decided and what became of it.
void judge_system(Conditions& conditions, const Words& words, const Decision& decision, const MaybeVerdict& verdict) {
  const bool wanted = decision.wish == Wish::Present || decision.wish == Wish::Observe;
  if (!wanted) {
    if (decision.wish == Wish::Hold) {
      if (schema::find_condition(conditions.list(), words.type) == nullptr) {
        conditions.set(words.type, ConditionStatus::Unknown, decision.why.reason, decision.why.message);
      }
      return;  // stays as it is, and so does what we say of it
    }
    if (decision.why.reason == "NotManaged") {
      conditions.remove(words.type);
    } else {
      conditions.set(words.type, ConditionStatus::False, decision.why.reason, decision.why.message);
    }
    return;
  }
  if (!verdict || verdict->outcome == Outcome::Pending) {
    if (conditions.is_true(words.type)) return;  // an update on its way does not undo what works
    if (decision.why.ok()) return conditions.set(words.type, ConditionStatus::Unknown, "Pending", words.doing);
    return conditions.set(words.type, ConditionStatus::Unknown, decision.why.reason, decision.why.message);
  }
  switch (verdict->outcome) {
    case Outcome::Applied:
      if (!verdict->missing.empty()) {
        conditions.set(words.type, ConditionStatus::False, "PartiallyGranted", join(verdict->notes, "; "));
      } else {
        conditions.set(words.type, ConditionStatus::True, words.done_reason, words.done_message);
      }
      return;
    case Outcome::Rejected:
      conditions.set(words.type, ConditionStatus::False, verdict->error ? reason_of(*verdict->error) : "Rejected",
                     verdict->error ? verdict->error->text() : "rejected");
      return;
    default:
      // Unknown: a broken credential does not mark a working route as down; `Synced` says that the last try failed.
      if (conditions.is_true(words.type)) return;
      conditions.set(words.type, ConditionStatus::Unknown, verdict->error ? reason_of(*verdict->error) : "Unknown",
                     verdict->error ? verdict->error->text() : "could not be seen");
  }
}

MaybeVerdict first(const std::vector<MaybeVerdict>& verdicts) {
  return verdicts.empty() ? std::nullopt : verdicts.front();
}

Finding refused_grants(const Validated& v) {
  if (v.refused_grants.empty()) return {};
  std::vector<std::string> names;
  for (const api::AccessEntry& entry : v.refused_grants) names.push_back("'" + entry.principal + "'");
  return {"NotAllowed",
          "spec.access.grants: " + join(names, ", ") + " not covered by spec.allow of DatabricksWorkspace '" +
              (v.found.workspace ? v.found.workspace->meta.name : "") + "' (principals, maxLevel); ask its owner"};
}

void judge_access(Conditions& conditions, const Validated& v, const MaybeVerdict& verdict) {
  static constexpr Words kAccess{"AccessGranted", "Granted", "the declared principals hold their levels",
                                 "granting access"};
  // Judged once: a condition that turns and turns back would be a transition, and another status each time.
  if (const Finding refused = refused_grants(v); !refused.ok() && v.grant.wish == Wish::Present)
    return conditions.set("AccessGranted", ConditionStatus::False, refused.reason, refused.message);
  judge_system(conditions, kAccess, v.grant, verdict);
}

void judge_edge(Conditions& conditions, const Validated& v, const MaybeVerdict& verdict) {
  static constexpr Words kRoute{"RouteProgrammed", "Programmed", "the virtual server is on the gateway",
                                "programming the gateway"};
  static constexpr Words kPolicy{
      "TokenPolicyAttached", "AttachedUnverified",
      "the referenced policies are attached; what they check is up to the gateway's owner, and "
      "they see to the credential that goes upstream (ByPolicy)",
      "programming the gateway"};
  judge_system(conditions, kRoute, v.edge, verdict);
  if (!v.token_policy.ok())
    return conditions.set("TokenPolicyAttached", ConditionStatus::False, v.token_policy.reason, v.token_policy.message);
  judge_system(conditions, kPolicy, v.edge, verdict);
}

const MaybeVerdict* failed(const Verdicts& verdicts) {
  for (const auto* list : {&verdicts.clients, &verdicts.grants, &verdicts.edges}) {
    for (const MaybeVerdict& verdict : *list) {
      if (verdict && verdict->error) return &verdict;
    }
  }
  return nullptr;
}

void judge_synced(Conditions& conditions, const Validated& v, const Verdicts& verdicts) {
  if (const MaybeVerdict* verdict = failed(verdicts)) {
    conditions.set("Synced", ConditionStatus::False, reason_of(*(*verdict)->error), (*verdict)->error->text());
  } else if (verdicts.slot) {
    conditions.set("Synced", ConditionStatus::False, reason_of(*verdicts.slot), verdicts.slot->text());
  } else if (v.paused) {
    conditions.set("Synced", ConditionStatus::False, "Paused",
                   "no outside writes while the annotation sallyport.dev/paused is true");
  } else {
    conditions.set("Synced", ConditionStatus::True, "Synced", "the last writes worked");
  }
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

bool in_progress(const Validated& v, const Fragments& fragments, const Verdicts& verdicts) {
  const auto& places = v.found.object->status.placements;
  const auto open = [&](const auto& placed, const std::vector<MaybeVerdict>& list) {
    for (std::size_t i = 0; i < placed.size(); ++i) {
      const auto& fragment = placed[i].fragment;
      const auto kept = std::find_if(places.begin(), places.end(), [&](const api::Placement& p) {
        return p.connection == placed[i].connection && p.id == place_of(fragment);
      });
      const bool goes = fragment.wish == Wish::Absent || fragment.wish == Wish::Release;
      const bool acts = fragment.wish == Wish::Present || (goes && kept != places.end());  // else it is gone already
      if (!acts) continue;
      if (!list[i] || list[i]->outcome == Outcome::Pending) return true;
      // Not carried out while the system cannot be reached: tried again.
      const bool carried_out = !goes && kept != places.end() && kept->hash == fragment.hash();
      if (list[i]->outcome == Outcome::Unknown && !carried_out) return true;
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
  const MaybeVerdict grant = first(verdicts.grants);
  const bool partial =
      grant && grant->outcome == Outcome::Applied && (!grant->missing.empty() || !v.refused_grants.empty());
  conditions.only_while(
      "PartiallyApplied",
      partial ? Finding{"SomeGrantsMissing", "some of spec.access.grants hold, others do not; see AccessGranted"}
              : Finding{});

  std::vector<std::string> differences;
  for (const auto* list : {&verdicts.clients, &verdicts.grants, &verdicts.edges}) {
    for (const MaybeVerdict& verdict : *list) {
      if (verdict && verdict->outcome != Outcome::Applied && !verdict->error) {
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
  conditions.conclude(
      "Ready", "Ready",
      "client, access and route are as declared; the token policy is the gateway owner's and is not verified", kParts);
}

void tell_client(const Validated& v, const Verdicts& verdicts, api::ProtectedEndpointStatus& status) {
  const MaybeVerdict verdict = first(verdicts.clients);
  if (v.client.wish == Wish::Absent && verdict && verdict->outcome == Outcome::Gone) status.client.reset();
  if (!verdict || verdict->outcome != Outcome::Applied || !verdict->facts.contains("client_id")) return;
  api::ClientStatus client = status.client.value_or(api::ClientStatus{});
  client.id = verdict->facts.at("client_id");
  client.secret_name = shared::consumer_secret_name(*v.found.object);
  const auto lost = verdict->facts.find("orphans");
  client.lost_registrations = lost == verdict->facts.end() ? 0 : std::atoi(lost->second.c_str());
  const auto abandoned = verdict->facts.find("abandoned");
  client.abandoned = abandoned == verdict->facts.end() ? std::vector<std::string>{} : split(abandoned->second, '\n');
  // A status that is too large could not be written at all; the rest is in the count.
  if (client.abandoned.size() > api::kMostAbandoned) client.abandoned.resize(api::kMostAbandoned);
  status.client = client;
}

api::AccessEntry to_api(const ir::Grant& grant) {
  api::AccessEntry entry;
  entry.principal = grant.principal.value;
  entry.principal_type = grant.principal.type == ir::PrincipalType::User    ? api::GrantPrincipalType::User
                         : grant.principal.type == ir::PrincipalType::Group ? api::GrantPrincipalType::Group
                                                                            : api::GrantPrincipalType::ServicePrincipal;
  entry.level = grant.level == ir::Level::CanManage  ? api::AccessLevel::CanManage
                : grant.level == ir::Level::CanQuery ? api::AccessLevel::CanQuery
                                                     : api::AccessLevel::CanView;
  return entry;
}

void tell_access(const Validated& v, const Fragments& fragments, const Verdicts& verdicts,
                 api::ProtectedEndpointStatus& status) {
  const MaybeVerdict verdict = first(verdicts.grants);
  if (verdict && verdict->outcome == Outcome::Gone) status.databricks.reset();
  if (!verdict || verdict->outcome != Outcome::Applied) return;
  api::DatabricksStatus databricks = status.databricks.value_or(api::DatabricksStatus{});
  if (!v.found.object->spec.backends.empty()) databricks.backend = v.found.object->spec.backends.front().name;
  const auto fact = [&](const char* name, std::string& into) {
    if (const auto found = verdict->facts.find(name); found != verdict->facts.end()) into = found->second;
  };
  fact("endpoint_id", databricks.endpoint_id);
  fact("invocations_url", databricks.invocations_url);
  databricks.grants.clear();
  for (const ir::Grant& grant : fragments.grants.front().fragment.grants) {
    const bool missing =
        std::find(verdict->missing.begin(), verdict->missing.end(), grant.principal.key()) != verdict->missing.end();
    if (!missing) databricks.grants.push_back(to_api(grant));
  }
  databricks.notes = verdict->notes;
  status.databricks = databricks;
}

void tell_edge(const Validated& v, const Fragments& fragments, const Verdicts& verdicts,
               api::ProtectedEndpointStatus& status) {
  const MaybeVerdict verdict = first(verdicts.edges);
  if (!verdict || fragments.edges.empty()) return;
  if (verdict->outcome == Outcome::Gone) {
    status.url.clear();
    status.virtual_server.reset();
  }
  const ir::EdgeFragment& edge = fragments.edges.front().fragment;
  if (verdict->outcome != Outcome::Applied || edge.wish != Wish::Present) return;
  status.url = "https://" + v.found.object->spec.host + (edge.allowed_paths.empty() ? "" : edge.allowed_paths.front());
  status.virtual_server =
      api::VirtualServerStatus{edge.address, "/" + edge.place.tenant + "/" + edge.place.application + "/vs"};
}

/// When the next try is due, as far as the error itself says.
void tell_retry(const Verdicts& verdicts, SystemTime now, api::ProtectedEndpointStatus& status) {
  const MaybeVerdict* verdict = failed(verdicts);
  if (verdict == nullptr || runtime::outcome_of((*verdict)->error->code).requeue == runtime::Requeue::Never) {
    status.retry.reset();
    return;
  }
  const std::string reason = one_line((*verdict)->error->text());
  if (status.retry && status.retry->reason == reason) return;  // the same trouble: no new write for a new time
  status.retry = api::Retry{to_rfc3339(now + runtime::shortest_wait(*(*verdict)->error)), reason};
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
    if (kept == placements.end() || fragment.wish != Wish::Present) continue;
    if (verdict->outcome == Outcome::Applied) {
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

api::ProtectedEndpointStatus status_of(const Validated& v, const Fragments& fragments, const Verdicts& verdicts,
                                       SystemTime now) {
  api::ProtectedEndpointStatus status = v.found.object->status;
  status.observed_generation = v.found.object->meta.generation;
  Conditions conditions(status.conditions, v.found.object->meta.generation, now);
  conditions.judge("Accepted", v.accepted, "Accepted", "the spec is valid, and its connections allow it");
  conditions.judge("ResolvedRefs", v.resolved_refs, "ResolvedRefs",
                   "everything that the spec refers to is there and usable");
  static constexpr Words kClient{"ClientRegistered", "Registered",
                                 "the client is registered, and its Secret is written", "registering the client"};
  judge_system(conditions, kClient, v.client, first(verdicts.clients));
  judge_access(conditions, v, first(verdicts.grants));
  judge_edge(conditions, v, first(verdicts.edges));
  judge_synced(conditions, v, verdicts);
  judge_abnormal(conditions, v, fragments, verdicts);
  judge_ready(conditions, v);
  tell_client(v, verdicts, status);
  tell_access(v, fragments, verdicts, status);
  tell_edge(v, fragments, verdicts, status);
  tell_retry(verdicts, now, status);
  status.placements = settle(status.placements, fragments, verdicts);
  const auto asked = v.found.object->meta.annotations.find(std::string(api::kReconcileAt));
  status.last_handled_reconcile_at =
      asked == v.found.object->meta.annotations.end() ? "" : asked->second.substr(0, 253);
  return status;
}

}  // namespace sallyport::protected_endpoint
