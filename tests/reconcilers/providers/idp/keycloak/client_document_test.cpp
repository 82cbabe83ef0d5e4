// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/idp/keycloak/client_document.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace sallyport::idp::keycloak {
namespace {

using Json = nlohmann::json;

Wanted wanted() {
  return {"row",      "sallyport-x", Secret("own-secret"), "name",    "for people",
          "abcd1234", "uid-1",       "https://ml",         {"a", "b"}};
}

/// What Keycloak answers when all is as wanted.
Json as_wanted() {
  Json json = Json::parse(create_body(wanted()));
  json["protocolMappers"][0]["id"] = "m1";
  return json;
}

Gap gap_with(const Json& changes, const std::set<std::string>* removable = nullptr) {
  Json json = as_wanted();
  json.merge_patch(changes);
  return *compare(wanted(), *read_client(json.dump(), "w"), removable);
}

TEST(KeycloakClient, IsNeverMadePublicAndHasNoFlowButItsOwn) {
  const Json body = Json::parse(create_body(wanted()));

  EXPECT_EQ(body["publicClient"], false);
  EXPECT_EQ(body["serviceAccountsEnabled"], true);
  for (const char* off :
       {"standardFlowEnabled", "implicitFlowEnabled", "directAccessGrantsEnabled", "fullScopeAllowed"}) {
    EXPECT_EQ(body[off], false) << off;
  }
  EXPECT_EQ(body["secret"], "own-secret");
  EXPECT_EQ(body["attributes"]["sallyport-instance"], "abcd1234");
  EXPECT_EQ(body["attributes"]["sallyport-uid"], "uid-1");
}

TEST(KeycloakClient, IsMadeWithAllThatItNeeds) {
  const Json body = Json::parse(create_body(wanted()));

  EXPECT_EQ(body["defaultClientScopes"], Json({"basic", "service_account", "a", "b"}));
  EXPECT_EQ(body["protocolMappers"][0]["config"]["included.custom.audience"], "https://ml");
  Wanted plain = wanted();
  plain.audience.clear();
  EXPECT_FALSE(Json::parse(create_body(plain)).contains("protocolMappers"));
}

TEST(KeycloakClient, IsShownToPeopleAsItIsMadeButForItsSecret) {
  Json made = Json::parse(create_body(wanted()));
  made["secret"] = "<secret risk/fraud-client#client_secret>";

  EXPECT_EQ(Json::parse(for_people(wanted(), "risk/fraud-client#client_secret")), made);
}

TEST(KeycloakClient, ChangesNoScopesByUpdating) {
  const Json body = Json::parse(update_body(wanted()));

  EXPECT_FALSE(body.contains("defaultClientScopes"));
  EXPECT_FALSE(body.contains("id"));
}

TEST(KeycloakClient, HasNoGapWhenItIsAsWanted) {
  EXPECT_TRUE(gap_with(Json::object()).empty());
  EXPECT_TRUE(
      gap_with({{"surrogateAuthRequired", false}, {"attributes", {{"realm_client", "false"}}}, {"webOrigins", nullptr}})
          .empty());
}

TEST(KeycloakClient, SeesEveryChangeOfAField) {
  for (const Json& change :
       {Json{{"enabled", false}}, Json{{"publicClient", true}}, Json{{"fullScopeAllowed", true}},
        Json{{"serviceAccountsEnabled", false}}, Json{{"redirectUris", {"https://x"}}}, Json{{"name", "x"}},
        Json{{"clientId", "x"}}, Json{{"secret", "theirs"}}, Json{{"attributes", {{"sallyport-uid", nullptr}}}},
        Json{{"attributes", {{"oauth2.device.authorization.grant.enabled", "true"}}}},
        Json{{"clientAuthenticatorType", "client-jwt"}}}) {
    EXPECT_FALSE(gap_with(change).fields.empty()) << change;
  }
}

TEST(KeycloakClient, NamesASecretsChangeWithoutItsBytes) {
  for (const std::string& words : gap_with({{"secret", "their-secret"}}).words()) {
    EXPECT_EQ(words.find("their-secret"), std::string::npos);
    EXPECT_EQ(words.find("own-secret"), std::string::npos);
  }
}

TEST(KeycloakClient, TakesAHiddenSecretForItsOwn) {
  EXPECT_TRUE(gap_with({{"secret", "**********"}}).empty());
  EXPECT_TRUE(gap_with({{"secret", "${vault.client}"}}).empty());
}

TEST(KeycloakClient, SeesTheMapper) {
  EXPECT_FALSE(gap_with({{"protocolMappers", nullptr}}).mapper.empty());
  Json other = as_wanted()["protocolMappers"];
  other[0]["config"]["included.custom.audience"] = "https://other";
  EXPECT_FALSE(gap_with({{"protocolMappers", other}}).mapper.empty());
  other = as_wanted()["protocolMappers"];
  other[0]["protocolMapper"] = "oidc-hardcoded-claim-mapper";
  EXPECT_FALSE(gap_with({{"protocolMappers", other}}).mapper.empty());
}

TEST(KeycloakClient, HasTheDeclaredScopesAndNoOther) {
  const Gap gap =
      gap_with({{"defaultClientScopes", {"basic", "a", "email"}}, {"optionalClientScopes", {"b", "phone"}}});

  EXPECT_EQ(gap.attach, std::set<std::string>{"b"});
  EXPECT_EQ(gap.detach, (std::set<std::string>{"email", "phone"}));
}

TEST(KeycloakClient, LosesOnlyOurScopesWhenItIsAdopted) {
  const std::set<std::string> ours{"old"};

  const Gap gap = gap_with({{"defaultClientScopes", {"email", "old", "a", "b"}}}, &ours);

  EXPECT_EQ(gap.detach, ours);
}

TEST(KeycloakClient, IsNotReadFromAnythingElse) {
  for (const char* body : {"", "<html>", "[]", "{}", R"({"id":"x"})", R"({"id":5,"clientId":"c"})"}) {
    EXPECT_EQ(read_client(body, "w").error().code, Code::Unavailable) << body;
  }
  EXPECT_EQ(read_clients("{}", "w").error().code, Code::Unavailable);
}

TEST(KeycloakClient, HashesEverythingButTheSecret) {
  Wanted other = wanted();
  other.secret = Secret("another");
  EXPECT_EQ(hash_of(other), hash_of(wanted()));
  other.audience = "x";
  EXPECT_NE(hash_of(other), hash_of(wanted()));
}

}  // namespace
}  // namespace sallyport::idp::keycloak
