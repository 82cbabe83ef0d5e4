// SPDX-License-Identifier: Apache-2.0
// The realm's client scopes: made when missing, shared by clients, and gone with the last of them.
#include <algorithm>

#include "reconcilers/providers/idp/keycloak/pass.hpp"
#include "tests/reconcilers/providers/idp/fake_keycloak.hpp"

namespace sallyport::idp::keycloak {
namespace {

using ir::Outcome;
using ir::Wish;
using testing::answer;
using testing::text_of;

class KeycloakScopes : public testing::KeycloakFixture {
 protected:
  [[nodiscard]] bool asked(const std::string& request) const {
    return std::ranges::find(realm_.log, request) != realm_.log.end();
  }
  /// Somebody's client, which has nothing to do with us.
  void add_client(const std::string& id, const std::string& list, const std::string& scope) {
    realm_.clients[id] = {{"id", id},
                          {"clientId", id},
                          {"defaultClientScopes", nlohmann::json::array()},
                          {"optionalClientScopes", nlohmann::json::array()}};
    if (!list.empty()) realm_.clients[id][list].push_back(scope);
  }
};

TEST_F(KeycloakScopes, MakesARealmScopeOnlyWhenItIsMissing) {
  realm_.add_scope("fraud:score", {{"include.in.token.scope", "true"}});

  ASSERT_EQ(converge().outcome, Outcome::Applied);
  EXPECT_FALSE(asked("POST /client-scopes"));
  fragment_.scopes = {"fraud:train"};
  ASSERT_EQ(converge().outcome, Outcome::Applied);

  EXPECT_TRUE(asked("POST /client-scopes"));
  EXPECT_EQ(realm_.scopes.at("fraud:train").at("attributes").at("sallyport-instance"), "abcd1234");
}

TEST_F(KeycloakScopes, RepairsItsOwnRealmScopeAndNoForeignOne) {
  realm_.add_scope("fraud:score", {{"include.in.token.scope", "false"}, {"sallyport-instance", "abcd1234"}});
  ASSERT_EQ(converge().outcome, Outcome::Applied);
  EXPECT_EQ(realm_.scopes.at("fraud:score").at("attributes").at("include.in.token.scope"), "true");
  realm_.add_scope("theirs", {{"include.in.token.scope", "false"}});
  fragment_.scopes = {"theirs"};

  EXPECT_EQ(converge().error->code, Code::Conflict);
  EXPECT_EQ(realm_.scopes.at("theirs").at("attributes").at("include.in.token.scope"), "false");
}

TEST_F(KeycloakScopes, GoesOnWhenAnotherPassMadeTheScope) {
  realm_.before = [this](const std::string& method, const std::string& path) -> std::optional<Result<http::Response>> {
    if (method == "POST" && path == "/client-scopes")
      realm_.add_scope("fraud:score", {{"include.in.token.scope", "true"}});
    return std::nullopt;
  };

  EXPECT_EQ(converge().outcome, Outcome::Applied);
}

TEST_F(KeycloakScopes, MakesAScopeAnewThatWentSinceTheListWasRead) {
  ASSERT_EQ(converge().outcome, Outcome::Applied);
  realm_.scopes.erase("fraud:score");
  realm_.only()["defaultClientScopes"] = {"basic", "service_account"};
  fragment_.owner.uid = Uid("another");

  const ir::Verdict verdict = converge();

  EXPECT_EQ(verdict.outcome, Outcome::Applied) << text_of(verdict);
  EXPECT_TRUE(realm_.scopes.contains("fraud:score"));
}

TEST_F(KeycloakScopes, GoWithTheLastClientThatUsesThem) {
  ASSERT_EQ(converge().outcome, Outcome::Applied);
  const Uid first = fragment_.owner.uid;
  fragment_.owner.uid = Uid("another");
  ASSERT_EQ(converge().outcome, Outcome::Applied);

  ASSERT_EQ(converge(Wish::Absent).outcome, Outcome::Gone);
  EXPECT_TRUE(realm_.scopes.contains("fraud:score")) << "the other client has it";
  fragment_.owner.uid = first;
  const ir::Verdict verdict = converge(Wish::Absent);

  EXPECT_EQ(verdict.outcome, Outcome::Gone) << text_of(verdict);
  EXPECT_FALSE(realm_.scopes.contains("fraud:score"));
  EXPECT_TRUE(realm_.scopes.contains("email"));
  EXPECT_EQ(vault_.size(), 0U);
}

TEST_F(KeycloakScopes, GoEvenIfTheClientHadThemOnlyBefore) {
  ASSERT_EQ(converge().outcome, Outcome::Applied);
  fragment_.scopes = {"fraud:train"};
  ASSERT_EQ(converge().outcome, Outcome::Applied);

  ASSERT_EQ(converge(Wish::Absent).outcome, Outcome::Gone);

  EXPECT_FALSE(realm_.scopes.contains("fraud:score"));
  EXPECT_FALSE(realm_.scopes.contains("fraud:train"));
}

TEST_F(KeycloakScopes, GoAlsoWhenTheRecordOfTheClientWasLost) {
  ASSERT_EQ(converge().outcome, Outcome::Applied);
  vault_.clear();

  ASSERT_EQ(converge(Wish::Absent).outcome, Outcome::Gone);

  EXPECT_FALSE(realm_.scopes.contains("fraud:score"));
}

TEST_F(KeycloakScopes, StayWhileAnybodyUsesThem) {
  for (const char* list : {"defaultClientScopes", "optionalClientScopes"}) {
    ASSERT_EQ(converge().outcome, Outcome::Applied);
    add_client("theirs", list, "fraud:score");

    EXPECT_EQ(converge(Wish::Absent).outcome, Outcome::Gone);
    EXPECT_TRUE(realm_.scopes.contains("fraud:score")) << list;
  }
}

TEST_F(KeycloakScopes, StayWhileTheRealmGivesThemToNewClients) {
  ASSERT_EQ(converge().outcome, Outcome::Applied);
  realm_.realm_defaults = {"fraud:score"};

  EXPECT_EQ(converge(Wish::Absent).outcome, Outcome::Gone);

  EXPECT_TRUE(realm_.scopes.contains("fraud:score"));
}

TEST_F(KeycloakScopes, StayWhenTheyAreNotOurs) {
  realm_.add_scope("fraud:score", {{"include.in.token.scope", "true"}});
  realm_.add_scope("fraud:train", {{"include.in.token.scope", "true"}, {"sallyport-instance", "another1"}});
  fragment_.scopes = {"fraud:score", "fraud:train"};
  ASSERT_EQ(converge().outcome, Outcome::Applied);

  EXPECT_EQ(converge(Wish::Absent).outcome, Outcome::Gone);

  EXPECT_TRUE(realm_.scopes.contains("fraud:score"));
  EXPECT_TRUE(realm_.scopes.contains("fraud:train"));
  EXPECT_FALSE(asked("GET /clients?first=0&max=200")) << "nothing of ours, nothing to look for";
}

TEST_F(KeycloakScopes, StayWhenAClientIsThereThatWeAreNotShown) {
  ASSERT_EQ(converge().outcome, Outcome::Applied);
  realm_.clients["stub"] = {{"id", "stub"}, {"clientId", "stub"}};

  EXPECT_EQ(converge(Wish::Absent).outcome, Outcome::Gone);

  EXPECT_TRUE(realm_.scopes.contains("fraud:score"));
}

TEST_F(KeycloakScopes, AreLookedForOnEveryPage) {
  ASSERT_EQ(converge().outcome, Outcome::Applied);
  for (int i = 0; i < 450; ++i) add_client("other-" + std::to_string(1000 + i), "", "");
  add_client("zz-last", "defaultClientScopes", "fraud:score");

  EXPECT_EQ(converge(Wish::Absent).outcome, Outcome::Gone);
  EXPECT_TRUE(realm_.scopes.contains("fraud:score"));
  EXPECT_TRUE(asked("GET /clients?first=398&max=200"));
}

TEST_F(KeycloakScopes, StayWhenTheListOfClientsMovedWhileItWasRead) {
  ASSERT_EQ(converge().outcome, Outcome::Applied);
  for (int i = 0; i < 300; ++i) add_client("other-" + std::to_string(1000 + i), "", "");
  add_client("other-1200", "defaultClientScopes", "fraud:score");
  realm_.after = [this](const std::string&, const std::string& path) -> std::optional<Result<http::Response>> {
    if (path == "/clients?first=0&max=200") realm_.clients.erase("other-1000");
    return std::nullopt;
  };

  EXPECT_EQ(converge(Wish::Absent).error->code, Code::Unavailable);
  EXPECT_TRUE(realm_.scopes.contains("fraud:score"));
  EXPECT_EQ(vault_.size(), 1U) << "what is left to do is still written down";
  realm_.after = nullptr;
  EXPECT_EQ(converge(Wish::Absent).outcome, Outcome::Gone);
  EXPECT_TRUE(realm_.scopes.contains("fraud:score"));
}

/// Dies at the n-th request, before or after its effect; then starts again and is left in peace.
TEST_F(KeycloakScopes, AreNotLeftBehindWhereverARemovalDies) {
  for (const bool with_effect : {false, true}) {
    for (int n = 1; n <= 9; ++n) {
      realm_ = testing::FakeKeycloak();
      vault_.clear();
      restart();
      ASSERT_EQ(converge().outcome, Outcome::Applied);
      int count = 0;
      auto die = [&count, n](const std::string&, const std::string&) -> std::optional<Result<http::Response>> {
        if (++count < n) return std::nullopt;
        return Result<http::Response>(Error{Code::ShuttingDown, "dead", {}, {}});
      };
      (with_effect ? realm_.after : realm_.before) = die;
      (void)converge(Wish::Absent);
      realm_.before = realm_.after = nullptr;
      restart();

      EXPECT_EQ(converge(Wish::Absent).outcome, Outcome::Gone) << n;
      EXPECT_TRUE(realm_.clients.empty()) << n;
      EXPECT_FALSE(realm_.scopes.contains("fraud:score")) << n;
      EXPECT_EQ(vault_.size(), 0U);
    }
  }
}

TEST_F(KeycloakScopes, StandInTheAuditTrailUnderTheirOwnName) {
  ASSERT_EQ(converge().outcome, Outcome::Applied);
  ASSERT_EQ(converge(Wish::Absent).outcome, Outcome::Gone);

  std::vector<std::string> told;
  for (const http::Request& request : realm_.requests) {
    for (const http::Change& change : request.changes) {
      if (change.target == "oidc corporate: client scope fraud:score") told.push_back(change.action);
    }
  }
  EXPECT_EQ(told, (std::vector<std::string>{"create", "delete"}));
}

}  // namespace
}  // namespace sallyport::idp::keycloak
