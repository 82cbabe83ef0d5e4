// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/f5_gateway/target.hpp"

#include "tests/reconcilers/f5_gateway/gateway_stage.hpp"

namespace sallyport::f5_gateway::testing {
namespace {

TEST_F(GatewayTarget, WritesNothingAfterARestartWhenEverythingWasSaved) {
  device->there.emplace(fragment().place, fragment());
  (void)look();
  (void)link.resume(kTenant, fragment(), {Outcome::Applied, {}});

  (void)converge();
  (void)look();

  EXPECT_EQ(outcome(), Outcome::Applied);
  EXPECT_FALSE(unsaved());
  EXPECT_EQ(device->writes, 0);
  EXPECT_EQ(device->saves, 0);
}

TEST_F(GatewayTarget, RepairsWhatWasChangedByHandAndSavesItLater) {
  device->there.emplace(fragment().place, fragment());
  (void)look();
  stored = true;
  want(fragment());
  (void)converge();
  device->changed_by_hand = {fragment().place};

  (void)converge();
  device->changed_by_hand = {fragment().place};  // the first look noted that there will be something to save
  (void)converge();

  EXPECT_EQ(device->writes, 1);
  EXPECT_TRUE(link.verdict(kTenant, Uid("4d1c"))->drift_repaired);
  EXPECT_TRUE(unsaved());
}

TEST_F(GatewayTarget, CountsARemovalOnlyOnceItIsSaved) {
  device->there.emplace(fragment().place, fragment());
  stored = true;
  (void)look();
  want(fragment(ir::Wish::Absent));
  device->unsavable = Error{Code::Unavailable, "busy", {}, {}};

  (void)converge();
  EXPECT_EQ(outcome(), Outcome::Unknown);

  device->unsavable.reset();
  (void)converge();
  EXPECT_EQ(outcome(), Outcome::Gone);
}

TEST_F(GatewayTarget, WritesBesideAnEndpointThatIsGoneForGood) {
  (void)look();
  ir::EdgeFragment gone = fragment(ir::Wish::Absent);
  gone.owner.uid = Uid("a0ff");
  gone.place.application = "gone";
  want(gone);
  want(fragment());

  for (int i = 0; i < 5; ++i) {
    (void)converge();
    stored = unsaved();
  }

  EXPECT_EQ(device->writes, 1);
  EXPECT_EQ(outcome(), Outcome::Applied);
}

TEST_F(GatewayTarget, FreesTheAddressOfWhatItRemoved) {
  ir::EdgeFragment gone = fragment(ir::Wish::Absent);
  gone.address = "192.0.2.33";
  device->there.emplace(gone.place, gone);
  device->condition.addresses_in_use = {"192.0.2.33", "192.0.2.99"};
  device->condition.unclaimed = {"sp_risk_1/fraud"};
  stored = true;
  (void)look();
  want(gone);

  (void)converge();

  EXPECT_EQ((*link.health())->addresses_in_use, std::set<std::string>{"192.0.2.99"});
  EXPECT_TRUE((*link.health())->unclaimed.empty());
}

TEST_F(GatewayTarget, WithdrawsFromADeviceThatIsOnlyHalfWell) {
  device->there.emplace(fragment().place, fragment());
  device->unwell = Error{Code::NotFound, "module apm is not provisioned", {}, {}};
  (void)look();
  want(fragment(ir::Wish::Absent));

  (void)converge();

  EXPECT_EQ(outcome(), Outcome::Gone);
}

TEST_F(GatewayTarget, GivesBackTheTokenOfFormerCredentials) {
  (void)look();
  const auto former = device;
  link.use(std::make_shared<FakeDevice>());

  (void)look();
  (void)look();

  EXPECT_EQ(former->closed, 1);
}

TEST_F(GatewayTarget, OnlyReportsTheDifferenceWhenToldToObserve) {
  (void)look();
  stored = true;
  want(fragment(ir::Wish::Observe));

  (void)converge();

  EXPECT_EQ(device->writes, 0);
  const auto verdict = link.verdict(kTenant, Uid("4d1c"));
  EXPECT_THAT(verdict->notes, ::testing::ElementsAre("the application is not on the gateway"));
}

TEST_F(GatewayTarget, TellsThatWhatItOnlyObservesWasChangedByHandAndWritesNothing) {
  observe_standing();
  ASSERT_EQ(outcome(), Outcome::Applied);
  device->changed_by_hand = {fragment().place};

  (void)converge();

  EXPECT_EQ(outcome(), Outcome::Rejected);
  EXPECT_EQ(link.verdict(kTenant, Uid("4d1c"))->error->code, Code::Conflict);
  EXPECT_EQ(device->writes, 0);
  EXPECT_EQ(device->saves, 0);

  device->changed_by_hand.clear();
  (void)converge();
  EXPECT_EQ(outcome(), Outcome::Applied);
}

TEST_F(GatewayTarget, GoesOnTellingOfWhatWasChangedByHandWhileANeighbourIsWritten) {
  observe_standing();
  device->changed_by_hand = {fragment().place};
  (void)converge();

  want(other());
  (void)converge();

  EXPECT_EQ(device->writes, 1);
  EXPECT_EQ(outcome(), Outcome::Rejected);
}

TEST_F(GatewayTarget, RepairsWhatItSawChangedByHandAtOnceWhenToldToEnforceAgain) {
  observe_standing();
  device->changed_by_hand = {fragment().place};
  (void)converge();

  want(fragment());
  (void)converge();

  EXPECT_EQ(device->writes, 1);
  EXPECT_TRUE(link.verdict(kTenant, Uid("4d1c"))->drift_repaired);
}

TEST_F(GatewayTarget, RepairsDriftBesideAnEndpointThatTheDeviceRejects) {
  bring_about(fragment());
  reject(other());
  device->changed_by_hand = {fragment().place};

  (void)converge();

  EXPECT_TRUE(link.verdict(kTenant, Uid("4d1c"))->drift_repaired);
  EXPECT_EQ(link.verdict(kTenant, other().owner.uid)->outcome, Outcome::Rejected);
}

TEST_F(GatewayTarget, OffersWhatWasRejectedAgainOnceInADriftIntervalAndWithoutANote) {
  reject(other());
  save_all();
  const int writes = device->writes;
  const int told = news;

  for (int i = 0; i < 3; ++i) (void)converge();
  EXPECT_EQ(device->offers, 0);
  clock.advance(std::chrono::minutes(10));
  for (int i = 0; i < 3; ++i) (void)converge();

  EXPECT_EQ(device->offers, 1);
  EXPECT_EQ(device->writes, writes);
  EXPECT_EQ(news, told) << "neither the gateway's status nor the endpoint's has anything new to say";
}

TEST_F(GatewayTarget, LooksForDriftAlsoWhileAChangeCannotBeMade) {
  bring_about(fragment());
  device->stuck = {other().place};
  bring_about(other());
  device->changed_by_hand = {fragment().place};
  clock.advance(std::chrono::minutes(10));

  (void)converge();

  EXPECT_TRUE(link.verdict(kTenant, Uid("4d1c"))->drift_repaired);
}

TEST_F(GatewayTarget, WritesWhatWasRejectedOnceTheDeviceWouldTakeIt) {
  reject(other());
  device->refused.clear();
  clock.advance(std::chrono::minutes(10));

  (void)converge();

  EXPECT_EQ(link.verdict(kTenant, other().owner.uid)->outcome, Outcome::Applied);
}

TEST_F(GatewayTarget, OffersEverMoreSeldomWhatOnlyAWriteShowsToBeRefused) {
  device->only_a_write_shows = true;
  reject(other());
  const int writes = device->writes;

  for (int minute = 0; minute < 150; minute += 10) {
    clock.advance(std::chrono::minutes(10));
    (void)converge();
  }

  EXPECT_EQ(device->writes - writes, 4) << "after 10, 30, 70 and 150 minutes";
}

TEST_F(GatewayTarget, OffersWhatWasRejectedAlongWithAnotherChange) {
  reject(other());
  device->refused.clear();

  bring_about(fragment());

  EXPECT_EQ(link.verdict(kTenant, other().owner.uid)->outcome, Outcome::Applied);
}

TEST_F(GatewayTarget, KeepsCallingRejectedWhatTheDeviceWouldNoLongerTakeAndIsThere) {
  bring_about(fragment());
  device->changed_by_hand = {fragment().place};
  device->refused = {fragment().place};
  (void)converge();
  ASSERT_EQ(outcome(), Outcome::Rejected);

  (void)converge();
  EXPECT_EQ(outcome(), Outcome::Rejected);

  device->changed_by_hand.clear();  // what it needs is back
  (void)converge();
  EXPECT_EQ(outcome(), Outcome::Applied);
}

TEST_F(GatewayTarget, LooksAgainSoonAtWhatWasHandedOverAndIsNotInForce) {
  device->soon = std::chrono::seconds(1);
  stored = true;
  (void)look();
  want(fragment());
  EXPECT_EQ(converge().again_after, std::chrono::seconds(1));
  device->soon.reset();
  EXPECT_GT(*converge().again_after, std::chrono::minutes(1));
}

TEST_F(GatewayTarget, KeepsThePulseOfAGatewayThatNeedsNoSaving) {
  device->saving = false;
  device->beat = std::chrono::seconds(20);
  EXPECT_EQ(look().again_after, std::chrono::seconds(20));
  EXPECT_EQ(device->saves, 1);
  want(fragment());
  (void)converge();
  EXPECT_EQ(device->writes, 1);  // without a note that something will have to be saved
  EXPECT_FALSE(unsaved());

  device->unsavable = Error{Code::Conflict, "it is somebody else's", {}, {}};
  (void)look();
  EXPECT_FALSE(link.health()->has_value());
}

TEST_F(GatewayTarget, LooksAtEverythingAnewWhenTheGatewayHasLostSomething) {
  bring_about(fragment());
  (void)due();
  (void)look();
  EXPECT_FALSE(due().contains(kTenant));
  device->condition.incomplete = true;
  (void)look();
  EXPECT_TRUE(due().contains(kTenant));
}

}  // namespace
}  // namespace sallyport::f5_gateway::testing
