// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/authorizer/policy.hpp"

#include <algorithm>

namespace sallyport::authorizer {
namespace {

using publication::PrincipalType;
using publication::UpstreamType;

token::Profile profile_of(publication::Profile profile) {
  switch (profile) {
    case publication::Profile::RFC9068:
      return token::Profile::RFC9068;
    case publication::Profile::Keycloak:
      return token::Profile::Keycloak;
    case publication::Profile::Okta:
      return token::Profile::Okta;
    case publication::Profile::Entra:
      return token::Profile::Entra;
    case publication::Profile::Hydra:
      return token::Profile::Hydra;
  }
  return token::Profile::RFC9068;
}

std::chrono::seconds whole_seconds(std::chrono::milliseconds duration) {
  return std::chrono::ceil<std::chrono::seconds>(duration);
}

Result<token::Demand> make_demand(const publication::TokenCheck& check) {
  token::Demand demand;
  demand.issuer = check.issuer.issuer;
  demand.profile = profile_of(check.profile);
  demand.algorithms.clear();
  for (const std::string& name : check.algorithms) {
    const auto algorithm = token::algorithm_named(name);
    if (!algorithm) return Error{Code::InvalidSpec, "is not an algorithm", "endpoint.token.algorithms", {}};
    demand.algorithms.push_back(*algorithm);
  }
  demand.audience = check.audience;
  demand.clock_skew = whole_seconds(check.clock_skew);
  demand.max_lifetime = whole_seconds(check.max_lifetime);
  demand.scopes = check.scopes;
  demand.groups = check.groups;
  demand.clients = check.clients;
  demand.actors = check.actors;
  return demand;
}

bool names(const LiveGrant& grant, const token::Claims& claims) {
  switch (grant.type) {
    case PrincipalType::User:
      return grant.principal == claims.subject;
    case PrincipalType::Group:
      return std::ranges::find(claims.groups, grant.principal) != claims.groups.end();
    case PrincipalType::ServicePrincipal:
      return grant.principal == claims.client || grant.principal == claims.subject;
  }
  return false;
}

}  // namespace

const Exchange* Policy::exchange_of(std::string_view backend) const {
  for (const auto* list : {&exchanges, &former_exchanges}) {
    const auto found = std::ranges::find(*list, backend, &Exchange::backend);
    if (found != list->end()) return &*found;
  }
  return nullptr;
}

Result<Policy> make_policy(const publication::Endpoint& endpoint, std::string document, const Policy* former) {
  Policy policy;
  policy.id = endpoint.id;
  policy.uid = endpoint.uid;
  policy.owner = endpoint.owner;
  policy.generation = endpoint.generation;
  policy.document = std::move(document);
  policy.demand = TRY(make_demand(endpoint.token));
  policy.issuer = endpoint.token.issuer;
  for (const publication::Grant& grant : endpoint.grants) {
    LiveGrant live{grant.principal_type, grant.principal};
    if (grant.until) live.until = TRY(parse_rfc3339(*grant.until));
    policy.grants.push_back(std::move(live));
  }
  policy.upstream = endpoint.upstream;
  for (const publication::Backend& backend : endpoint.backends) {
    policy.exchanges.push_back({backend.name, backend.token_endpoint, backend.trust, backend.authorization_details});
  }
  if (former != nullptr && former->uid == policy.uid) policy.former_exchanges = former->exchanges;
  policy.rate_limit = endpoint.traffic.rate_limit;
  policy.cache_window = endpoint.cache_window;
  policy.log_passes = endpoint.log_passes;
  const std::string port = endpoint.port == 443 ? "" : ":" + std::to_string(endpoint.port);
  policy.metadata_url = "https://" + endpoint.host + port + "/.well-known/oauth-protected-resource" + endpoint.path;
  return policy;
}

GrantVerdict judge_grants(const Policy& policy, const token::Claims& claims, SystemTime now) {
  bool named = false;
  SystemTime last = SystemTime::min();
  for (const LiveGrant& grant : policy.grants) {
    if (!names(grant, claims)) continue;
    named = true;
    last = std::max(last, grant.until);
  }
  if (named && last <= now) return {Reason::GrantEnded, "the grant ended at " + to_rfc3339(last), {}};
  if (named) return {{}, {}, last};
  if (policy.upstream.type == UpstreamType::ServicePrincipal) {
    return {Reason::NotGranted, "no grant names the caller", {}};
  }
  return {};
}

}  // namespace sallyport::authorizer
