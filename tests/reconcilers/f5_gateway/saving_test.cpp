// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/f5_gateway/saving.hpp"

#include "tests/reconcilers/f5_gateway/gateway_stage.hpp"

namespace sallyport::f5_gateway::testing {
namespace {

class GatewaySaving : public GatewayTarget {};

TEST_F(GatewaySaving, WritesOnlyOnceTheStoredStatusSaysThatSomethingWillHaveToBeSaved) {
  (void)look();
  want(fragment());

  EXPECT_EQ(converge().again_after, std::chrono::milliseconds(100));
  EXPECT_EQ(device->writes, 0);
  EXPECT_TRUE(unsaved());

  stored = true;
  (void)converge();
  EXPECT_EQ(device->writes, 1);
  EXPECT_EQ(outcome(), Outcome::Applied);
}

TEST_F(GatewaySaving, IsCleanAgainAfterTheSave) {
  (void)look();
  want(fragment());
  (void)converge();
  stored = true;
  (void)converge();

  clock.advance(std::chrono::seconds(2));

  EXPECT_FALSE(save().error);

  EXPECT_EQ(device->saves, 1);
  EXPECT_FALSE(unsaved());
}

TEST_F(GatewaySaving, SavesOnlyWhenNoChangeHasFollowedForAWhile) {
  stored = true;
  (void)look();
  for (int i = 0; i < 10; ++i) {
    change(i);
    clock.advance(std::chrono::seconds(1));
    EXPECT_EQ(save().again_after, std::chrono::seconds(1));
  }
  EXPECT_EQ(device->saves, 0);

  clock.advance(std::chrono::seconds(1));
  EXPECT_FALSE(save().again_after);
  EXPECT_EQ(device->saves, 1);
}

TEST_F(GatewaySaving, SavesInTheMiddleOfChangesThatNeverEnd) {
  stored = true;
  (void)look();
  for (int i = 0; i < 31; ++i) {
    change(i);
    (void)save();
    clock.advance(std::chrono::seconds(6));
  }

  EXPECT_EQ(device->saves, 1);
}

TEST_F(GatewaySaving, TakesTheNoteBackWhenNothingWasChangedInTheEnd) {
  (void)look();
  want(fragment());
  (void)converge();
  ASSERT_TRUE(unsaved());
  device->there.emplace(fragment().place, fragment());  // somebody else was quicker
  stored = true;
  (void)converge();
  clock.advance(std::chrono::seconds(2));

  (void)save();

  EXPECT_EQ(device->writes, 0);
  EXPECT_FALSE(unsaved());
}

TEST_F(GatewaySaving, LooksAtWhatItChangedAgainWhenAnotherUnitHasTakenOver) {
  stored = true;
  (void)look();
  change(1);
  (void)due();
  clock.advance(std::chrono::seconds(2));
  device->unsavable = Error{Code::Conflict, "it has to be observed first", {}, {}};

  EXPECT_TRUE(save().error);

  EXPECT_THAT(due(), ::testing::Contains(kTenant));
}

TEST_F(GatewaySaving, StaysUnsavedWhenTheSaveFails) {
  stored = true;
  (void)look();
  device->unsavable = Error{Code::Unavailable, "the peer is not in sync", {}, {}};

  EXPECT_TRUE(save().error);

  EXPECT_TRUE(unsaved());
}

TEST_F(GatewaySaving, KnowsAfterARestartThatItsPredecessorDidNotSave) {
  stored = true;

  (void)look();

  EXPECT_TRUE(unsaved());
}

TEST_F(GatewaySaving, AsksForTheNoteBeforeItLooksAtTheDevice) {
  (void)look();
  want(fragment());

  (void)converge();
  EXPECT_EQ(device->looks, 0);

  stored = true;
  (void)converge();
  EXPECT_EQ(device->looks, 1);
  EXPECT_EQ(device->writes, 1);
}

TEST_F(GatewaySaving, LooksAgainAfterAnErrorThatIsNeverRetried) {
  stored = true;
  device->there.emplace(fragment().place, fragment());
  (void)look();
  want(fragment());
  device->unreadable = Error{Code::InvalidSpec, "the Secret needs username and password", {}, {}};
  EXPECT_TRUE(converge().again_after.has_value());

  device->unreadable.reset();
  device->unjudgeable = Error{Code::InvalidSpec, "the Secret needs username and password", {}, {}};
  (void)converge();
  const runtime::Next next = converge();

  EXPECT_TRUE(next.error);
  EXPECT_TRUE(next.again_after.has_value());
}

TEST_F(GatewaySaving, ComesBackToABusyDeviceWithoutCountingAFailure) {
  stored = true;
  (void)look();
  want(fragment());
  device->unreadable = Error{Code::RateLimited, "busy", {}, std::chrono::seconds(9)};

  const runtime::Next next = converge();

  EXPECT_FALSE(next.error);
  EXPECT_EQ(next.again_after, std::chrono::seconds(9));
}

}  // namespace
}  // namespace sallyport::f5_gateway::testing
