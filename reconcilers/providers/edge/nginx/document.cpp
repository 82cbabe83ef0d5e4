// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/edge/nginx/document.hpp"

#include <algorithm>
#include <array>

namespace sallyport::edge::nginx {
namespace {

/// Stands for names of objects that are not known yet, where only the rest is looked at.
const std::string kAnyObject(64, '0');

token::Profile profile_of(const std::string& name) {
  using enum token::Profile;
  static constexpr std::array kProfiles{RFC9068, Keycloak, Okta, Entra, Hydra};
  const auto found = std::ranges::find_if(kProfiles, [&](token::Profile one) { return to_string(one) == name; });
  return found == kProfiles.end() ? RFC9068 : *found;
}

publication::PrincipalType principal_type_of(const std::string& name) {
  if (name == "Group") return publication::PrincipalType::Group;
  if (name == "ServicePrincipal") return publication::PrincipalType::ServicePrincipal;
  return publication::PrincipalType::User;
}

publication::TokenCheck check_of(const ir::TokenCheck& check, const ObjectNames& objects) {
  publication::TokenCheck token;
  token.issuer.issuer = check.issuer.issuer;
  token.issuer.jwks_uri = check.issuer.jwks_uri;
  token.issuer.trust = objects.issuer_trust;
  token.issuer.refresh = check.issuer.refresh;
  token.issuer.cool_down = check.issuer.cool_down;
  token.issuer.stale_after = check.issuer.stale_after;
  token.profile = profile_of(check.profile);
  token.algorithms = check.algorithms;
  token.audience = check.audience;
  token.clock_skew = check.clock_skew;
  token.max_lifetime = check.max_lifetime;
  token.scopes = check.scopes;
  token.groups = check.groups;
  return token;
}

publication::Backend backend_of(const ir::Backend& wanted, const std::string& trust) {
  publication::Backend backend;
  backend.name = wanted.name;
  backend.host = wanted.host.host;
  backend.port = wanted.host.port;
  backend.path = wanted.path;
  backend.weight = wanted.weight;
  backend.priority = wanted.priority;
  backend.trust = trust;
  backend.token_endpoint = wanted.token_endpoint;
  backend.authorization_details = wanted.authorization_details;
  return backend;
}

publication::Traffic traffic_of(const ir::EdgeFragment& fragment, const ir::TokenCheck& check) {
  publication::Traffic traffic;
  traffic.connect_timeout = fragment.connect_timeout;
  traffic.response_timeout = fragment.response_timeout;
  traffic.idle_timeout = fragment.idle_timeout;
  traffic.max_concurrent = fragment.max_concurrent;
  traffic.allowed_networks = fragment.allowed_networks;
  if (check.rate_limit) traffic.rate_limit = {check.rate_limit->requests_per_second, check.rate_limit->burst};
  return traffic;
}

/// The field of the custom resource behind one of the document's.
std::string field_behind(std::string_view path) {
  struct Row {
    std::string_view of_document, of_resource;
  };
  static constexpr auto kRows = std::to_array<Row>({
      {"endpoint.id", "metadata.name"},
      {"endpoint.owner", "metadata.name"},
      {"endpoint.host", "spec.host"},
      {"endpoint.path", "spec.backends[0].serving.endpoint"},
      {"endpoint.certificate", "spec.tls.secretName"},
      {"endpoint.backends", "spec.backends"},
      {"endpoint.token.audience", "spec.identity.audience"},
      {"endpoint.token.scopes", "spec.identity.requiredScopes"},
      {"endpoint.token.groups", "spec.identity.requiredGroups"},
      {"endpoint.token", "spec.identity.providerRef"},
      {"endpoint.grants", "spec.access.grants"},
      {"endpoint.cacheWindow", "spec.identity.cacheWindow"},
      {"endpoint.traffic.allowedNetworks", "spec.security.allowedNetworks"},
      {"endpoint.traffic", "spec.traffic"},
  });
  for (const Row& row : kRows)
    if (path.starts_with(row.of_document)) return std::string(row.of_resource);
  return "spec";
}

}  // namespace

publication::Endpoint document(const ir::EdgeFragment& fragment, const ObjectNames& objects) {
  const ir::TokenCheck check = fragment.check.value_or(ir::TokenCheck{});
  publication::Endpoint endpoint;
  endpoint.id = fragment.place.application;
  endpoint.owner = fragment.owner.text();
  endpoint.uid = fragment.owner.uid.str();
  endpoint.generation = fragment.owner.generation;
  endpoint.tenant = fragment.place.tenant;
  endpoint.revision = fragment.hash();
  endpoint.host = fragment.host;
  endpoint.port = fragment.port;
  if (!fragment.allowed_paths.empty()) endpoint.path = fragment.allowed_paths.front();
  endpoint.certificate = objects.certificate;
  for (std::size_t i = 0; i < check.backends.size(); ++i) {
    const bool has_trust = i < objects.upstream_trust.size();
    endpoint.backends.push_back(backend_of(check.backends[i], has_trust ? objects.upstream_trust[i] : std::string()));
  }
  endpoint.token = check_of(check, objects);
  if (check.principal) endpoint.upstream = {publication::UpstreamType::ServicePrincipal, {}, objects.credentials};
  for (const ir::Admission& one : check.admitted) {
    publication::Grant grant{principal_type_of(one.principal_type), one.principal};
    if (!one.until.empty()) grant.until = one.until;
    endpoint.grants.push_back(std::move(grant));
  }
  endpoint.traffic = traffic_of(fragment, check);
  endpoint.cache_window = check.cache_window;
  endpoint.log_passes = check.log_passes;
  return endpoint;
}

std::optional<Error> refuse(const ir::EdgeFragment& fragment) {
  if (!fragment.check) {  // I1
    return Error{
        Code::InvalidSpec, "is needed: without a token check nothing is opened", "spec.identity.enforcement", {}};
  }
  if (fragment.check->audience.empty()) {
    return Error{
        Code::InvalidSpec,
        "is needed, here or as spec.tokens.audience of the identity provider: a token for anybody is for nobody",
        "spec.identity.audience",
        {}};
  }
  const publication::Endpoint whole = document(fragment, {kAnyObject, {}, {}, kAnyObject});
  const auto read = publication::read_endpoint(publication::write_endpoint(whole));
  if (read) return std::nullopt;
  Error error = read.error();
  error.where = field_behind(error.where.empty() ? error.message : error.where);
  return error;
}

}  // namespace sallyport::edge::nginx
