// SPDX-License-Identifier: Apache-2.0
// Token federation (reference section 5.4): which foreign JWT may become whose token. The signature is really checked,
// against the keys that the policy carries: a simulator that took any JWT would prove nothing.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "e2e/simulators/json.hpp"
#include "operator/base/clock.hpp"

namespace sallyport::simulators::databricks {

/// `service_principal` empty: an account policy, which carries no subject.
struct FederationPolicy {
  std::string id;
  std::string service_principal;  ///< application id
  std::string issuer;
  std::vector<std::string> audiences;  ///< one match suffices
  std::string subject;
  std::string subject_claim = "sub";
  Json jwks;                ///< JWK set; a policy without one cannot be used here: nothing is fetched
  SteadyTime works_from{};  ///< new policies take a while
};

/// {"id","service_principal","issuer","audiences","subject","subject_claim","jwks_json"} (the last as text or object).
[[nodiscard]] Result<FederationPolicy> read_policy(const Json& json);

/// What a JWT proved: the subject that a policy accepted, and how long it may be believed.
struct Proven {
  std::string service_principal;  ///< of the policy; empty for an account policy
  std::string subject;
  SystemTime expires;
};

/// Why an exchange is refused, in OAuth's words.
struct Refused {
  int status = 400;
  std::string error;
  std::string description;
};

/// The moment of an exchange on both clocks.
struct Moment {
  SteadyTime steady;
  SystemTime now;
};

/// `client_id` empty: account policies are tried, as Databricks does when the form has none.
[[nodiscard]] std::expected<Proven, Refused> prove(const std::vector<FederationPolicy>& policies,
                                                   const std::string& client_id, const std::string& jwt,
                                                   const Moment& at);

}  // namespace sallyport::simulators::databricks
