// SPDX-License-Identifier: Apache-2.0
// The token check: everything between the bytes of a bearer token and the identity that they prove.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "operator/base/clock.hpp"
#include "reconcilers/token/algorithm.hpp"
#include "reconcilers/token/claims.hpp"
#include "reconcilers/token/key_set.hpp"
#include "reconcilers/token/profile.hpp"
#include "reconcilers/token/refusal.hpp"

namespace sallyport::token {

/// What one endpoint demands of a token. All texts are compared byte by byte, words as whole words.
struct Demand {
  std::string issuer;
  Profile profile = Profile::RFC9068;
  std::vector<Algorithm> algorithms{Algorithm::RS256, Algorithm::ES256};
  std::string audience;  ///< has to be among the token's; an empty one is never
  std::chrono::seconds clock_skew{30};
  std::chrono::seconds max_lifetime{3600};  ///< between `iat` and `exp`; what is usual stands in the profile
  std::vector<std::string> scopes;          ///< each of them
  std::vector<std::string> groups;          ///< each of them
  std::vector<std::string> clients;         ///< one of them; empty: any
  std::vector<std::string> actors;          ///< who may act for somebody else; a delegated token of others is refused
};

/// The first thing that is wrong, in this order: form, algorithm, key, signature, kind, issuer, audience, time, sender
/// constraint; then, of a valid token, client, actors, scopes, groups. A refusal of a token whose claims were read
/// names its caller. `keys` are those of `demand.issuer`. No I/O.
[[nodiscard]] Checked<Claims> validate(std::string_view token, const KeySet& keys, const Demand& demand,
                                       SystemTime now);

}  // namespace sallyport::token
