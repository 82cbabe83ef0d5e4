// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/token/profile.hpp"

#include <array>
#include <cstddef>

#include "operator/base/enum_rows.hpp"

namespace sallyport::token {
namespace {

using Names = std::string_view;

constexpr std::array<Names, 1> kAccessToken{"at+jwt"};
constexpr std::array<Names, 1> kJwt{"jwt"};
constexpr std::array<Names, 2> kJwtOrAccessToken{"jwt", "at+jwt"};
constexpr std::array<Names, 2> kJwtOrNone{"jwt", ""};
constexpr std::array<Names, 1> kClientId{"client_id"};
constexpr std::array<Names, 1> kAzp{"azp"};
constexpr std::array<Names, 1> kCid{"cid"};
constexpr std::array<Names, 2> kAzpOrAppid{"azp", "appid"};
constexpr std::array<Names, 1> kScope{"scope"};
constexpr std::array<Names, 1> kScp{"scp"};
constexpr std::array<Names, 2> kScpOrRoles{"scp", "roles"};
constexpr std::array<Names, 2> kScpOrScope{"scp", "scope"};
constexpr std::array<Names, 2> kSubjectAndId{"sub", "jti"};
constexpr std::array<Names, 1> kSubject{"sub"};

constexpr std::chrono::hours kHour{1};

// RFC 9068 sections 2.1 and 2.2. Keycloak 26.7, Hydra 2.3: measured; a Keycloak client may be set to the header of RFC
// 9068. Okta, Entra v1 and v2: their documentation. At Entra an application's permissions are in `roles`; a person's
// are in `scp`, and the roles beside it are the person's, not what the client may do. Its tokens have `uti` in place of
// `jti`, and live for 60 to 90 minutes, drawn by lot, and some longer.
constexpr std::array kRows{
    ProfileRow{Profile::RFC9068, "RFC9068", kAccessToken, "", kClientId, kScope, kSubjectAndId, kHour},
    ProfileRow{Profile::Keycloak, "Keycloak", kJwtOrAccessToken, "Bearer", kAzp, kScope, kSubjectAndId, kHour},
    ProfileRow{Profile::Okta, "Okta", kJwtOrNone, "", kCid, kScp, kSubjectAndId, kHour},
    ProfileRow{Profile::Entra, "Entra", kJwt, "", kAzpOrAppid, kScpOrRoles, kSubject, std::chrono::minutes(95)},
    ProfileRow{Profile::Hydra, "Hydra", kJwt, "", kClientId, kScpOrScope, kSubjectAndId, kHour},
};

static_assert(is_in_order(kRows, &ProfileRow::profile, Profile::Hydra),
              "every profile has its row, in the order of the enum");

}  // namespace

const ProfileRow& row(Profile profile) {
  return kRows.at(static_cast<std::size_t>(profile));
}

}  // namespace sallyport::token
