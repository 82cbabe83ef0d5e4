// SPDX-License-Identifier: Apache-2.0
// What every gateway backend has to get right when the device refuses, is busy, or does not answer.
#include "tests/conformance/edge_stage.hpp"

namespace sallyport::edge {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

TEST_F(EdgeConformance, SignsInAnewWhenTheTokenHasExpired) {
  put({fragment()});
  control("/_sim/tokens", {{"expire", true}});

  EXPECT_OUTCOME(put({fragment("churn", 2)})[0], ir::Outcome::Applied);
}

TEST_F(EdgeConformance, KeepsOneTokenForEverything) {
  put({fragment()});
  observe();
  EXPECT_TRUE(provider->check({}).has_value());

  EXPECT_EQ(control("/_sim/state", nullptr)["units"][0]["tokens"], 1);
  provider->close({});
  EXPECT_EQ(control("/_sim/state", nullptr)["units"][0]["tokens"], 0);
}

TEST_F(EdgeConformance, SaysThatTheCredentialIsNotAccepted) {
  secrets.set("sallyport", "bigip-edge", {{"username", Secret("admin")}, {"password", Secret("wrong")}});

  const auto verdicts = put({fragment()});

  EXPECT_OUTCOME(verdicts[0], ir::Outcome::Unknown);
  EXPECT_EQ(verdicts[0].error->code, Code::Unauthorized);
  EXPECT_EQ(provider->observe({"x"}, {}).error().code, Code::Unauthorized);
}

TEST_F(EdgeConformance, DoesNotLockItsAccountWithACredentialThatIsNotAccepted) {
  provider->close({});
  secrets.set("sallyport", "bigip-edge", {{"username", Secret("admin")}, {"password", Secret("wrong")}});
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(provider->check({}).has_value());
  secrets.set("sallyport", "bigip-edge", {{"username", Secret("admin")}, {"password", Secret("s3cret")}});
  clock.advance(std::chrono::minutes(1));

  EXPECT_TRUE(provider->check({}).has_value());
}

TEST_F(EdgeConformance, TakesARefusedReadForUnknownAndNotForAbsent) {
  control("/_sim/users", {{"name", "guest"}, {"password", "guest"}, {"role", "guest"}});
  secrets.set("sallyport", "bigip-edge", {{"username", Secret("guest")}, {"password", Secret("guest")}});

  const Result<Observed> observed = provider->observe({fragment().place.tenant}, {});

  ASSERT_FALSE(observed.has_value());
  EXPECT_TRUE(observed.error().code == Code::Refused || observed.error().code == Code::Unauthorized)
      << observed.error().text();
  EXPECT_OUTCOME(remove({absent(fragment())})[0], ir::Outcome::Unknown);
}

TEST_F(EdgeConformance, SaysThatAs3IsMissing) {
  control("/_sim/as3", {{"installed", false}});

  EXPECT_EQ(provider->check({}).error().code, Code::NotFound);
  EXPECT_THAT(provider->check({}).error().message, HasSubstr("AS3 is not installed"));
  EXPECT_EQ(provider->observe({"x"}, {}).error().code, Code::NotFound);
  EXPECT_OUTCOME(put({fragment()})[0], ir::Outcome::Unknown);
}

TEST_F(EdgeConformance, TakesAnAs3ThatVanishedForARestart) {
  ASSERT_TRUE(provider->check({}).has_value());
  control("/_sim/as3", {{"installed", false}});

  EXPECT_EQ(provider->check({}).error().code, Code::Unavailable);
}

TEST_F(EdgeConformance, SaysWhichModuleIsMissing) {
  control("/_sim/provision", {{"apm", "none"}});

  EXPECT_EQ(provider->check({}).error().code, Code::NotFound);
  EXPECT_THAT(provider->check({}).error().message, HasSubstr("apm"));
}

TEST_F(EdgeConformance, IsolatesOneBadEntryAmongSeveral) {
  put({fragment("fraud", 1)});
  ir::EdgeFragment bad = fragment("bad", 3);
  bad.policy.access_profile = "/Common/not_there";

  const auto verdicts = put({fragment("churn", 2), bad, fragment("credit", 4)});

  EXPECT_OUTCOME(verdicts[0], ir::Outcome::Applied);
  EXPECT_OUTCOME(verdicts[1], ir::Outcome::Rejected);
  EXPECT_OUTCOME(verdicts[2], ir::Outcome::Applied);
  EXPECT_EQ(verdicts[1].error->where, "spec.identity.enforcement.accessProfile");
  EXPECT_THAT(verdicts[1].error->message, HasSubstr("/Common/not_there"));
  EXPECT_THAT(virtuals(), SizeIs(3));
}

TEST_F(EdgeConformance, NamesTheNeighbourThatHoldsUpEveryChange) {
  edit("apm profile access", "/Common/short_lived");
  ir::EdgeFragment bad = fragment("bad", 3);
  bad.policy.access_profile = "/Common/short_lived";
  put({bad, fragment("fraud", 1)});
  control("/_sim/edit", {{"op", "delete"}, {"component", "apm profile access"}, {"path", "/Common/short_lived"}});

  const auto verdicts = provider->apply({{fragment("churn", 2)}, {absent(fragment("fraud", 1))}}, {});

  for (const ir::Verdict& verdict : verdicts) {
    EXPECT_OUTCOME(verdict, ir::Outcome::Unknown);
    EXPECT_THAT(verdict.error->message, HasSubstr(bad.place.application));
  }
  EXPECT_THAT(*provider->drifted({bad}, {}), ::testing::ElementsAre(bad.place));
}

TEST_F(EdgeConformance, TellsWhatItWouldTakeNowOfWhatItRejected) {
  put({fragment("fraud", 1)});
  ir::EdgeFragment bad = fragment("bad", 3);
  bad.policy.access_profile = "/Common/not_there";
  asked.clear();

  EXPECT_THAT(*provider->would_take({bad, fragment("churn", 2)}, {}),
              ::testing::ElementsAre(fragment("churn", 2).place));
  edit("apm profile access", "/Common/not_there");
  EXPECT_THAT(*provider->would_take({bad}, {}), ::testing::ElementsAre(bad.place));

  EXPECT_THAT(writes(), SizeIs(0));
}

TEST_F(EdgeConformance, FindsAnEntryThatTheDeviceItselfRejects) {
  put({fragment("fraud", 1)});
  ir::EdgeFragment twin = fragment("churn", 1);  // fraud's address

  const auto verdicts = put({twin, fragment("credit", 4), fragment("claims", 5)});

  EXPECT_OUTCOME(verdicts[0], ir::Outcome::Rejected);
  EXPECT_EQ(verdicts[0].error->where, "status.virtualServer.address");
  EXPECT_EQ(verdicts[0].error->code, Code::Conflict);
  EXPECT_OUTCOME(verdicts[1], ir::Outcome::Applied);
  EXPECT_OUTCOME(verdicts[2], ir::Outcome::Applied);
}

TEST_F(EdgeConformance, IsolatesABadEntryInTheVeryFirstWriteToADevice) {
  ir::EdgeFragment bad = fragment("bad", 3);
  bad.waf_policy = "/Common/not_there";

  const auto verdicts = put({bad, fragment("churn", 2)});

  EXPECT_OUTCOME(verdicts[0], ir::Outcome::Rejected);
  EXPECT_EQ(verdicts[0].error->where, "spec.security.wafPolicy");
  EXPECT_OUTCOME(verdicts[1], ir::Outcome::Applied);
}

TEST_F(EdgeConformance, SendsNothingWithoutATokenPolicy) {
  ir::EdgeFragment open = fragment();
  open.policy = {};

  const auto verdicts = put({open});

  EXPECT_OUTCOME(verdicts[0], ir::Outcome::Rejected);
  EXPECT_TRUE(asked.empty());
}

TEST_F(EdgeConformance, WaitsForABusyDevice) {
  put({fragment()});
  control("/_sim/lock", {{"seconds", 40}});

  EXPECT_OUTCOME(put({fragment("churn", 2)})[0], ir::Outcome::Applied);
}

TEST_F(EdgeConformance, GivesABusyDeviceUpForNowWithTheTimeToComeBack) {
  put({fragment()});
  control("/_sim/lock", {{"seconds", 3600}});

  const auto verdicts = put({fragment("churn", 2)});

  EXPECT_OUTCOME(verdicts[0], ir::Outcome::Unknown);
  EXPECT_EQ(verdicts[0].error->code, Code::RateLimited);
  EXPECT_TRUE(verdicts[0].error->retry_after.has_value());
}

TEST_F(EdgeConformance, PassesOnThatItIsToSlowDown) {
  put({fragment()});
  fault({{"method", "PATCH"}},
        {{"action", "status"}, {"status", 429}, {"headers", {{"Retry-After", "9"}}}, {"body", "{}"}, {"times", 0}});

  const auto verdicts = put({fragment("churn", 2)});

  EXPECT_OUTCOME(verdicts[0], ir::Outcome::Unknown);
  EXPECT_EQ(verdicts[0].error->code, Code::RateLimited);
  EXPECT_EQ(verdicts[0].error->retry_after, std::chrono::seconds(9));
}

TEST_F(EdgeConformance, TakesAServerErrorOrHtmlForUnknownAndNotForAbsent) {
  put({fragment()});
  for (const char* action : {"status", "html"}) {
    fault({{"method", "GET"}, {"path", "/mgmt/shared/appsvcs/*"}},
          {{"action", action}, {"status", 500}, {"body", "{}"}, {"times", 0}});

    EXPECT_EQ(provider->observe({fragment().place.tenant}, {}).error().code, Code::Unavailable) << action;
    EXPECT_OUTCOME(remove({absent(fragment())})[0], ir::Outcome::Unknown);
  }
}

TEST_F(EdgeConformance, ReportsAWriteThatFailedWithAServerError) {
  put({fragment()});
  fault({{"method", "PATCH"}}, {{"action", "html"}, {"times", 0}});

  const auto verdicts = put({fragment("churn", 2)});

  EXPECT_OUTCOME(verdicts[0], ir::Outcome::Unknown);
  EXPECT_EQ(verdicts[0].error->code, Code::Unavailable);
}

TEST_F(EdgeConformance, LooksUpAWriteWhoseAnswerWasLost) {
  put({fragment("fraud", 1)});
  put({fragment("credit", 4)});  // the form of a patch is settled by now
  fault({{"method", "PATCH"}}, {{"action", "drop_after"}});
  asked.clear();

  const auto verdicts = provider->apply({{fragment("churn", 2)}, {absent(fragment("fraud", 1))}}, {});

  EXPECT_OUTCOME(verdicts[0], ir::Outcome::Applied);
  EXPECT_OUTCOME(verdicts[1], ir::Outcome::Gone);
  EXPECT_THAT(writes(), SizeIs(1));
}

TEST_F(EdgeConformance, DoesNotSendAgainWhatGotLostOnTheWay) {
  put({fragment("fraud", 1)});
  put({fragment("credit", 4)});
  fault({{"method", "PATCH"}}, {{"action", "drop_before"}});
  asked.clear();

  const auto verdicts = put({fragment("churn", 2)});

  EXPECT_OUTCOME(verdicts[0], ir::Outcome::Unknown);
  EXPECT_EQ(verdicts[0].error->code, Code::Unavailable);
  EXPECT_THAT(writes(), SizeIs(1));
  EXPECT_OUTCOME(put({fragment("churn", 2)})[0], ir::Outcome::Applied);
}

TEST_F(EdgeConformance, SurvivesPollsThatFail) {
  put({fragment("fraud", 1)});
  fault({{"method", "GET"}, {"path", "/mgmt/shared/appsvcs/task/*"}}, {{"action", "html"}, {"times", 3}});

  EXPECT_OUTCOME(put({fragment("churn", 2)})[0], ir::Outcome::Applied);
}

TEST_F(EdgeConformance, DoesNotCallPersistedWhatCouldNotBeSaved) {
  put({fragment()});
  fault({{"path", "/mgmt/tm/task/sys/config*"}}, {{"action", "status"}, {"status", 500}, {"body", "{}"}, {"times", 0}});
  EXPECT_FALSE(provider->persist({}).has_value());

  control("/_sim/faults", json::array());
  EXPECT_TRUE(provider->persist({}).has_value());
}

}  // namespace
}  // namespace sallyport::edge
