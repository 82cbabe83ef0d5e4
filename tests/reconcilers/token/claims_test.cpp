// SPDX-License-Identifier: Apache-2.0
// Payloads as the issuers write them: Keycloak's and Hydra's as measured, Okta's and Entra's as documented.
#include "reconcilers/token/claims.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace sallyport::token {
namespace {

using nlohmann::json;
using Texts = std::vector<std::string>;

json common() {
  return {
      {"iss", "https://login.example.com"}, {"aud", "ml"}, {"sub", "alice"}, {"iat", 1700000000}, {"exp", 1700000300}};
}

json with(json payload, const json& more) {
  payload.update(more);
  return payload;
}

std::string refusal_of(const json& payload, std::string_view type, Profile profile) {
  const auto claims = read_claims(payload.dump(), type, profile);
  return claims ? "" : std::string(to_string(claims.error().reason)) + ": " + claims.error().detail;
}

TEST(Claims, OfKeycloakSayBearerBecauseTheHeaderDoesNotTell) {
  const json token =
      with(common(), {{"typ", "Bearer"}, {"azp", "app"}, {"jti", "1"}, {"scope", "profile fraud:score"}});
  const auto claims = read_claims(token.dump(), "jwt", Profile::Keycloak);
  ASSERT_TRUE(claims) << claims.error().detail;
  EXPECT_EQ(claims->client, "app");
  EXPECT_EQ(claims->scopes, (Texts{"profile", "fraud:score"}));
  EXPECT_EQ(refusal_of(with(token, {{"typ", "ID"}}), "jwt", Profile::Keycloak),
            "type_wrong: claim 'typ' is not 'Bearer'");
  EXPECT_EQ(refusal_of(with(token, {{"typ", "Refresh"}}), "jwt", Profile::Keycloak),
            "type_wrong: claim 'typ' is not 'Bearer'");
  EXPECT_EQ(refusal_of(token, "id+jwt", Profile::Keycloak),
            "type_wrong: header 'typ' is 'id+jwt'; profile Keycloak has 'jwt'");
}

TEST(Claims, OfOktaHaveScopesInAListAndNeedNoType) {
  const json token = with(common(), {{"ver", 1}, {"jti", "AT.1"}, {"cid", "0oa1"}, {"scp", {"fraud:score", "openid"}}});
  for (const char* type : {"", "jwt"}) {
    const auto claims = read_claims(token.dump(), type, Profile::Okta);
    ASSERT_TRUE(claims) << claims.error().detail;
    EXPECT_EQ(claims->client, "0oa1");
    EXPECT_EQ(claims->scopes, (Texts{"fraud:score", "openid"}));
  }
  EXPECT_EQ(refusal_of(with(token, {{"nonce", "n"}}), "", Profile::Okta),
            "type_wrong: claim 'nonce' is not one of an access token");
  EXPECT_EQ(refusal_of(with(token, {{"events", json::object()}}), "jwt", Profile::Okta),
            "type_wrong: claim 'events' is not one of an access token");
}

TEST(Claims, OfEntraHavePermissionsOfApplicationsInRoles) {
  const json person = with(common(), {{"ver", "2.0"}, {"azp", "11111111-2222"}, {"scp", "Fraud.Score User.Read"}});
  const auto claims = read_claims(person.dump(), "jwt", Profile::Entra);
  ASSERT_TRUE(claims) << claims.error().detail;
  EXPECT_EQ(claims->client, "11111111-2222");
  EXPECT_EQ(claims->scopes, (Texts{"Fraud.Score", "User.Read"}));
  const json application = with(common(), {{"ver", "1.0"}, {"appid", "33333333-4444"}, {"roles", {"Fraud.Score"}}});
  EXPECT_EQ(read_claims(application.dump(), "jwt", Profile::Entra)->client, "33333333-4444");
  EXPECT_EQ(read_claims(application.dump(), "jwt", Profile::Entra)->scopes, Texts{"Fraud.Score"});
  EXPECT_EQ(read_claims(with(person, {{"roles", {"Fraud.Admin"}}}).dump(), "jwt", Profile::Entra)->scopes,
            (Texts{"Fraud.Score", "User.Read"}))
      << "a person's roles are not what the client may do";
  EXPECT_EQ(refusal_of(common(), "jwt", Profile::Entra), "claim_missing: claim 'azp' is missing");
}

TEST(Claims, OfHydraMayHaveScopesTwiceAndTheListCounts) {
  const json token =
      with(common(), {{"client_id", "app"}, {"jti", "1"}, {"scp", {"a"}}, {"scope", "a b"}, {"aud", json::array()}});
  const auto claims = read_claims(token.dump(), "jwt", Profile::Hydra);
  ASSERT_TRUE(claims) << claims.error().detail;
  EXPECT_EQ(claims->scopes, Texts{"a"});
  EXPECT_TRUE(claims->audiences.empty());
}

TEST(Claims, KeepTheChainOfActorsFromTheOneWhoActsNow) {
  const json token =
      with(common(), {{"client_id", "app"}, {"jti", "1"}, {"act", {{"sub", "now"}, {"act", {{"sub", "before"}}}}}});
  EXPECT_EQ(read_claims(token.dump(), "at+jwt", Profile::RFC9068)->actors, (Texts{"now", "before"}));
}

TEST(Claims, KeepAFractionOfASecond) {
  const json token = with(common(), {{"client_id", "app"}, {"jti", "1"}, {"exp", 1700000300.25}});
  const auto claims = read_claims(token.dump(), "at+jwt", Profile::RFC9068);
  ASSERT_TRUE(claims);
  EXPECT_EQ(claims->expires - claims->issued, std::chrono::milliseconds(300250));
}

TEST(Claims, TellAClientsOwnTokenFromOneOfAPerson) {
  const auto by_client = [](const json& payload, std::string_view type, Profile profile) {
    const auto claims = read_claims(payload.dump(), type, profile);
    EXPECT_TRUE(claims) << claims.error().detail;
    return claims && claims->by_client;
  };
  const json rfc = with(common(), {{"client_id", "app"}, {"jti", "1"}});
  EXPECT_FALSE(by_client(rfc, "at+jwt", Profile::RFC9068));
  EXPECT_TRUE(by_client(with(rfc, {{"sub", "app"}}), "at+jwt", Profile::RFC9068));
  const json keycloak =
      with(common(), {{"typ", "Bearer"}, {"azp", "App"}, {"jti", "1"}, {"preferred_username", "alice"}});
  EXPECT_FALSE(by_client(keycloak, "jwt", Profile::Keycloak));
  EXPECT_TRUE(by_client(with(keycloak, {{"preferred_username", "service-account-app"}}), "jwt", Profile::Keycloak));
  EXPECT_FALSE(by_client(with(keycloak, {{"preferred_username", "service-account-other"}}), "jwt", Profile::Keycloak));
}

}  // namespace
}  // namespace sallyport::token
