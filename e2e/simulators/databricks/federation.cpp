// SPDX-License-Identifier: Apache-2.0
#include "e2e/simulators/databricks/federation.hpp"

#include <algorithm>
#include <optional>

#include "e2e/simulators/databricks/jws.hpp"
#include "operator/base/text.hpp"

namespace sallyport::simulators::databricks {

namespace {

constexpr std::string_view kNoPolicy = "Ensure a valid federation policy has been configured";

Error bad(std::string_view member) {
  return {Code::InvalidSpec, "missing or of the wrong type", "federation_policies." + std::string(member), {}};
}

std::vector<std::string> audiences_of(const Json& claim) {
  if (claim.is_string()) return {claim.get<std::string>()};
  std::vector<std::string> out;
  if (claim.is_array())
    for (const auto& one : claim)
      if (one.is_string()) out.push_back(one.get<std::string>());
  return out;
}

bool share_one(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  return std::find_first_of(a.begin(), a.end(), b.begin(), b.end()) != a.end();
}

Refused no_policy() {
  return {401, "TOKEN_INVALID", std::string(kNoPolicy)};
}

/// Policies of this client, or the account's when there is none, that speak of this issuer and already work.
std::vector<const FederationPolicy*> candidates(const std::vector<FederationPolicy>& policies,
                                                const std::string& client_id, const Json& claims, SteadyTime now) {
  std::vector<const FederationPolicy*> out;
  for (const auto& policy : policies)
    if (to_lower(policy.service_principal) == to_lower(client_id) && policy.issuer == text_of(claims, "iss") &&
        now >= policy.works_from)
      out.push_back(&policy);
  return out;
}

}  // namespace

Result<FederationPolicy> read_policy(const Json& json) {
  if (!json.is_object()) return bad("");
  FederationPolicy policy;
  for (const auto& [name, value] : json.items()) {
    if (name == "audiences" && value.is_array()) {
      policy.audiences = audiences_of(value);
    } else if (name == "jwks_json") {
      policy.jwks = value.is_string() ? TRY(parse_json(value.get<std::string>())) : value;
    } else if (!value.is_string()) {
      return bad(name);
    } else if (name == "id") {
      policy.id = value;
    } else if (name == "service_principal") {
      policy.service_principal = value;
    } else if (name == "issuer") {
      policy.issuer = value;
    } else if (name == "subject") {
      policy.subject = value;
    } else if (name == "subject_claim") {
      policy.subject_claim = value;
    } else {
      return bad(name);
    }
  }
  if (policy.issuer.empty()) return bad("issuer");
  // Required for a service principal's policy, forbidden for an account's.
  if (policy.subject.empty() != policy.service_principal.empty()) return bad("subject");
  return policy;
}

std::expected<Proven, Refused> prove(const std::vector<FederationPolicy>& policies, const std::string& client_id,
                                     const std::string& jwt, const Moment& at) {
  const auto parsed = parse_jws(jwt);
  if (!parsed) return std::unexpected(Refused{400, "invalid_request", "subject_token is not a JWT"});
  const Json& claims = parsed->claims;
  const auto usable = candidates(policies, client_id, claims, at.steady);
  if (usable.empty()) return std::unexpected(no_policy());
  std::optional<Refused> reason;
  for (const FederationPolicy* policy : usable) {
    if (!share_one(policy->audiences, audiences_of(member(claims, "aud")))) {
      reason = Refused{400, "invalid_grant", "Invalid audience in the subject token"};
      continue;
    }
    const std::string subject = text_of(claims, policy->subject_claim);
    if (subject.empty() || (!policy->subject.empty() && subject != policy->subject)) continue;
    if (!verify_jws(*parsed, policy->jwks)) {
      reason = Refused{400, "invalid_grant", "The signature of the subject token cannot be verified"};
      continue;
    }
    const Json& exp = member(claims, "exp");
    const auto expires = SystemTime(std::chrono::seconds(exp.is_number() ? exp.get<std::int64_t>() : 0));
    if (expires <= at.now) return std::unexpected(Refused{400, "invalid_grant", "The subject token has expired"});
    return Proven{policy->service_principal, subject, expires};
  }
  return std::unexpected(reason ? *reason : no_policy());
}

}  // namespace sallyport::simulators::databricks
