// SPDX-License-Identifier: Apache-2.0
// With a golden client, recorded anew with SALLYPORT_UPDATE_GOLDEN=1.
#include "reconcilers/providers/idp/keycloak/keycloak.hpp"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "tests/reconcilers/providers/idp/fake_keycloak.hpp"

namespace sallyport::idp::keycloak {
namespace {

using ir::Outcome;
using ir::Wish;
using testing::text_of;

class KeycloakProvider : public testing::KeycloakFixture {};

TEST_F(KeycloakProvider, MakesAClientUnderADerivedIdWithItsOwnSecret) {
  const ir::Verdict verdict = converge();

  ASSERT_EQ(verdict.outcome, Outcome::Applied) << text_of(verdict);
  EXPECT_EQ(verdict.hash, fragment_.hash());
  EXPECT_TRUE(verdict.facts.at("client_id").starts_with("sallyport-abcd1234-risk-fraud-scoring-"));
  EXPECT_EQ(verdict.facts.at("token_url"), "https://kc.test/token");
  EXPECT_EQ(realm_.only().at("secret"), vault_.only().at("client_secret").reveal());
  EXPECT_EQ(realm_.only().at("secret").get<std::string>().size(), 43U);
  EXPECT_EQ(realm_.clients.begin()->first, vault_.only().at("id").reveal());
}

TEST_F(KeycloakProvider, GivesTheConsumerWhatItNeeds) {
  EXPECT_EQ(provider_->credentials(fragment_).error().code, Code::NotFound);
  (void)converge();

  const auto credentials = provider_->credentials(fragment_);

  ASSERT_TRUE(credentials);
  EXPECT_EQ(credentials->client_secret.reveal(), realm_.only().at("secret"));
  EXPECT_EQ(credentials->issuer, testing::FakeKeycloak::kIssuer);
  EXPECT_EQ(credentials->audience, "https://ml.example.com");
}

TEST_F(KeycloakProvider, ReadsOnceAndWritesNothingWhenNothingIsToBeDone) {
  (void)converge();
  const int writes = realm_.writes;
  realm_.log.clear();

  EXPECT_EQ(converge().outcome, Outcome::Applied);

  EXPECT_EQ(realm_.writes, writes);
  EXPECT_EQ(realm_.log.size(), 1U);
}

TEST_F(KeycloakProvider, NamesEveryChangeForTheAuditTrail) {
  (void)converge();
  (void)converge(Wish::Absent);

  std::vector<std::string> actions;
  for (const http::Request& request : realm_.requests) {
    if (request.method == "GET" || request.session) continue;
    ASSERT_EQ(request.changes.size(), 1U) << request.method << request.target;
    actions.push_back(request.changes.front().action);
  }
  EXPECT_EQ(actions.front(), "create");
  EXPECT_EQ(actions.back(), "delete");
}

TEST_F(KeycloakProvider, SaysWhatItWouldDoAndDoesNothing) {
  EXPECT_EQ(converge(Wish::Observe).outcome, Outcome::Pending);
  (void)converge();
  EXPECT_EQ(converge(Wish::Observe).outcome, Outcome::Applied);
  const int writes = realm_.writes;
  realm_.only()["enabled"] = false;

  const ir::Verdict verdict = converge(Wish::Observe);

  EXPECT_EQ(verdict.outcome, Outcome::Pending);
  EXPECT_EQ(verdict.notes, std::vector<std::string>{"would put right: enabled: is false"});
  EXPECT_EQ(realm_.writes, writes);
}

TEST_F(KeycloakProvider, HoldsWithoutARequest) {
  (void)converge();
  const std::size_t before = realm_.requests.size();

  EXPECT_EQ(converge(Wish::Hold).outcome, Outcome::Pending);
  EXPECT_EQ(realm_.requests.size(), before);
}

TEST_F(KeycloakProvider, KeepsOneClientPerConnection) {
  (void)converge();
  connection_.name = "second";
  restart();

  EXPECT_EQ(converge().outcome, Outcome::Applied);
  EXPECT_EQ(realm_.clients.size(), 2U);
  EXPECT_EQ(converge(Wish::Absent).outcome, Outcome::Gone);
  EXPECT_EQ(realm_.clients.size(), 1U);
}

TEST_F(KeycloakProvider, RendersAClient) {
  const std::string file = SALLYPORT_SOURCE_DIR "/tests/golden/client/keycloak/client.txt";
  const std::string rendered = provider_->render(fragment_);
  if (std::getenv("SALLYPORT_UPDATE_GOLDEN") != nullptr) std::ofstream(file) << rendered;
  std::stringstream golden;
  golden << std::ifstream(file).rdbuf();
  EXPECT_EQ(rendered, golden.str()) << "SALLYPORT_UPDATE_GOLDEN=1 records it anew; read it before you do";
}

TEST_F(KeycloakProvider, ShowsTheScopesThatItWouldMakeBeforeTheClientAndWhereTheSecretIs) {
  fragment_.scopes = {"fraud:score", "fraud:train"};

  const std::string shown = provider_->render(fragment_);

  const std::size_t score = shown.find(R"(/client-scopes {"attributes":)");
  EXPECT_EQ(score, std::string("POST https://kc.test/auth/admin/realms/r").size()) << shown;
  EXPECT_NE(shown.find(R"("name":"fraud:score")"), std::string::npos) << shown;
  EXPECT_LT(shown.find(R"("name":"fraud:train")"), shown.find("/clients\n{")) << shown;
  EXPECT_NE(shown.find(R"("secret": "<secret risk/fraud-scoring-client#client_secret>")"), std::string::npos) << shown;
}

}  // namespace
}  // namespace sallyport::idp::keycloak
