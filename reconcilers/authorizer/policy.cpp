// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/authorizer/policy.hpp"

#include <algorithm>

namespace sallyport::authorizer {
namespace {

using publication::PrincipalType;
using publication::UpstreamType;

/// Of documents before the present one.
constexpr std::size_t kMostFormer = 16;

std::chrono::seconds whole_seconds(std::chrono::milliseconds duration) {
  return std::chrono::ceil<std::chrono::seconds>(duration);
}

Result<token::Demand> make_demand(const publication::TokenCheck& check) {
  token::Demand demand;
  demand.issuer = check.issuer.issuer;
  demand.profile = check.profile;
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
      return !claims.by_client && grant.principal == claims.subject;
    case PrincipalType::Group:
      return std::ranges::find(claims.groups, grant.principal) != claims.groups.end();
    case PrincipalType::ServicePrincipal:
      return claims.by_client && (grant.principal == claims.client || grant.principal == claims.subject);
  }
  return false;
}

}  // namespace

const Exchange* Policy::exchange_of(std::string_view backend_key) const {
  const auto found = std::ranges::find(exchanges, backend_key, &Exchange::key);
  return found == exchanges.end() ? nullptr : &*found;
}

Result<Policy> make_policy(const publication::Endpoint& endpoint, std::string document, const Policy* former) {
  Policy policy;
  policy.id = endpoint.id;
  policy.uid = endpoint.uid;
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
    policy.exchanges.push_back(
        {publication::key_of(backend), backend.token_endpoint, backend.trust, backend.authorization_details});
  }
  if (former != nullptr && former->uid == policy.uid) {
    const std::size_t most = policy.exchanges.size() + kMostFormer;
    for (const Exchange& exchange : former->exchanges) {
      if (policy.exchanges.size() < most && policy.exchange_of(exchange.key) == nullptr) {
        policy.exchanges.push_back(exchange);
      }
    }
  }
  policy.rate_limit = endpoint.traffic.rate_limit;
  policy.cache_window = endpoint.cache_window;
  policy.metadata_url = publication::metadata_url_of(endpoint);
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
