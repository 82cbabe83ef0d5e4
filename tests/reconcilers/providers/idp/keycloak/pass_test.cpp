// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/idp/keycloak/pass.hpp"

#include "tests/reconcilers/providers/idp/fake_keycloak.hpp"

namespace sallyport::idp::keycloak {
namespace {

using ir::Outcome;
using ir::Wish;
using testing::answer;
using testing::text_of;
using Json = nlohmann::json;

class KeycloakPass : public testing::KeycloakFixture {
 protected:
  void SetUp() override { ASSERT_EQ(converge().outcome, Outcome::Applied); }
  void answer_reads_with(const http::Response& response) {
    realm_.before = [response](const std::string& method, const std::string&) -> std::optional<Result<http::Response>> {
      if (method != "GET") return std::nullopt;
      return Result<http::Response>(response);
    };
  }
};

TEST_F(KeycloakPass, TakesNoRefusedReadAndNoProxysPageForAnAbsentClient) {
  for (const http::Response& bad :
       {answer(403, R"({"error":"HTTP 403 Forbidden"})"), answer(404, "<html>no backend</html>"),
        answer(404, R"({"message":"no Route matched"})"), answer(500, R"({"error":"unknown_error"})"),
        answer(200, "<html>"), answer(302, "")}) {
    answer_reads_with(bad);
    const int writes = realm_.writes;

    EXPECT_EQ(converge().outcome, Outcome::Unknown) << bad.status;
    EXPECT_EQ(converge(Wish::Absent).outcome, Outcome::Unknown) << bad.status;
    EXPECT_EQ(realm_.writes, writes);
  }
}

TEST_F(KeycloakPass, MakesADeletedClientAnewUnderTheSameIdAndSecret) {
  const Json before = realm_.only();
  realm_.clients.clear();

  const ir::Verdict verdict = converge();

  EXPECT_EQ(verdict.outcome, Outcome::Applied) << text_of(verdict);
  EXPECT_TRUE(verdict.drift_repaired);
  EXPECT_EQ(realm_.only().at("id"), before.at("id"));
  EXPECT_EQ(realm_.only().at("secret"), before.at("secret"));
}

TEST_F(KeycloakPass, RejectsAClientThatKeycloakWillNotHaveAsAsked) {
  realm_.after = [this](const std::string& method, const std::string&) -> std::optional<Result<http::Response>> {
    if (method == "PUT") realm_.only()["fullScopeAllowed"] = true;
    return std::nullopt;
  };
  realm_.only()["fullScopeAllowed"] = true;

  const ir::Verdict verdict = converge();

  EXPECT_EQ(verdict.outcome, Outcome::Rejected);
  EXPECT_NE(verdict.error->message.find("fullScopeAllowed: is true"), std::string::npos);
  EXPECT_FALSE(verdict.drift_repaired);
}

TEST_F(KeycloakPass, LetsNoOlderGenerationOverwriteANewerOne) {
  fragment_.owner.generation = 2;
  fragment_.audience = "old";

  EXPECT_EQ(converge().error->code, Code::Conflict);
}

TEST_F(KeycloakPass, RefusesGrantTypesThatItDoesNotMake) {
  fragment_.grant_types = {"authorization_code"};

  EXPECT_EQ(converge().error->code, Code::InvalidSpec);
}

TEST_F(KeycloakPass, AdoptsNothingBesideItsOwnClient) {
  fragment_.adopt = "legacy";

  EXPECT_EQ(converge().error->code, Code::Conflict);
}

TEST_F(KeycloakPass, DeletesNothingThatIsMarkedByAnother) {
  realm_.only()["attributes"]["sallyport-uid"] = "another";

  const ir::Verdict verdict = converge(Wish::Absent);

  EXPECT_EQ(verdict.outcome, Outcome::Gone);
  EXPECT_EQ(realm_.clients.size(), 1U);
  EXPECT_EQ(verdict.notes.size(), 1U);
}

TEST_F(KeycloakPass, DeletesAClientThatLostItsMarkButHasOurId) {
  realm_.only()["attributes"] = Json::object();

  EXPECT_EQ(converge(Wish::Absent).outcome, Outcome::Gone);
  EXPECT_TRUE(realm_.clients.empty());
}

TEST_F(KeycloakPass, DeletesNoAdoptedClientThatDoesNotCarryOurMark) {
  ASSERT_EQ(converge(Wish::Absent).outcome, Outcome::Gone);
  realm_.clients["their-row"] = {
      {"id", "their-row"}, {"clientId", "legacy"}, {"publicClient", false}, {"secret", "theirs"}};
  fragment_.adopt = "legacy";
  ASSERT_EQ(converge().outcome, Outcome::Applied);
  realm_.only()["attributes"].erase("sallyport-instance");
  realm_.only()["attributes"].erase("sallyport-uid");

  EXPECT_EQ(converge(Wish::Absent).outcome, Outcome::Gone);

  EXPECT_EQ(realm_.clients.size(), 1U);
}

TEST_F(KeycloakPass, HandsOutNoReferenceToKeycloaksVaultInPlaceOfASecret) {
  ASSERT_EQ(converge(Wish::Absent).outcome, Outcome::Gone);
  fragment_.adopt = "legacy";
  for (const char* shown : {"${vault.legacy}", "**********"}) {
    realm_.clients["their-row"] = {
        {"id", "their-row"}, {"clientId", "legacy"}, {"publicClient", false}, {"secret", shown}};
    const Json before = realm_.clients["their-row"];

    const ir::Verdict verdict = converge();

    EXPECT_EQ(verdict.outcome, Outcome::Rejected) << text_of(verdict);
    EXPECT_EQ(verdict.error->code, Code::Conflict);
    EXPECT_NE(verdict.error->message.find("is hidden"), std::string::npos);
    EXPECT_EQ(realm_.clients["their-row"], before);
    EXPECT_EQ(vault_.size(), 0U);
  }
  realm_.clients["their-row"]["secret"] = "theirs";
  EXPECT_EQ(converge().outcome, Outcome::Applied);
}

TEST_F(KeycloakPass, TakesItsMarksOffAReleasedClient) {
  EXPECT_EQ(converge(Wish::Release).outcome, Outcome::Gone);

  EXPECT_FALSE(realm_.only().at("attributes").contains("sallyport-uid"));
  EXPECT_EQ(vault_.size(), 0U);
}

TEST_F(KeycloakPass, SaysThatADeletedClientIsStillThere) {
  realm_.before = [](const std::string& method, const std::string&) -> std::optional<Result<http::Response>> {
    if (method != "DELETE") return std::nullopt;
    return Result<http::Response>(answer(204));
  };

  EXPECT_EQ(converge(Wish::Absent).outcome, Outcome::Unknown);
  EXPECT_EQ(vault_.size(), 1U);
}

}  // namespace
}  // namespace sallyport::idp::keycloak
