// SPDX-License-Identifier: Apache-2.0
// Issuers write access tokens differently, and only the first of these profiles is a standard. What each one's tokens
// look like; a row of the table is all there is to a profile.
#pragma once

#include <chrono>
#include <span>
#include <string_view>

namespace sallyport::token {

enum class Profile { RFC9068, Keycloak, Okta, Entra, Hydra };

struct ProfileRow {
  Profile profile;
  std::string_view name;
  std::span<const std::string_view> header_types;  ///< `typ` without `application/`; an empty one: may be absent
  std::string_view type_claim;                     ///< what the claim `typ` has to say; empty: nothing
  std::span<const std::string_view> client;        ///< the claim with the client's id, the first that is there
  std::span<const std::string_view> scopes;        ///< the claim with scopes, the first that is there
  std::span<const std::string_view> required;      ///< claims without which a token is none; besides iss, aud, exp, iat
  std::chrono::seconds usual_lifetime;             ///< the longest that its tokens have unless somebody changes it
};

[[nodiscard]] const ProfileRow& row(Profile profile);
[[nodiscard]] inline std::string_view to_string(Profile profile) {
  return row(profile).name;
}

}  // namespace sallyport::token
