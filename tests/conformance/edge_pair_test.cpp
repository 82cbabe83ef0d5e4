// SPDX-License-Identifier: Apache-2.0
// What every gateway backend has to get right with two units.
#include "tests/conformance/edge_stage.hpp"

namespace sallyport::edge {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

class EdgePairConformance : public EdgeConformance {
 protected:
  void SetUp() override { start(2); }
};

TEST_F(EdgePairConformance, WritesToTheActiveUnitAndFollowsAFailover) {
  put({fragment("fraud", 1)});
  ASSERT_FALSE(writes().empty());
  EXPECT_EQ(writes().back().unit, 0);
  ASSERT_TRUE(provider->persist({}).has_value());

  control("/_sim/failover", {{"active", 1}});
  EXPECT_OUTCOME(put({fragment("churn", 2)})[0], ir::Outcome::Applied);

  EXPECT_EQ(writes().back().unit, 1);
  EXPECT_EQ(observe().entries.size(), 2U);
}

TEST_F(EdgePairConformance, WritesNothingWhileTwoUnitsAreActive) {
  control("/_sim/failover", {{"states", {"ACTIVE", "ACTIVE"}}});

  const auto verdicts = put({fragment()});

  EXPECT_OUTCOME(verdicts[0], ir::Outcome::Unknown);
  EXPECT_EQ(verdicts[0].error->code, Code::Conflict);
  EXPECT_EQ(provider->check({}).error().code, Code::Conflict);
  EXPECT_THAT(writes(), SizeIs(0));
}

TEST_F(EdgePairConformance, SyncsThePeerAndVerifiesIt) {
  put({fragment()});
  EXPECT_EQ(control("/_sim/state", nullptr)["inSync"], false);

  const Result<Persisted> persisted = provider->persist({});

  ASSERT_TRUE(persisted.has_value()) << persisted.error().text();
  EXPECT_EQ(control("/_sim/state", nullptr)["inSync"], true);
  EXPECT_THAT(virtuals(1), SizeIs(1));
}

TEST_F(EdgePairConformance, HasItSavedByThePeerAsWell) {
  put({fragment()});
  ASSERT_TRUE(provider->persist({}).has_value());

  control("/_sim/restart", {{"what", "reboot"}}, 1);

  EXPECT_THAT(virtuals(1), SizeIs(1));
}

TEST_F(EdgePairConformance, DoesNotCallPersistedWhatCouldNotBeSynced) {
  put({fragment()});
  control("/_sim/sync", {{"fails", true}});

  EXPECT_EQ(provider->persist({}).error().code, Code::Unavailable);

  control("/_sim/sync", {{"fails", false}});
  EXPECT_EQ(provider->persist({}).value(), Persisted::Saved);
}

TEST_F(EdgePairConformance, WaitsForASyncThatIsUnderWay) {
  put({fragment()});
  control("/_sim/sync", {{"status", "Syncing"}, {"seconds", 20}});
  const SteadyTime before = clock.steady();

  EXPECT_TRUE(provider->persist({}).has_value());

  EXPECT_GE(clock.steady() - before, std::chrono::seconds(20));
}

TEST_F(EdgePairConformance, LeavesASyncToTheGroupThatDoesItByItself) {
  control("/_sim/sync", {{"auto", true}});
  put({fragment()});
  asked.clear();

  ASSERT_TRUE(provider->persist({}).has_value());

  for (const Asked& one : asked) EXPECT_EQ(one.request.target.find("config-sync"), std::string::npos);
  control("/_sim/restart", {{"what", "reboot"}}, 1);
  EXPECT_THAT(virtuals(1), SizeIs(1));
}

TEST_F(EdgePairConformance, DoesNotCallPersistedWhatTheNewActiveUnitHasNeverSeen) {
  put({fragment("fraud", 1)});
  ASSERT_TRUE(provider->persist({}).has_value());
  remove({absent(fragment("fraud", 1))});
  control("/_sim/failover", {{"active", 1}});

  EXPECT_FALSE(provider->persist({}).has_value());
  EXPECT_FALSE(provider->persist({}).has_value());
  EXPECT_EQ(observe().entries.size(), 1U);
  EXPECT_OUTCOME(remove({absent(fragment("fraud", 1))})[0], ir::Outcome::Gone);
  EXPECT_TRUE(provider->persist({}).has_value());
  EXPECT_TRUE(virtuals(0).empty());
  EXPECT_TRUE(virtuals(1).empty());
}

TEST_F(EdgePairConformance, StopsWritingToAUnitThatHandsOverMeanwhile) {
  put({fragment("fraud", 1)});
  control("/_sim/lock", {{"seconds", 3600}});
  during("PATCH", [this] { control("/_sim/failover", {{"active", 1}}); });
  asked.clear();

  const auto verdicts = put({fragment("churn", 2)});

  EXPECT_OUTCOME(verdicts[0], ir::Outcome::Unknown);
  EXPECT_EQ(verdicts[0].error->code, Code::Unavailable);
  EXPECT_THAT(writes(), SizeIs(1));
}

TEST_F(EdgePairConformance, GoesOnWithTheActiveUnitWhenItsPeerIsDown) {
  control("/_sim/faults", json::array({{{"match", {{"unit", 1}}}, {"action", "drop_before"}, {"times", 0}}}));

  EXPECT_OUTCOME(put({fragment()})[0], ir::Outcome::Applied);
  EXPECT_THAT(provider->check({})->notes, ::testing::Contains(HasSubstr("bigip-1")));
}

TEST_F(EdgePairConformance, WritesNothingOnceAPeerThatWasCutOffComesBackActive) {
  fault({{"unit", 1}}, {{"action", "drop_before"}, {"times", 0}});
  EXPECT_OUTCOME(put({fragment("fraud", 1)})[0], ir::Outcome::Applied);
  control("/_sim/faults", json::array());
  control("/_sim/failover", {{"states", {"ACTIVE", "ACTIVE"}}});
  asked.clear();

  const auto verdicts = put({fragment("churn", 2)});

  EXPECT_OUTCOME(verdicts[0], ir::Outcome::Unknown);
  EXPECT_EQ(verdicts[0].error->code, Code::Conflict);
  EXPECT_EQ(provider->persist({}).error().code, Code::Conflict) << "a sync would overwrite what the other has taken";
  EXPECT_THAT(writes(), SizeIs(0));
}

TEST_F(EdgePairConformance, IsHeldUpOnceByAPeerThatHangs) {
  fault({{"unit", 1}}, {{"action", "half_open"}, {"times", 0}});
  const SteadyTime before = clock.steady();

  EXPECT_TRUE(provider->check({}).has_value());
  for (int i = 0; i < 5; ++i) (void)observe();

  EXPECT_LE(clock.steady() - before, std::chrono::seconds(3));
  EXPECT_THAT(provider->check({})->notes, ::testing::Contains(HasSubstr("bigip-1")));
}

}  // namespace
}  // namespace sallyport::edge
