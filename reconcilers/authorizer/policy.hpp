// SPDX-License-Identifier: Apache-2.0
// One endpoint's document, made ready to judge by.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "operator/base/clock.hpp"
#include "operator/base/result.hpp"
#include "reconcilers/authorizer/reason.hpp"
#include "reconcilers/publication/endpoint.hpp"
#include "reconcilers/token/validate.hpp"

namespace sallyport::authorizer {

struct LiveGrant {
  publication::PrincipalType type;
  std::string principal;
  SystemTime until = SystemTime::max();
};

/// Where a caller's token becomes one of the workspace.
struct Exchange {
  std::string key;             ///< of the backend (publication::key_of)
  std::string token_endpoint;  ///< URL
  std::string trust;           ///< object; empty: the system's
  std::string authorization_details;
  friend bool operator==(const Exchange&, const Exchange&) = default;
};

/// Immutable; shared by the snapshots in which its document stands.
struct Policy {
  std::string id, uid;
  std::int64_t generation = 0;
  std::string document;  ///< SHA-256 of the document: what is remembered by it is forgotten with it
  token::Demand demand;
  publication::Issuer issuer;
  std::vector<LiveGrant> grants;
  publication::Upstream upstream;
  /// One per backend, and those of documents before: nginx asks for them until it has read its new file, or as long as
  /// it keeps an old one. They say where tokens are made, and never who gets one.
  std::vector<Exchange> exchanges;
  std::optional<publication::RateLimit> rate_limit;
  std::chrono::milliseconds cache_window{};
  std::string metadata_url;  ///< RFC 9728: what is said of the resource, for clients that are refused

  [[nodiscard]] const Exchange* exchange_of(std::string_view backend_key) const;
};

/// InvalidSpec for a document that no policy can be made of. `former`: what is in force, or null.
[[nodiscard]] Result<Policy> make_policy(const publication::Endpoint& endpoint, std::string document,
                                         const Policy* former = nullptr);

/// What the grants say of a caller whose token is valid. A ServicePrincipal upstream asks for a live one; TokenExchange
/// leaves people whom no grant names to Databricks, and refuses those whose every grant has ended.
struct GrantVerdict {
  std::optional<Reason> refused;
  std::string detail;                          ///< for a person
  SystemTime holds_until = SystemTime::max();  ///< of one that is let in: when the last of its grants ends
};
[[nodiscard]] GrantVerdict judge_grants(const Policy& policy, const token::Claims& claims, SystemTime now);

}  // namespace sallyport::authorizer
