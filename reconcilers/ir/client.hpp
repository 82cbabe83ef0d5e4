// SPDX-License-Identifier: Apache-2.0
// An OIDC client registration, in our own words.
#pragma once

#include <string>
#include <vector>

#include "reconcilers/ir/owner.hpp"
#include "reconcilers/ir/verdict.hpp"

namespace sallyport::ir {

struct ClientFragment {
  Wish wish = Wish::Present;
  Owner owner;
  std::string client_name;               ///< for people at the provider: "sallyport <instance> risk/fraud-scoring"
  std::vector<std::string> grant_types;  ///< "client_credentials"; sorted
  std::vector<std::string> scopes;       ///< sorted
  std::string audience;                  ///< what the tokens are for; empty: the provider's default
  std::string adopt;                     ///< a client id to take over, from the adoption annotation; empty: none
  /// The client that the owner's status says it has at this provider; empty: none, or not sure. Where there is no
  /// record of it, it is told and counted as abandoned, beside what the status told and counted before. Not part of
  /// the hash.
  std::string known_id;
  std::vector<std::string> known_abandoned;  ///< only with known_id
  int known_lost = 0;                        ///< the same; those that were abandoned included
  std::string consumer_secret;               ///< Secret in the owner's namespace that receives the credentials

  [[nodiscard]] std::string hash() const;  ///< over what reaches the provider
};

/// How to reach an identity provider, from IdentityProvider's spec.
struct IdpConnection {
  std::string name;
  std::string issuer;  ///< exact, code point by code point
  std::string type;    ///< "DynamicRegistration" | "Keycloak"
  SecretHandle
      credentials;  ///< DynamicRegistration: initial_access_token (optional); Keycloak: client_id, client_secret
  std::string registration_endpoint;  ///< empty: as discovery says
  std::string ca_bundle;
  InstanceId instance;
  friend bool operator==(const IdpConnection&, const IdpConnection&) = default;
};

/// What the registration record of one owner's client at one provider is kept under: after a move there may be two.
[[nodiscard]] Uid registration_key(const Uid& owner, const std::string& connection);

/// Facts a client verdict carries: client_id, issuer, token_url, audience, orphans (a count, those that were abandoned
/// included, when not 0), abandoned (ids, one a line), registration_uri_origin. The secret stays in the vault; the
/// consumer's Secret is derived from it.

}  // namespace sallyport::ir
