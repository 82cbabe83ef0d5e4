// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/protected_endpoint/build.hpp"

#include <algorithm>
#include <tuple>

#include "operator/http/client.hpp"
#include "reconcilers/protected_endpoint/decide.hpp"

namespace sallyport::protected_endpoint {
namespace {

using ir::Wish;
using schema::text_of;

constexpr std::chrono::seconds kCacheWindow{30};

ir::PrincipalType to_ir(api::GrantPrincipalType type) {
  switch (type) {
    case api::GrantPrincipalType::User:
      return ir::PrincipalType::User;
    case api::GrantPrincipalType::Group:
      return ir::PrincipalType::Group;
    case api::GrantPrincipalType::ServicePrincipal:
      return ir::PrincipalType::ServicePrincipal;
  }
  return ir::PrincipalType::User;
}

ir::Level to_ir(api::AccessLevel level) {
  switch (level) {
    case api::AccessLevel::CanView:
      return ir::Level::CanView;
    case api::AccessLevel::CanQuery:
      return ir::Level::CanQuery;
    case api::AccessLevel::CanManage:
      return ir::Level::CanManage;
  }
  return ir::Level::None;
}

/// One entry a principal, the highest level, sorted: Databricks lets the last of two win, even if it is lower.
std::vector<ir::Grant> normalised(const std::vector<api::AccessEntry>& entries) {
  std::vector<ir::Grant> grants;
  for (const api::AccessEntry& entry : entries) {
    const ir::Grant grant{{to_ir(entry.principal_type), entry.principal}, to_ir(entry.level)};
    const auto same =
        std::find_if(grants.begin(), grants.end(), [&](const ir::Grant& g) { return g.principal == grant.principal; });
    if (same == grants.end()) {
      grants.push_back(grant);
    } else {
      same->level = std::max(same->level, grant.level);
    }
  }
  std::sort(grants.begin(), grants.end(),
            [](const ir::Grant& a, const ir::Grant& b) { return a.principal < b.principal; });
  return grants;
}

template <class T>
std::vector<T> sorted(std::vector<T> list) {
  std::sort(list.begin(), list.end());
  return list;
}

/// The client of the status, if it was applied at this provider and at no other: during a move, and on the way back of
/// one, it is not sure whose the status tells of.
std::string known_client(const api::ProtectedEndpointStatus& status, const std::string& provider) {
  if (!status.client) return {};
  const auto is_applied = [](const api::Placement& place) {
    return place.system == api::PlacementSystem::OIDC && !place.hash.empty();
  };
  const auto place = std::find_if(status.placements.begin(), status.placements.end(), is_applied);
  if (place == status.placements.end() || place->connection != provider) return {};
  return std::any_of(place + 1, status.placements.end(), is_applied) ? std::string() : status.client->id;
}

ir::ClientFragment client_fragment(const Validated& v, const InstanceId& instance) {
  const EndpointPtr& object = v.found.object;
  ir::ClientFragment fragment;
  fragment.wish = v.client.wish;
  fragment.owner = owner_of(object);
  fragment.client_name = "sallyport " + instance.str() + " " + object->meta.ns + "/" + object->meta.name;
  fragment.grant_types = {"client_credentials"};
  fragment.scopes = sorted(object->spec.identity.required_scopes);
  fragment.audience = v.audience;
  fragment.consumer_secret = shared::consumer_secret_name(*object);
  const auto adopt = object->meta.annotations.find(std::string(api::kAdoptClient));
  if (adopt != object->meta.annotations.end()) fragment.adopt = adopt->second;
  fragment.known_id = known_client(object->status, object->spec.identity.provider_ref.name);
  if (!fragment.known_id.empty()) {
    fragment.known_abandoned = object->status.client->abandoned;
    fragment.known_lost = object->status.client->lost_registrations;
  }
  return fragment;
}

/// From a workspace that is not there (yet) it is not known, and nothing follows from that.
bool asks_consent(const store::ObjectPtr<api::DatabricksWorkspace>& workspace) {
  return workspace && workspace->spec.consent == api::Consent::Tag;
}

ir::GrantFragment grant_fragment(const Validated& v, std::size_t index) {
  const EndpointPtr& object = v.found.object;
  const api::Backend& backend = object->spec.backends[index];
  const BackendDecision& decided = v.backends[index];
  ir::GrantFragment fragment;
  fragment.wish = decided.grant.wish;
  fragment.owner = owner_of(object);
  fragment.workspace = backend.workspace_ref.name;
  fragment.serving_endpoint = backend.serving ? backend.serving->endpoint : "";
  fragment.require_tag = asks_consent(v.found.backends[index].workspace);
  fragment.field = backend_field(index);
  std::vector<api::AccessEntry> entries = decided.grants;
  if (decided.upstream) entries.push_back(*decided.upstream);
  fragment.grants = normalised(entries);
  return fragment;
}

ir::TokenIssuer issuer_of(const store::Object<api::IdentityProvider>& provider) {
  const api::KeySettings keys = provider.spec.keys.value_or(api::KeySettings{});
  return {provider.spec.issuer, provider.status.jwks_uri, provider.spec.ca_bundle,
          keys.refresh,         keys.cool_down,           keys.stale_after};
}

bool has_principal(const std::vector<api::AccessEntry>& entries, const api::AccessEntry& wanted) {
  return std::ranges::any_of(entries, [&](const api::AccessEntry& entry) {
    return entry.principal_type == wanted.principal_type && entry.principal == wanted.principal;
  });
}

/// Those whose time is over, too: the gateway refuses them by that, should the workspace not answer. Where one
/// principal goes upstream for all, only the gateway tells them apart: nobody whom the owner of one of the backends
/// refuses.
std::vector<ir::Admission> admitted(const Validated& v) {
  const auto& upstream = v.found.object->spec.upstream;
  const bool is_one_for_all = upstream && upstream->service_principal;
  const auto refused = [&](const api::AccessEntry& entry) {
    return is_one_for_all && std::ranges::any_of(v.backends, [&](const BackendDecision& backend) {
             return !backend.grant.withdrawn && has_principal(backend.refused, entry);
           });
  };
  std::vector<ir::Admission> all;
  for (const BackendDecision& backend : v.backends) {
    for (const auto* list : {&backend.grants, &backend.ended}) {
      for (const api::AccessEntry& entry : *list)
        if (!refused(entry)) all.push_back({text_of(entry.principal_type), entry.principal, entry.until});
    }
  }
  const auto key = [](const ir::Admission& one) { return std::tie(one.principal_type, one.principal, one.until); };
  std::ranges::sort(all, {}, key);
  const auto twice = std::ranges::unique(all, {}, key);
  all.erase(twice.begin(), twice.end());
  return all;
}

/// Of an index, whether requests may go there and where that is.
const KnownServing* serving_at(const BuildInputs& inputs, std::size_t index) {
  return index < inputs.serving.size() && !inputs.serving[index].invocations_url.empty() ? &inputs.serving[index]
                                                                                         : nullptr;
}

bool is_in_route(const Validated& v, const BuildInputs& inputs, std::size_t index) {
  const KnownServing* serving = serving_at(inputs, index);
  const BackendDecision& decided = v.backends[index];
  return serving != nullptr && serving->open && !decided.grant.withdrawn && decided.barred.ok() &&
         v.found.backends[index].workspace && parse_upstream(serving->invocations_url).has_value();
}

/// Those that requests may go to now, in the order of the spec.
std::vector<ir::Backend> route_of(const Validated& v, const BuildInputs& inputs) {
  std::vector<ir::Backend> route;
  const auto& backends = v.found.object->spec.backends;
  for (std::size_t i = 0; i < backends.size(); ++i) {
    if (!is_in_route(v, inputs, i)) continue;
    const api::DatabricksWorkspaceSpec& workspace = v.found.backends[i].workspace->spec;
    const Result<Upstream> to = parse_upstream(inputs.serving[i].invocations_url);
    route.push_back({backends[i].name, to->host, to->path, backends[i].weight, backends[i].priority,
                     token_endpoint_of(workspace), inputs.serving[i].authorization_details, workspace.ca_bundle});
  }
  return route;
}

/// Nothing while the provider is not known: there is no route then.
std::optional<ir::TokenCheck> token_check(const Validated& v, const BuildInputs& inputs) {
  const api::ProtectedEndpointSpec& spec = v.found.object->spec;
  if (!api::is_generated(spec.identity) || !v.found.provider) return std::nullopt;
  ir::TokenCheck check = token_rules(v);
  check.backends = route_of(v, inputs);
  check.log_passes = v.found.gateway && v.found.gateway->spec.nginx && v.found.gateway->spec.nginx->log_passes;
  return check;
}

void add_traffic(const api::ProtectedEndpointSpec& spec, ir::EdgeFragment& fragment) {
  const api::Traffic traffic = spec.traffic.value_or(api::Traffic{});
  const api::Timeouts timeouts = traffic.timeouts.value_or(api::Timeouts{});
  fragment.connect_timeout = timeouts.connect;
  fragment.response_timeout = timeouts.response;
  fragment.idle_timeout = timeouts.idle;
  fragment.max_concurrent = traffic.max_concurrent;
  fragment.load_balancing = traffic.load_balancing == api::Balancing::RoundRobin ? ir::LoadBalancing::RoundRobin
                                                                                 : ir::LoadBalancing::LeastConnections;
  const api::Security security = spec.security.value_or(api::Security{});
  fragment.allowed_networks = sorted(security.allowed_networks);
  if (!security.waf_policy.empty()) fragment.waf_policy = security.waf_policy;
}

ir::EdgeFragment edge_fragment(const Validated& v, const BuildInputs& inputs) {
  const EndpointPtr& object = v.found.object;
  const api::ProtectedEndpointSpec& spec = object->spec;
  ir::EdgeFragment fragment;
  fragment.wish = v.edge.wish;
  fragment.owner = owner_of(object);
  if (inputs.slot) {
    fragment.place = inputs.slot->place;
    fragment.address = inputs.slot->address;
  }
  fragment.host = spec.host;
  fragment.certificate = v.found.tls.handle;
  if (spec.identity.enforcement) {
    fragment.policy = {spec.identity.enforcement->access_profile.value_or(""),
                       spec.identity.enforcement->per_request_policy.value_or("")};
  }
  fragment.check = token_check(v, inputs);
  if (v.found.gateway && v.found.gateway->spec.nginx) fragment.address = v.found.gateway->spec.nginx->address;
  add_traffic(spec, fragment);
  if (v.found.gateway && v.found.gateway->spec.bigip && !v.found.gateway->spec.bigip->log_pool.empty()) {
    fragment.log_pool = v.found.gateway->spec.bigip->log_pool;
  }
  // The first backend names the public path, also while no request goes there.
  const KnownServing* first = serving_at(inputs, 0);
  const Result<Upstream> upstream = parse_upstream(first == nullptr ? "" : first->invocations_url);
  if (upstream) {
    fragment.upstream = upstream->host;
    fragment.allowed_paths = {upstream->path};
  }
  bool leads_somewhere = false;
  for (std::size_t i = 0; i < spec.backends.size(); ++i) leads_somewhere |= is_in_route(v, inputs, i);
  // Nothing can be published before it is known where it goes and where it lives; what was never placed cannot go.
  const bool known = upstream && leads_somewhere && inputs.slot;
  if ((fragment.wish == Wish::Present || fragment.wish == Wish::Observe) && !known) fragment.wish = Wish::Hold;
  if (fragment.wish == Wish::Absent && !inputs.slot) fragment.wish = Wish::Hold;
  return fragment;
}

/// By what former access lists go. While it is not known where a backend is, a former place may be what it should say.
const Decision& word_on_former_grants(const Validated& v) {
  const auto& backends = v.found.object->spec.backends;
  for (std::size_t i = 0; i < backends.size(); ++i) {
    const bool placed =
        backends[i].serving && placement_of(v.found.object->status, backends[i].workspace_ref.name,
                                            grant_placement_id(backends[i].serving->endpoint)) != nullptr;
    if (v.backends[i].grant.wish == Wish::Hold && !placed) return v.backends[i].grant;
  }
  const auto stays = std::ranges::find_if(v.backends, [](const BackendDecision& one) { return !one.grant.withdrawn; });
  return stays == v.backends.end() ? v.backends.front().grant : stays->grant;
}

/// Former places: still in the ledger, no longer what the spec names. Each obeys the owner of its own connection.
void add_former(const Validated& v, const Fragments& current, Fragments& out) {
  const EndpointPtr& object = v.found.object;
  const bool keep = object->spec.management != api::Management::Enforce;
  const auto wish_of = [&](const Decision& now, const api::Placement& placement) {
    const OwnersWord word = owners_word(v.found, placement);
    if (now.withdrawn || word == OwnersWord::Refused) return Wish::Absent;
    if (now.wish == Wish::Hold) return Wish::Hold;  // where it shall be instead is not known
    if (v.paused) return Wish::Hold;
    if (v.releasing) return word == OwnersWord::Allowed ? Wish::Absent : Wish::Release;
    return keep ? Wish::Hold : Wish::Absent;
  };
  const auto is_current = [&](const auto& placed, const std::string& connection) {
    return std::any_of(placed.begin(), placed.end(), [&](const auto& p) { return p.connection == connection; });
  };
  for (const api::Placement& placement : object->status.placements) {
    if (placement.system == api::PlacementSystem::F5) {
      const auto place = parse_edge_placement(placement.id);
      const bool same = place && std::any_of(current.edges.begin(), current.edges.end(), [&](const auto& p) {
                          return p.connection == placement.connection && p.fragment.place == *place;
                        });
      if (!place || same) continue;
      ir::EdgeFragment former;
      former.wish = wish_of(v.edge, placement);
      former.owner = owner_of(object);
      former.place = *place;
      out.edges.push_back({placement.connection, former});
    } else if (placement.system == api::PlacementSystem::OIDC && !is_current(current.clients, placement.connection)) {
      ir::ClientFragment former;
      former.wish = wish_of(v.client, placement);
      former.owner = owner_of(object);
      out.clients.push_back({placement.connection, former});
    } else if (placement.system == api::PlacementSystem::Databricks) {
      const std::string name = parse_grant_placement(placement.id);
      const bool same = std::any_of(current.grants.begin(), current.grants.end(), [&](const auto& p) {
        return p.connection == placement.connection && p.fragment.serving_endpoint == name;
      });
      if (same) continue;
      ir::GrantFragment former;
      former.wish = wish_of(word_on_former_grants(v), placement);
      former.owner = owner_of(object);
      former.workspace = placement.connection;
      former.serving_endpoint = name;
      const auto workspace = v.found.placed_at.workspaces.find(placement.connection);
      former.require_tag = workspace != v.found.placed_at.workspaces.end() && asks_consent(workspace->second);
      out.grants.push_back({placement.connection, former});
    }
  }
}

}  // namespace

ir::Owner owner_of(const EndpointPtr& object) {
  const schema::Metadata& meta = object->meta;
  return {"ProtectedEndpoint", meta.ns, meta.name, meta.uid, meta.resource_version, meta.generation};
}

std::string token_endpoint_of(const api::DatabricksWorkspaceSpec& workspace) {
  return shared::origin_of(workspace.host) + "/oidc/v1/token";
}

ir::TokenCheck token_rules(const Validated& v) {
  const api::ProtectedEndpointSpec& spec = v.found.object->spec;
  const auto& provider = *v.found.provider;
  const api::TokenSettings tokens = provider.spec.tokens.value_or(api::TokenSettings{});
  const bool is_keycloak = provider.spec.type == api::IdentityProviderType::Keycloak;
  ir::TokenCheck check;
  check.issuer = issuer_of(provider);
  check.profile =
      text_of(tokens.profile.value_or(is_keycloak ? api::TokenProfile::Keycloak : api::TokenProfile::RFC9068));
  for (const api::TokenAlgorithm algorithm : api::accepted_algorithms(provider.spec))
    check.algorithms.push_back(text_of(algorithm));
  check.audience = v.audience;
  check.clock_skew = tokens.clock_skew;
  check.max_lifetime = tokens.max_lifetime;
  check.scopes = sorted(spec.identity.required_scopes);
  check.groups = sorted(spec.identity.required_groups);
  check.admitted = admitted(v);
  check.cache_window = spec.identity.cache_window.value_or(kCacheWindow);
  if (spec.upstream && spec.upstream->service_principal)
    check.principal = {spec.upstream->service_principal->application_id, v.found.upstream.handle};
  if (spec.traffic && spec.traffic->rate_limit)
    check.rate_limit = {spec.traffic->rate_limit->requests_per_second, spec.traffic->rate_limit->burst};
  return check;
}

Result<Upstream> parse_upstream(const std::string& invocations_url) {
  const http::Url url = TRY(http::parse_url(invocations_url));
  return Upstream{{url.host, url.port}, url.target};
}

Fragments build(const Validated& v, const BuildInputs& inputs) {
  const api::ProtectedEndpointSpec& spec = v.found.object->spec;
  Fragments fragments;
  if (!spec.identity.provider_ref.name.empty()) {
    fragments.clients.push_back({spec.identity.provider_ref.name, client_fragment(v, inputs.instance)});
  }
  fragments.backends = spec.backends.size();
  for (std::size_t i = 0; i < spec.backends.size(); ++i)
    fragments.grants.push_back({spec.backends[i].workspace_ref.name, grant_fragment(v, i)});
  if (!spec.gateway_ref.name.empty()) fragments.edges.push_back({spec.gateway_ref.name, edge_fragment(v, inputs)});
  const Fragments current = fragments;
  add_former(v, current, fragments);
  return fragments;
}

std::vector<api::Placement> places_of(const Fragments& fragments) {
  std::vector<api::Placement> places;
  for (const auto& [connection, fragment] : fragments.edges) {
    if (fragment.wish != Wish::Present) continue;
    // What an NGINX is reached by is shared, and not its endpoints' own.
    places.push_back({api::PlacementSystem::F5, connection, edge_placement_id(fragment.place),
                      fragment.check ? "" : fragment.address, "", 0});
  }
  for (const auto& [connection, fragment] : fragments.clients) {
    if (fragment.wish != Wish::Present) continue;
    places.push_back({api::PlacementSystem::OIDC, connection, client_placement_id(fragment.owner.uid), "", "", 0});
  }
  for (const auto& [connection, fragment] : fragments.grants) {
    if (fragment.wish != Wish::Present) continue;
    places.push_back(
        {api::PlacementSystem::Databricks, connection, grant_placement_id(fragment.serving_endpoint), "", "", 0});
  }
  return places;
}

}  // namespace sallyport::protected_endpoint
