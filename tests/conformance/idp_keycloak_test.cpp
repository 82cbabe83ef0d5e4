// SPDX-License-Identifier: Apache-2.0
// Keycloak's own ways, against a running one.
#include "tests/conformance/idp/idp_conformance.hpp"

namespace sallyport::conformance {
namespace {

using ir::Outcome;
using ir::Wish;
using testing::text_of;

class KeycloakConformance : public IdpSuite {
 protected:
  void SetUp() override {
    std::string why_not;
    server_ = keycloak(why_not);
    if (server_ == nullptr) GTEST_SKIP() << why_not;
    use(*server_);
  }
  [[nodiscard]] Json claims() { return server_->claims(id(), provider_->credentials(fragment_)->client_secret); }
  [[nodiscard]] std::string row(const std::string& client_id) { return server_->client(client_id).at("id"); }
  [[nodiscard]] std::string named(const std::string& name) const {
    return name + "-" + server_->instance() + "-" + fragment_.owner.uid.str();
  }
  RunningKeycloak* server_ = nullptr;
};

TEST_F(KeycloakConformance, IssuesTokensWithScopeAudienceAndNothingMore) {
  ASSERT_EQ(converge().outcome, Outcome::Applied);

  const Json claims = this->claims();

  EXPECT_EQ(claims.at("aud"), "https://ml.example.com") << claims;
  EXPECT_EQ(claims.at("scope"), "fraud:score");
  EXPECT_EQ(claims.at("azp"), id());
  EXPECT_EQ(claims.at("client_id"), id());
  EXPECT_TRUE(claims.contains("sub"));
  EXPECT_FALSE(claims.contains("realm_access"));
  EXPECT_FALSE(claims.contains("resource_access"));
}

TEST_F(KeycloakConformance, FollowsAChangeOfAudienceAndTakesItAway) {
  ASSERT_EQ(converge().outcome, Outcome::Applied);
  fragment_.audience = "https://other.example.com";
  ASSERT_EQ(converge().outcome, Outcome::Applied);
  EXPECT_EQ(claims().at("aud"), "https://other.example.com");
  fragment_.audience.clear();
  ASSERT_EQ(converge().outcome, Outcome::Applied);

  EXPECT_FALSE(claims().contains("aud"));
}

TEST_F(KeycloakConformance, CatchesAClientThatBecamePublic) {
  ASSERT_EQ(converge().outcome, Outcome::Applied);
  server_->admin("PUT", "/clients/" + row(id()), {{"publicClient", true}});

  const ir::Verdict verdict = converge();

  EXPECT_TRUE(verdict.drift_repaired) << text_of(verdict);
  EXPECT_EQ(server_->client(id()).at("publicClient"), false);
  EXPECT_TRUE(signs_in());
}

TEST_F(KeycloakConformance, PutsItsOwnSecretBack) {
  ASSERT_EQ(converge().outcome, Outcome::Applied);
  server_->admin("POST", "/clients/" + row(id()) + "/client-secret");
  EXPECT_FALSE(signs_in());

  EXPECT_TRUE(converge().drift_repaired);
  EXPECT_TRUE(signs_in());
}

TEST_F(KeycloakConformance, FindsItsClientAgainWhenTheRecordIsLost) {
  ASSERT_EQ(converge().outcome, Outcome::Applied);
  const Secret before = provider_->credentials(fragment_)->client_secret;
  vault_.clear();

  EXPECT_EQ(converge().outcome, Outcome::Applied);

  EXPECT_EQ(provider_->credentials(fragment_)->client_secret, before) << "consumers go on working";
  EXPECT_EQ(live(), 1U);
  vault_.clear();
  EXPECT_EQ(converge(Wish::Absent).outcome, Outcome::Gone);
  EXPECT_EQ(live(), 0U);
}

TEST_F(KeycloakConformance, LeavesAClientAloneThatIsMarkedByAnother) {
  ASSERT_EQ(converge().outcome, Outcome::Applied);
  const std::string client = id();
  server_->admin("PUT", "/clients/" + row(client),
                 {{"attributes", {{"sallyport-instance", "another1"}}}, {"name", "theirs"}});

  const ir::Verdict present = converge();
  const ir::Verdict absent = converge(Wish::Absent);

  EXPECT_EQ(present.outcome, Outcome::Rejected);
  EXPECT_EQ(present.error->code, Code::Conflict) << text_of(present);
  EXPECT_EQ(absent.outcome, Outcome::Gone) << text_of(absent);
  EXPECT_EQ(server_->client(client).at("name"), "theirs");
  server_->delete_client(client);
}

TEST_F(KeycloakConformance, TakesNobodysClientByItsName) {
  ASSERT_EQ(converge().outcome, Outcome::Applied);
  const std::string client = id();
  ASSERT_EQ(converge(Wish::Absent).outcome, Outcome::Gone);
  server_->admin("POST", "/clients", {{"clientId", client}, {"name", "theirs"}});

  const ir::Verdict verdict = converge();

  EXPECT_EQ(verdict.outcome, Outcome::Rejected);
  EXPECT_EQ(verdict.error->code, Code::Conflict) << text_of(verdict);
  EXPECT_EQ(server_->client(client).at("name"), "theirs");
  server_->delete_client(client);
}

TEST_F(KeycloakConformance, AdoptsAClientWithItsSecretAndItsOtherScopes) {
  fragment_.adopt = named("legacy");
  server_->admin("POST", "/clients",
                 {{"clientId", fragment_.adopt},
                  {"secret", "legacy-secret-value"},
                  {"publicClient", false},
                  {"serviceAccountsEnabled", true}});

  const ir::Verdict verdict = converge();

  ASSERT_EQ(verdict.outcome, Outcome::Applied) << text_of(verdict);
  EXPECT_EQ(id(), fragment_.adopt);
  EXPECT_EQ(provider_->credentials(fragment_)->client_secret, Secret("legacy-secret-value"));
  EXPECT_TRUE(server_->scopes_of(id()).contains("email")) << "a realm default that it had before";
  EXPECT_TRUE(server_->scopes_of(id()).contains("fraud:score"));
  fragment_.scopes.clear();
  ASSERT_EQ(converge().outcome, Outcome::Applied);
  EXPECT_FALSE(server_->scopes_of(id()).contains("fraud:score"));
  EXPECT_TRUE(server_->scopes_of(id()).contains("email"));
  EXPECT_EQ(converge(Wish::Absent).outcome, Outcome::Gone);
  EXPECT_TRUE(server_->client(fragment_.adopt).is_null());
}

TEST_F(KeycloakConformance, AdoptsNothingThatIsNotThere) {
  fragment_.adopt = named("nobody");

  const ir::Verdict verdict = converge();

  EXPECT_EQ(verdict.outcome, Outcome::Rejected);
  EXPECT_EQ(verdict.error->code, Code::NotFound);
  EXPECT_EQ(converge(Wish::Absent).outcome, Outcome::Gone);
}

TEST_F(KeycloakConformance, MayAdoptWhatItReleased) {
  ASSERT_EQ(converge().outcome, Outcome::Applied);
  const std::string client = id();
  ASSERT_EQ(converge(Wish::Release).outcome, Outcome::Gone);
  fragment_.owner.uid = Uid(fragment_.owner.uid.str().substr(0, 30) + "abcdef");
  fragment_.adopt = client;

  const ir::Verdict verdict = converge();

  EXPECT_EQ(verdict.outcome, Outcome::Applied) << text_of(verdict);
  EXPECT_EQ(converge(Wish::Absent).outcome, Outcome::Gone);
}

TEST_F(KeycloakConformance, MakesAMissingRealmScopeAndChangesNoForeignOne) {
  const std::string foreign = named("theirs");
  const std::string missing = named("missing");
  server_->admin("POST", "/client-scopes",
                 {{"name", foreign},
                  {"protocol", "openid-connect"},
                  {"description", "theirs"},
                  {"attributes", {{"include.in.token.scope", "true"}}}});
  const Json before = server_->scope_named(foreign);
  fragment_.scopes = {missing, foreign};

  const ir::Verdict verdict = converge();

  ASSERT_EQ(verdict.outcome, Outcome::Applied) << text_of(verdict);
  EXPECT_EQ(server_->scope_named(foreign), before);
  EXPECT_EQ(server_->scope_named(missing).at("attributes").at("sallyport-instance"), server_->instance());
  EXPECT_EQ(server_->scopes_of(id()), (std::set<std::string>{missing, foreign}));
}

TEST_F(KeycloakConformance, MakesAClientWithAllThatItNeedsInOneRequest) {
  ASSERT_EQ(converge().outcome, Outcome::Applied);

  EXPECT_EQ(meddler_.writes, 1);
  EXPECT_EQ(claims().at("aud"), "https://ml.example.com");
  EXPECT_EQ(claims().at("scope"), "fraud:score");
}

TEST_F(KeycloakConformance, TakesItsRealmScopesAwayWithTheLastClientThatUsesThem) {
  const std::string own = named("own");
  fragment_.scopes = {own, "fraud:score"};
  const std::string other = named("other");
  ASSERT_EQ(converge().outcome, Outcome::Applied);
  server_->admin("POST", "/clients", {{"clientId", other}, {"optionalClientScopes", Json::array({own})}});

  ASSERT_EQ(converge(Wish::Absent).outcome, Outcome::Gone);
  EXPECT_FALSE(server_->scope_named(own).is_null()) << "somebody else's client uses it by now";
  server_->delete_client(other);
  ASSERT_EQ(converge().outcome, Outcome::Applied);
  const ir::Verdict verdict = converge(Wish::Absent);

  EXPECT_EQ(verdict.outcome, Outcome::Gone) << text_of(verdict);
  EXPECT_TRUE(server_->scope_named(own).is_null());
  EXPECT_FALSE(server_->scope_named("fraud:score").is_null()) << "not ours";
}

TEST_F(KeycloakConformance, LeavesARealmScopeThatNewClientsGet) {
  const std::string own = named("default");
  fragment_.scopes = {own};
  ASSERT_EQ(converge().outcome, Outcome::Applied);
  const std::string scope = server_->scope_named(own).at("id");
  server_->admin("PUT", "/default-default-client-scopes/" + scope);

  ASSERT_EQ(converge(Wish::Absent).outcome, Outcome::Gone);

  EXPECT_FALSE(server_->scope_named(own).is_null());
  server_->admin("DELETE", "/default-default-client-scopes/" + scope);
}

/// What looking through all clients page by page stands on.
TEST_F(KeycloakConformance, ListsItsClientsInOneOrderWithAllTheirScopes) {
  const Json first = server_->admin("GET", "/clients?first=0&max=3");
  const Json next = server_->admin("GET", "/clients?first=2&max=3");

  ASSERT_EQ(first.size(), 3U);
  EXPECT_EQ(first.back().at("id"), next.front().at("id"));
  for (const Json& client : first) {
    EXPECT_TRUE(client.at("defaultClientScopes").is_array()) << client.at("clientId");
    EXPECT_TRUE(client.at("optionalClientScopes").is_array()) << client.at("clientId");
  }
}

TEST_F(KeycloakConformance, SaysThatAForeignScopeDoesNotReachTokens) {
  const std::string silent = named("silent");
  server_->admin(
      "POST", "/client-scopes",
      {{"name", silent}, {"protocol", "openid-connect"}, {"attributes", {{"include.in.token.scope", "false"}}}});
  fragment_.scopes = {silent};

  const ir::Verdict verdict = converge();

  EXPECT_EQ(verdict.outcome, Outcome::Rejected) << text_of(verdict);
  EXPECT_NE(verdict.error->message.find("Include in token scope"), std::string::npos);
}

TEST_F(KeycloakConformance, MovesAnOptionalScopeToTheDefaultOnes) {
  ASSERT_EQ(converge().outcome, Outcome::Applied);
  const std::string client = "/clients/" + row(id());
  const std::string scope = server_->scope_named("fraud:score").at("id");
  server_->admin("DELETE", client + "/default-client-scopes/" + scope);
  server_->admin("PUT", client + "/optional-client-scopes/" + scope);

  EXPECT_TRUE(converge().drift_repaired);

  EXPECT_EQ(claims().at("scope"), "fraud:score");
}

TEST_F(KeycloakConformance, TakesOffScopesThatNobodyDeclared) {
  ASSERT_EQ(converge().outcome, Outcome::Applied);
  server_->admin("PUT", "/clients/" + row(id()) + "/default-client-scopes/" +
                            server_->scope_named("email").at("id").get<std::string>());

  EXPECT_TRUE(converge().drift_repaired);
  EXPECT_EQ(server_->scopes_of(id()), std::set<std::string>{"fraud:score"});
}

}  // namespace
}  // namespace sallyport::conformance
