// SPDX-License-Identifier: Apache-2.0
// What a token says, in one form for all profiles.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "operator/base/clock.hpp"
#include "reconcilers/token/profile.hpp"
#include "reconcilers/token/refusal.hpp"

namespace sallyport::token {

struct Claims {
  std::string issuer, subject, client;
  std::vector<std::string> audiences, scopes;
  std::vector<std::string> groups;  ///< empty unless the claim is a list of texts
  std::vector<std::string> actors;  ///< subjects of the `act` chain (RFC 8693 section 4.1), who acts now first
  SystemTime expires, issued;
  std::optional<SystemTime> not_before;
  bool sender_constrained = false;  ///< has `cnf`
  bool by_client = false;           ///< given to the client itself (client_credentials): no person stands behind it
};

/// Reads the payload of a token whose header said `type`. Refuses what is no access token by the profile (TypeWrong),
/// and claims that are missing or of another shape. Believes nothing: who issued it for whom and when is for
/// `validate`.
[[nodiscard]] Checked<Claims> read_claims(std::string_view payload, std::string_view type, Profile profile);

}  // namespace sallyport::token
