// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/protected_endpoint/hand_out.hpp"

#include <algorithm>

#include "operator/base/text.hpp"
#include "reconcilers/protected_endpoint/decide.hpp"
#include "reconcilers/protected_endpoint/fields.hpp"

namespace sallyport::protected_endpoint {
namespace {

using ir::Outcome;
using ir::Wish;
using MaybeVerdict = std::optional<ir::Verdict>;

constexpr const char* kNoConsent = "NoConsent";

/// What the CR's own ledger says of a fragment that was applied before a restart.
ir::Verdict remembered(const Validated& v, const ir::ClientFragment&) {
  ir::Verdict verdict;
  verdict.outcome = Outcome::Applied;
  if (v.found.object->status.client) {
    verdict.facts["client_id"] = v.found.object->status.client->id;
    verdict.facts["orphans"] = std::to_string(v.found.object->status.client->lost_registrations);
    const std::vector<std::string>& abandoned = v.found.object->status.client->abandoned;
    if (!abandoned.empty()) verdict.facts["abandoned"] = join(abandoned, "\n");
  }
  return verdict;
}

ir::Verdict remembered(const Validated& v, const ir::GrantFragment& fragment) {
  ir::Verdict verdict;
  verdict.outcome = Outcome::Applied;
  const api::Backend backend{"", {fragment.workspace}, api::Serving{fragment.serving_endpoint}};
  if (const api::DatabricksStatus* told = told_of(v.found.object->status, backend)) {
    verdict.facts["endpoint_id"] = told->endpoint_id;
    verdict.facts["invocations_url"] = told->invocations_url;
    if (!told->authorization_details.empty()) verdict.facts["authorization_details"] = told->authorization_details;
    verdict.notes = told->notes;
  }
  return verdict;
}

ir::Verdict remembered(const Validated&, const ir::EdgeFragment&) {
  ir::Verdict verdict;
  verdict.outcome = Outcome::Applied;
  return verdict;
}

bool said_so(const Validated& v, std::string_view condition) {
  const schema::Condition* found = schema::find_condition(v.found.object->status.conditions, condition);
  return found != nullptr && found->status == schema::ConditionStatus::True;
}

/// Whether somebody asked for a look now that has not been answered.
bool asked_to_look(const Validated& v) {
  const auto asked = v.found.object->meta.annotations.find(std::string(api::kReconcileAt));
  return asked != v.found.object->meta.annotations.end() &&
         asked->second != v.found.object->status.last_handled_reconcile_at;
}

/// Doors close first, then come the edits of people who are looking; a mass of new objects, or of old ones that
/// something else has changed, can wait for these.
runtime::Priority urgency_of(Wish wish, const Validated& v, const api::Placement* placement) {
  if (wish == Wish::Absent || wish == Wish::Release) return runtime::Priority::High;
  const bool edited =
      placement != nullptr && !placement->hash.empty() && placement->generation < v.found.object->meta.generation;
  return edited ? runtime::Priority::High : runtime::Priority::Normal;
}

/// What was granted stays only for as long as the serving endpoint consents, though the grant be held over a restart.
template <class F>
bool stands_by_consent(const F&, const api::Placement* placement) {
  return std::is_same_v<F, ir::GrantFragment> && placement != nullptr && !placement->hash.empty();
}

template <class L, class F>
MaybeVerdict hand(L* link, const Key& target, const F& fragment, const Validated& v, const api::Placement* placement,
                  std::string_view condition) {
  const bool unchanged = fragment.wish == Wish::Present && placement != nullptr && placement->hash == fragment.hash() &&
                         said_so(v, condition);
  if (link == nullptr) {
    if (fragment.wish == Wish::Hold) return std::nullopt;
    if (unchanged) return remembered(v, fragment);  // a restart: nothing has to be done, so nothing has to be told
    ir::Verdict waiting;
    waiting.outcome = Outcome::Pending;
    return waiting;
  }
  // A wish to be gone, for something of which no ledger says that it was ever there, is fulfilled already.
  if ((fragment.wish == Wish::Absent || fragment.wish == Wish::Release) && placement == nullptr) {
    link->forget(target, fragment.owner.uid);
    return std::nullopt;
  }
  if (fragment.wish == Wish::Hold && !link->knows(target, fragment.owner.uid) &&
      !stands_by_consent(fragment, placement))
    return std::nullopt;
  const bool as_before = unchanged && !link->knows(target, fragment.owner.uid);
  MaybeVerdict verdict = as_before ? link->resume(target, fragment, remembered(v, fragment))
                                   : link->submit(target, fragment, urgency_of(fragment.wish, v, placement));
  const bool is_looked_at = fragment.wish == Wish::Present || fragment.wish == Wish::Observe;
  if (asked_to_look(v) && is_looked_at) link->poke(target);
  // Of what is held there is nothing to tell, but that it was taken back.
  if (fragment.wish == Wish::Hold && !(verdict && verdict->outcome == Outcome::Rejected)) return std::nullopt;
  return verdict;
}

/// The consumer's Secret was taken away or changed: the client's target has to deliver again.
void mend_consumer_secret(const shared::World& world, const Validated& v, const ir::ClientFragment& fragment,
                          shared::IdentityLink* link, const MaybeVerdict& verdict) {
  if (link == nullptr || fragment.wish != Wish::Present || !v.found.object->status.client) return;
  if (!world.store.fresh({"Secret", fragment.owner.ns, fragment.consumer_secret})) return;
  const auto secret = world.store.secrets().get(fragment.owner.ns, fragment.consumer_secret);
  const auto written = verdict ? verdict->facts.find("secret_version") : ir::Facts::const_iterator{};
  const bool edited = verdict && written != verdict->facts.end() && !written->second.empty() && secret &&
                      written->second != secret->meta.resource_version;
  if (!secret || edited) link->poke(shared::client_target(fragment.owner.uid));
}

/// A former place closes once the new one is open, or at once when nothing is to be open. While it is not known what
/// shall be (a name that does not resolve, a pause), it stays.
bool may_close_former(const Decision& decision, const MaybeVerdict& current) {
  if (decision.wish == Wish::Absent || decision.wish == Wish::Release) return true;
  return decision.wish == Wish::Present && current && current->outcome == Outcome::Applied;
}

/// Nor does a former place wait whose own connection does not allow it any more.
bool is_refused(const Validated& v, const api::Placement* placement) {
  return placement != nullptr && owners_word(v.found, *placement) == OwnersWord::Refused;
}

/// The workspace's verdict on what is wanted now of a backend's serving endpoint.
MaybeVerdict verdict_at(const shared::World& world, const Validated& v, const api::Backend& backend) {
  if (!backend.serving) return std::nullopt;
  const auto link = world.workspaces.get(backend.workspace_ref.name);
  const Key target = shared::serving_target(backend.serving->endpoint);
  return link ? link->verdict(target, v.found.object->meta.uid) : std::nullopt;
}

/// Why no request may go to a backend. What its workspace said last counts until it says otherwise: an edit or a
/// restart must not open the door for a moment.
Finding refusal_of(const Validated& v, std::size_t index, const MaybeVerdict& verdict) {
  if (verdict && verdict->outcome == Outcome::Rejected && verdict->error && verdict->error->code == Code::Refused) {
    return {kNoConsent, backend_field(index) + ".serving.endpoint: " + verdict->error->message +
                            "; until then nothing is published"};
  }
  const schema::Condition* route = schema::find_condition(v.found.object->status.conditions, "RouteProgrammed");
  const bool seen =
      verdict && !verdict->error && verdict->outcome != Outcome::Pending && verdict->outcome != Outcome::Gone;
  return route != nullptr && route->reason == kNoConsent && !seen ? Finding{kNoConsent, route->message} : Finding{};
}

/// From what its workspace says now where access is granted, or from the status of before.
KnownServing known_serving(const Validated& v, const api::Backend& backend, const MaybeVerdict& verdict) {
  const api::DatabricksStatus* told = told_of(v.found.object->status, backend);
  KnownServing before{"", "", false};
  if (told != nullptr)
    before = {told->invocations_url, told->authorization_details, holds_grants_at(v.found.object->status, backend)};
  // One that refuses or does not consent is no place to send traffic to, known as its address may be.
  if (!verdict || verdict->outcome != Outcome::Applied || !verdict->facts.contains("invocations_url")) return before;
  const auto details = verdict->facts.find("authorization_details");
  return {verdict->facts.at("invocations_url"), details == verdict->facts.end() ? "" : details->second, true};
}

/// Takes back, too, what the board may say of its going: the spec may have changed, or the object been paused, since.
template <class F>
F held(F fragment) {
  fragment.wish = Wish::Hold;
  return fragment;
}

Key target_of_client(const std::string&, const ir::ClientFragment& fragment) {
  return shared::client_target(fragment.owner.uid);
}
Key target_of_grant(const std::string&, const ir::GrantFragment& fragment) {
  return shared::serving_target(fragment.serving_endpoint);
}
Key target_of_edge(const std::string& connection, const ir::EdgeFragment& fragment) {
  return shared::tenant_target(connection, fragment.place.tenant);
}

}  // namespace

std::vector<KnownServing> heed_workspaces(const shared::World& world, Validated& v) {
  std::vector<KnownServing> serving;
  std::vector<bool> open;
  const auto& backends = v.found.object->spec.backends;
  for (std::size_t i = 0; i < backends.size(); ++i) {
    const MaybeVerdict verdict = verdict_at(world, v, backends[i]);
    v.backends[i].barred = refusal_of(v, i, verdict);
    // What is refused may not stay behind. Whatever else is wished of the grant, the workspace has taken it back.
    if (Decision& grant = v.backends[i].grant; !v.backends[i].barred.ok() && grant.wish == Wish::Release)
      grant = withdraw(v.backends[i].barred);
    serving.push_back(known_serving(v, backends[i], verdict));
    open.push_back(serving.back().open && !serving.back().invocations_url.empty());
  }
  close_door_on_refusal(v, open);
  return serving;
}

Verdicts verdicts_so_far(const shared::World& world, const Fragments& fragments) {
  const auto look_up = [](const auto& links, const auto& placed, const auto& target_of) {
    std::vector<MaybeVerdict> list;
    for (const auto& [connection, fragment] : placed) {
      const auto link = links.get(connection);
      MaybeVerdict verdict = link ? link->verdict(target_of(connection, fragment), fragment.owner.uid) : std::nullopt;
      // One that was gone may be wanted again.
      const bool speaks_of_it = verdict && verdict->outcome != Outcome::Gone && verdict->hash == fragment.hash();
      list.push_back(speaks_of_it ? std::move(verdict) : std::nullopt);
    }
    return list;
  };
  Verdicts verdicts;
  verdicts.clients = look_up(world.providers, fragments.clients, target_of_client);
  verdicts.grants = look_up(world.workspaces, fragments.grants, target_of_grant);
  verdicts.edges = look_up(world.gateways, fragments.edges, target_of_edge);
  return verdicts;
}

void forget_fragments(const shared::World& world, const Fragments& fragments) {
  const auto forget = [](const auto& link, const Key& target, const Uid& owner) {
    if (link) link->forget(target, owner);
  };
  for (const auto& [connection, fragment] : fragments.clients) {
    forget(world.providers.get(connection), target_of_client(connection, fragment), fragment.owner.uid);
  }
  for (const auto& [connection, fragment] : fragments.grants) {
    forget(world.workspaces.get(connection), target_of_grant(connection, fragment), fragment.owner.uid);
  }
  for (const auto& [connection, fragment] : fragments.edges) {
    forget(world.gateways.get(connection), target_of_edge(connection, fragment), fragment.owner.uid);
  }
}

void forget_gone(const shared::World& world, const Fragments& fragments, const Verdicts& verdicts) {
  const auto sweep = [&](const auto& links, const auto& placed, const std::vector<MaybeVerdict>& list,
                         const auto& target_of) {
    for (std::size_t i = 0; i < placed.size(); ++i) {
      if (!list[i] || list[i]->outcome != Outcome::Gone) continue;
      const auto& [connection, fragment] = placed[i];
      if (const auto link = links.get(connection)) link->forget(target_of(connection, fragment), fragment.owner.uid);
    }
  };
  sweep(world.providers, fragments.clients, verdicts.clients, target_of_client);
  sweep(world.workspaces, fragments.grants, verdicts.grants, target_of_grant);
  sweep(world.gateways, fragments.edges, verdicts.edges, target_of_edge);
}

bool may_open_route(const Validated& v, const Verdicts& verdicts) {
  const auto ready = [](const Decision& decision, const MaybeVerdict& verdict, bool applied_before) {
    if (decision.wish == Wish::Hold) return applied_before;  // kept as it is, as UpsertOnly keeps an unwanted client
    if (decision.wish != Wish::Present) return decision.wish == Wish::Absent && decision.why.reason == "NotManaged";
    return applied_before || (verdict && verdict->outcome == Outcome::Applied);
  };
  // Where the spec wants it now: that another provider or serving endpoint was ready says nothing of this one.
  const api::Placement* client = placement_of(v.found.object->status, v.found.object->spec.identity.provider_ref.name,
                                              client_placement_id(v.found.object->meta.uid));
  if (!ready(v.client, first(verdicts.clients), client != nullptr && !client->hash.empty())) return false;
  const auto& backends = v.found.object->spec.backends;
  for (std::size_t i = 0; i < backends.size(); ++i) {
    const bool applied_before = holds_grants_at(v.found.object->status, backends[i]);
    if (ready(v.backends[i].grant, grant_verdict(verdicts, v, i), applied_before)) return true;
  }
  return false;
}

/// Former access lists close once one of the backends that the spec names is open.
bool may_close_former_grants(const Validated& v, const Verdicts& verdicts) {
  for (std::size_t i = 0; i < v.backends.size(); ++i) {
    if (may_close_former(v.backends[i].grant, grant_verdict(verdicts, v, i))) return true;
  }
  return false;
}

Verdicts hand_out_fragments(const shared::World& world, const Validated& v, const Fragments& fragments) {
  Verdicts verdicts;
  for (std::size_t i = 0; i < fragments.clients.size(); ++i) {
    const auto& [connection, fragment] = fragments.clients[i];
    const auto link = world.providers.get(connection);
    const api::Placement* place =
        placement_of(v.found.object->status, connection, client_placement_id(fragment.owner.uid));
    const bool stays = i > 0 && !is_refused(v, place) && !may_close_former(v.client, verdicts.clients.front());
    verdicts.clients.push_back(hand(link.get(), target_of_client(connection, fragment),
                                    stays ? held(fragment) : fragment, v, place, "ClientRegistered"));
    if (i == 0) mend_consumer_secret(world, v, fragment, link.get(), verdicts.clients.front());
  }
  for (std::size_t i = 0; i < fragments.grants.size(); ++i) {
    const auto& [connection, fragment] = fragments.grants[i];
    const api::Placement* place =
        placement_of(v.found.object->status, connection, grant_placement_id(fragment.serving_endpoint));
    const bool stays = i >= fragments.backends && !is_refused(v, place) && !may_close_former_grants(v, verdicts);
    verdicts.grants.push_back(hand(world.workspaces.get(connection).get(), target_of_grant(connection, fragment),
                                   stays ? held(fragment) : fragment, v, place, "AccessGranted"));
  }
  for (std::size_t i = 0; i < fragments.edges.size(); ++i) {
    const auto& [connection, fragment] = fragments.edges[i];
    if (i == 0 && fragment.wish == Wish::Present && !may_open_route(v, verdicts)) {
      verdicts.edges.emplace_back();
      continue;
    }
    const api::Placement* place = placement_of(v.found.object->status, connection, edge_placement_id(fragment.place));
    const bool stays = i > 0 && !is_refused(v, place) && !may_close_former(v.edge, verdicts.edges.front());
    verdicts.edges.push_back(hand(world.gateways.get(connection).get(), target_of_edge(connection, fragment),
                                  stays ? held(fragment) : fragment, v, place, "RouteProgrammed"));
  }
  return verdicts;
}

}  // namespace sallyport::protected_endpoint
