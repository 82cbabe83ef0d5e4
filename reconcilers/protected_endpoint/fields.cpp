// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/protected_endpoint/fields.hpp"

#include <algorithm>

#include "operator/base/text.hpp"
#include "operator/runtime/back_off.hpp"
#include "operator/runtime/outcome.hpp"
#include "reconcilers/protected_endpoint/decide.hpp"

namespace sallyport::protected_endpoint {
namespace {

using ir::Outcome;
using ir::Wish;
using MaybeVerdict = std::optional<ir::Verdict>;

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

/// When the last of the entries that give this ends; empty: not at all.
std::string end_of(const std::vector<api::AccessEntry>& entries, const api::AccessEntry& grant) {
  std::string last;
  for (const api::AccessEntry& entry : entries) {
    const bool gives = entry.principal_type == grant.principal_type && entry.principal == grant.principal;
    if (!gives) continue;
    if (entry.until.empty()) return {};
    last = entry.until;  // of one principal there is one entry: the list's keys say so
  }
  return last;
}

/// What was seen last stays until something else is seen.
void tell_certificate(const ir::Verdict& verdict, std::optional<api::CertificateStatus>& certificate) {
  const auto until = verdict.facts.find("certificate_until");
  if (until == verdict.facts.end()) return;
  const auto problem = verdict.facts.find("certificate_problem");
  certificate = {until->second, problem == verdict.facts.end() ? std::string() : problem->second};
}

/// What the workspace of a backend has to say; `told` is what was said of it before.
void tell_backend(const BackendDecision& decided, const ir::GrantFragment& fragment, const ir::Verdict& verdict,
                  api::DatabricksStatus& told) {
  const auto fact = [&](const char* name, std::string& into) {
    if (const auto found = verdict.facts.find(name); found != verdict.facts.end()) into = found->second;
  };
  const std::string was_at = told.invocations_url;
  fact("endpoint_id", told.endpoint_id);
  fact("invocations_url", told.invocations_url);
  if (told.invocations_url != was_at) told.certificate.reset();  // another host's
  told.authorization_details.clear();
  fact("authorization_details", told.authorization_details);
  fact("task", told.task);
  if (const auto to_zero = verdict.facts.find("scales_to_zero"); to_zero != verdict.facts.end())
    told.scales_to_zero = to_zero->second == "true";
  tell_certificate(verdict, told.certificate);
  told.grants.clear();
  for (const ir::Grant& grant : fragment.grants) {
    if (std::ranges::find(verdict.missing, grant.principal.key()) != verdict.missing.end()) continue;
    told.grants.push_back(to_api(grant));
    told.grants.back().until = end_of(decided.grants, told.grants.back());
  }
  told.notes = verdict.notes;
}

/// Of each backend of the spec, in its order. What cannot be read has no order: then what is told stays.
void tell_access(const Validated& v, const Fragments& fragments, const Verdicts& verdicts,
                 api::ProtectedEndpointStatus& status) {
  std::vector<api::DatabricksStatus> all;
  const auto& backends = v.found.object->spec.backends;
  for (std::size_t i = 0; i < backends.size(); ++i) {
    if (!backends[i].serving) continue;
    const MaybeVerdict verdict = grant_verdict(verdicts, v, i);
    const api::DatabricksStatus* before = told_of(status, backends[i]);
    if (verdict && verdict->outcome == Outcome::Gone) continue;
    const bool applied = verdict && verdict->outcome == Outcome::Applied;
    if (before == nullptr && !applied) continue;
    all.push_back(before == nullptr ? api::DatabricksStatus{} : *before);
    all.back().backend = backends[i].name;
    all.back().workspace = backends[i].workspace_ref.name;
    all.back().serving_endpoint = backends[i].serving->endpoint;
    if (verdict && verdict->outcome == Outcome::Unknown) tell_certificate(*verdict, all.back().certificate);
    if (applied) tell_backend(v.backends[i], fragments.grants[i].fragment, *verdict, all.back());
  }
  if (v.found.object->errors.empty() || all.size() >= status.databricks.size()) status.databricks = std::move(all);
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
  api::VirtualServerStatus server = status.virtual_server.value_or(api::VirtualServerStatus{});
  // Another is shown since, of which nothing was told: by a process that ended, or an answer that was lost.
  const bool known = verdict->facts.contains("certificate_until");
  const api::Placement* place = placement_of(status, fragments.edges.front().connection, edge_placement_id(edge.place));
  if (!known && (place == nullptr || place->hash != edge.hash())) server.certificate.reset();
  server.address = edge.address;
  server.path = ir::path_of(edge);
  tell_certificate(*verdict, server.certificate);
  status.virtual_server = server;
}

/// The longest pause between two tries: that of a connection's queue, with all its jitter.
std::chrono::milliseconds longest_pause() {
  constexpr runtime::BackOffOptions kBackOff;
  return std::chrono::round<std::chrono::seconds>(kBackOff.cap * (1 + kBackOff.jitter));
}

/// When the next try is due: the first as far as the error itself says, a later one by then at the latest. While the
/// trouble is the same, another time is written only when this one has passed.
void tell_retry(const Verdicts& verdicts, SystemTime now, api::ProtectedEndpointStatus& status) {
  const Error* error = first_error(verdicts);
  if (error == nullptr || runtime::outcome_of(error->code).requeue == runtime::Requeue::Never) {
    status.retry.reset();
    return;
  }
  const std::string reason = one_line(error->text(), 1024);
  std::chrono::milliseconds wait = runtime::shortest_wait(*error);
  if (status.retry && status.retry->reason == reason) {
    if (const Result<SystemTime> due = parse_rfc3339(status.retry->at); due && now < *due) return;
    wait = std::max(wait, longest_pause());
  }
  status.retry = api::Retry{to_rfc3339(now + wait), reason};
}

}  // namespace

MaybeVerdict first(const std::vector<MaybeVerdict>& verdicts) {
  return verdicts.empty() ? std::nullopt : verdicts.front();
}

MaybeVerdict grant_verdict(const Verdicts& verdicts, const Validated& v, std::size_t backend) {
  const bool is_of_backend = backend < v.found.object->spec.backends.size() && backend < verdicts.grants.size();
  return is_of_backend ? verdicts.grants[backend] : std::nullopt;
}

const Error* first_error(const Verdicts& verdicts) {
  for (const auto* list : {&verdicts.clients, &verdicts.grants, &verdicts.edges}) {
    for (const MaybeVerdict& verdict : *list) {
      if (verdict && verdict->error) return &*verdict->error;
    }
  }
  return nullptr;
}

void tell_fields(const Validated& v, const Fragments& fragments, const Verdicts& verdicts, SystemTime now,
                 api::ProtectedEndpointStatus& status) {
  tell_client(v, verdicts, status);
  tell_access(v, fragments, verdicts, status);
  tell_edge(v, fragments, verdicts, status);
  tell_retry(verdicts, now, status);
  const auto& annotations = v.found.object->meta.annotations;
  const auto asked = annotations.find(std::string(api::kReconcileAt));
  status.last_handled_reconcile_at = asked == annotations.end() ? "" : asked->second.substr(0, 253);
}

}  // namespace sallyport::protected_endpoint
