// SPDX-License-Identifier: Apache-2.0
// What every backend of an identity provider has to get right, told to real providers.
#include "tests/conformance/idp/idp_conformance.hpp"

namespace sallyport::conformance {
namespace {

using ir::Outcome;
using ir::Wish;
using testing::text_of;
using When = Meddler::When;

enum class Backend { OidcProvider, Keycloak };

class IdpConformance : public IdpSuite, public ::testing::WithParamInterface<Backend> {
 protected:
  void SetUp() override {
    std::string why_not;
    RealProvider* real = nullptr;
    if (GetParam() == Backend::OidcProvider) {
      real = oidc_provider(why_not);
    } else {
      real = keycloak(why_not);
    }
    if (real == nullptr) GTEST_SKIP() << why_not;
    use(*real);
  }
  /// RFC 7592 replaces the registration access token with the answer to an update; losing that answer loses the client.
  [[nodiscard]] static bool may_lose_control() { return GetParam() == Backend::OidcProvider; }
};

INSTANTIATE_TEST_SUITE_P(Real, IdpConformance, ::testing::Values(Backend::OidcProvider, Backend::Keycloak),
                         [](const auto& tested) {
                           return tested.param == Backend::Keycloak ? "Keycloak" : "OidcProvider";
                         });

TEST_P(IdpConformance, ReadsTheIssuersMetadata) {
  const auto discovery = provider_->discover({});

  ASSERT_TRUE(discovery) << discovery.error().text();
  EXPECT_EQ(discovery->issuer, connection_.issuer);
  EXPECT_TRUE(discovery->token_endpoint.starts_with(connection_.issuer));
}

TEST_P(IdpConformance, MakesAClientThatWorks) {
  const ir::Verdict verdict = converge();

  ASSERT_EQ(verdict.outcome, Outcome::Applied) << text_of(verdict);
  EXPECT_EQ(verdict.facts.at("client_id"), id());
  EXPECT_FALSE(real_->client(id()).is_null());
  EXPECT_EQ(real_->scopes_of(id()), std::set<std::string>{"fraud:score"});
  EXPECT_TRUE(signs_in());
  EXPECT_EQ(live(), 1U);
}

TEST_P(IdpConformance, WritesNothingWhenNothingIsToBeDone) {
  ASSERT_EQ(converge().outcome, Outcome::Applied);
  const int writes = meddler_.writes;
  const int saves = vault_.saves();

  EXPECT_EQ(converge().outcome, Outcome::Applied);
  restart();
  const ir::Verdict verdict = converge();

  EXPECT_EQ(verdict.outcome, Outcome::Applied);
  EXPECT_FALSE(verdict.drift_repaired);
  EXPECT_EQ(meddler_.writes, writes);
  EXPECT_EQ(vault_.saves(), saves);
}

TEST_P(IdpConformance, RepairsDrift) {
  ASSERT_EQ(converge().outcome, Outcome::Applied);
  real_->spoil(id());

  const ir::Verdict verdict = converge();

  EXPECT_EQ(verdict.outcome, Outcome::Applied) << text_of(verdict);
  EXPECT_TRUE(verdict.drift_repaired);
  EXPECT_FALSE(verdict.notes.empty());
  EXPECT_EQ(real_->scopes_of(id()), std::set<std::string>{"fraud:score"});
  EXPECT_TRUE(signs_in());
  EXPECT_FALSE(converge().drift_repaired);
}

TEST_P(IdpConformance, ShowsDriftWithoutRepairingItWhenItObserves) {
  ASSERT_EQ(converge().outcome, Outcome::Applied);
  EXPECT_EQ(converge(Wish::Observe).outcome, Outcome::Applied);
  real_->spoil(id());
  const int writes = meddler_.writes;

  const ir::Verdict verdict = converge(Wish::Observe);

  EXPECT_EQ(verdict.outcome, Outcome::Pending) << text_of(verdict);
  EXPECT_FALSE(verdict.notes.empty());
  EXPECT_EQ(meddler_.writes, writes);
}

TEST_P(IdpConformance, FollowsAChangeOfScopes) {
  ASSERT_EQ(converge().outcome, Outcome::Applied);
  const std::string before = id();
  fragment_.scopes = {"fraud:explain", "fraud:train"};

  const ir::Verdict verdict = converge();

  EXPECT_EQ(verdict.outcome, Outcome::Applied) << text_of(verdict);
  EXPECT_FALSE(verdict.drift_repaired);
  EXPECT_EQ(real_->scopes_of(id()), (std::set<std::string>{"fraud:explain", "fraud:train"}));
  EXPECT_EQ(id(), before);
  EXPECT_TRUE(signs_in());
}

TEST_P(IdpConformance, MakesADeletedClientAnew) {
  ASSERT_EQ(converge().outcome, Outcome::Applied);
  real_->delete_client(id());

  const ir::Verdict verdict = converge();

  EXPECT_EQ(verdict.outcome, Outcome::Applied) << text_of(verdict);
  EXPECT_TRUE(verdict.drift_repaired);
  EXPECT_EQ(orphans(verdict), 0U);
  EXPECT_EQ(live(), 1U);
  EXPECT_TRUE(signs_in());
}

TEST_P(IdpConformance, DeletesTwice) {
  ASSERT_EQ(converge().outcome, Outcome::Applied);
  const std::string client = id();

  EXPECT_EQ(converge(Wish::Absent).outcome, Outcome::Gone);
  EXPECT_EQ(converge(Wish::Absent).outcome, Outcome::Gone);

  EXPECT_TRUE(real_->client(client).is_null());
  EXPECT_EQ(vault_.size(), 0U);
}

TEST_P(IdpConformance, IsGoneWhenSomebodyElseDeletedIt) {
  ASSERT_EQ(converge().outcome, Outcome::Applied);
  real_->delete_client(id());

  EXPECT_EQ(converge(Wish::Absent).outcome, Outcome::Gone);
}

TEST_P(IdpConformance, LeavesAReleasedClientWorking) {
  ASSERT_EQ(converge().outcome, Outcome::Applied);
  const std::string client = id();

  EXPECT_EQ(converge(Wish::Release).outcome, Outcome::Gone);

  EXPECT_FALSE(real_->client(client).is_null());
  EXPECT_EQ(vault_.size(), 0U);
  real_->delete_client(client);
}

TEST_P(IdpConformance, SurvivesALostAnswerToItsCreation) {
  meddler_.once("POST", When::AfterEffect, lost());

  EXPECT_EQ(converge().outcome, Outcome::Unknown);
  restart();
  const ir::Verdict verdict = converge();

  EXPECT_EQ(verdict.outcome, Outcome::Applied) << text_of(verdict);
  EXPECT_EQ(live(), 1 + orphans(verdict));
  EXPECT_EQ(orphans(verdict), may_lose_control() ? 1U : 0U);
  EXPECT_TRUE(signs_in());
}

TEST_P(IdpConformance, MakesNoSecondClientWhenAnUpdateIsNotAnswered) {
  ASSERT_EQ(converge().outcome, Outcome::Applied);
  fragment_.scopes = {"fraud:train"};
  fragment_.client_name += " renamed";
  meddler_.once("PUT", When::AfterEffect, lost());

  EXPECT_EQ(converge().outcome, Outcome::Unknown);
  restart();
  const ir::Verdict verdict = converge();

  EXPECT_EQ(live(), 1U);
  EXPECT_TRUE(signs_in());
  EXPECT_EQ(verdict.outcome, may_lose_control() ? Outcome::Unknown : Outcome::Applied) << text_of(verdict);
}

TEST_P(IdpConformance, FindsAClientGoneWhoseDeletionWasNotAnswered) {
  ASSERT_EQ(converge().outcome, Outcome::Applied);
  meddler_.once("DELETE", When::AfterEffect, lost());

  EXPECT_EQ(converge(Wish::Absent).outcome, Outcome::Unknown);
  EXPECT_EQ(vault_.size(), 1U);
  restart();
  EXPECT_EQ(converge(Wish::Absent).outcome, Outcome::Gone);
  EXPECT_EQ(live(), 0U);
}

TEST_P(IdpConformance, KeepsItsHeadWhenTheProviderLosesIts) {
  const http::Headers json{{"content-type", "application/json"}};
  const http::Headers later{{"content-type", "application/json"}, {"retry-after", "7"}};
  for (const http::Response& bad :
       {http::Response{429, later, "{}"}, http::Response{503, later, "{}"},
        http::Response{503, {}, "<html>maintenance</html>"}, http::Response{403, json, R"({"error":"access_denied"})"},
        http::Response{404, {}, "<html>no backend</html>"}}) {
    for (const char* method : {"POST", "PUT", "DELETE", "GET"}) {
      const bool first = std::string_view(method) == "POST";
      if (!first) {
        ASSERT_EQ(converge().outcome, Outcome::Applied);
      }
      if (std::string_view(method) == "PUT") fragment_.client_name += "+";
      const Wish wish = std::string_view(method) == "DELETE" ? Wish::Absent : Wish::Present;
      meddler_.before = [&](const http::Request& request) -> std::optional<Result<http::Response>> {
        const bool one_of_ours = request.method == method && (!request.changes.empty() || request.method == "GET") &&
                                 request.target.find(".well-known") == std::string::npos;
        return one_of_ours ? std::optional(Result<http::Response>(bad)) : std::nullopt;
      };

      const ir::Verdict verdict = converge(wish);

      EXPECT_EQ(verdict.outcome, Outcome::Unknown) << method << bad.status << text_of(verdict);
      ASSERT_TRUE(verdict.error);
      if (bad.headers.contains("retry-after")) {
        EXPECT_EQ(verdict.error->retry_after, std::chrono::seconds(7));
      }
      meddler_.reset();
      EXPECT_EQ(orphans(verdict), 0U) << method << bad.status;
      EXPECT_EQ(converge(Wish::Absent).outcome, Outcome::Gone) << method << bad.status;
      EXPECT_EQ(live(), 0U);
    }
  }
}

TEST_P(IdpConformance, SaysThatItsOwnCredentialIsNotAccepted) {
  secrets_.set({{"initial_access_token", Secret("wrong-token")},
                {"client_id", Secret("sallyport-operator")},
                {"client_secret", Secret("wrong-secret")}});

  const ir::Verdict verdict = converge();

  EXPECT_EQ(verdict.outcome, Outcome::Unknown) << text_of(verdict);
  EXPECT_EQ(verdict.error->code, Code::Unauthorized);
  EXPECT_EQ(orphans(verdict), 0U);
  EXPECT_EQ(live(), 0U);
}

TEST_P(IdpConformance, EndsWithOneUsableClientWhereverItDies) {
  for (const When when : {When::BeforeEffect, When::AfterEffect}) {
    for (int n = 1; n <= 10; ++n) {
      use(*real_);
      int count = 0;
      auto die = [&count, n](const http::Request&) -> std::optional<Result<http::Response>> {
        if (++count < n) return std::nullopt;
        return Result<http::Response>(Error{Code::ShuttingDown, "dead", {}, {}});
      };
      (when == When::BeforeEffect ? meddler_.before : meddler_.after) = die;
      (void)converge();
      meddler_.reset();
      restart();

      const ir::Verdict verdict = converge();

      ASSERT_EQ(verdict.outcome, Outcome::Applied) << n << text_of(verdict);
      EXPECT_LE(live(), 1 + orphans(verdict)) << n;
      EXPECT_LE(orphans(verdict), may_lose_control() ? 1U : 0U);
      EXPECT_TRUE(signs_in());
      ASSERT_EQ(converge(Wish::Absent).outcome, Outcome::Gone);
      vault_.clear();
      if (count < n) break;
    }
  }
}

}  // namespace
}  // namespace sallyport::conformance
