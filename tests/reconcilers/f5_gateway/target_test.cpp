// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/f5_gateway/target.hpp"

#include <gmock/gmock.h>

#include "tests/testing/fake_clock.hpp"

namespace sallyport::f5_gateway {
namespace {

const Key kTenant = shared::tenant_target("edge", "sp_inst0001_risk_1");

using ir::Outcome;

/// A device that takes everything.
class FakeDevice : public edge::EdgeProvider {
 public:
  Result<edge::Condition> check(std::stop_token) override {
    if (unwell) return *unwell;
    return condition;
  }
  Result<edge::Observed> observe(const std::set<std::string>&, std::stop_token) override {
    ++looks;
    if (unreadable) return *unreadable;
    edge::Observed observed;
    for (const auto& [place, fragment] : there)
      observed.entries[place] = {edge::owner_mark(fragment.owner.uid), fragment.hash()};
    return observed;
  }
  std::vector<ir::Verdict> apply(const edge::Changes& changes, std::stop_token) override {
    std::vector<ir::Verdict> verdicts;
    for (const ir::EdgeFragment& fragment : changes.put) {
      there.insert_or_assign(fragment.place, fragment);
      verdicts.push_back({Outcome::Applied, {}});
    }
    for (const ir::EdgeFragment& fragment : changes.remove) {
      there.erase(fragment.place);
      verdicts.push_back({Outcome::Gone, {}});
    }
    ++writes;
    return verdicts;
  }
  Result<std::set<ir::EdgePlace>> drifted(const std::vector<ir::EdgeFragment>&, std::stop_token) override {
    if (unjudgeable) return *unjudgeable;
    return std::exchange(changed_by_hand, {});
  }
  Result<edge::Persisted> persist(std::stop_token) override {
    if (unsavable) return *unsavable;
    if (saved_writes == writes && saves > 0) return edge::Persisted::NothingToSave;
    saved_writes = writes;
    ++saves;
    return edge::Persisted::Saved;
  }
  std::string render(const std::vector<ir::EdgeFragment>&) const override { return {}; }
  void close(std::stop_token) override { ++closed; }

  edge::Condition condition{"https://unit", "AS3", {}, {}, {}};
  std::optional<Error> unwell;
  std::optional<Error> unreadable;
  std::optional<Error> unjudgeable;
  std::optional<Error> unsavable;
  std::map<ir::EdgePlace, ir::EdgeFragment> there;
  std::set<ir::EdgePlace> changed_by_hand;
  int looks = 0;
  int writes = 0;
  int saved_writes = 0;
  int saves = 0;
  int closed = 0;
};

class GatewayTarget : public ::testing::Test {
 protected:
  GatewayTarget() { link.use(device); }

  static ir::EdgeFragment fragment(ir::Wish wish = ir::Wish::Present) {
    ir::EdgeFragment fragment;
    fragment.wish = wish;
    fragment.owner = {"ProtectedEndpoint", "risk", "fraud", Uid("4d1c"), "7", 1};
    fragment.place = {"sp_risk_1", "fraud"};
    fragment.host = "fraud.ml.example.com";
    return fragment;
  }
  void want(const ir::EdgeFragment& fragment) { link.submit(kTenant, fragment, runtime::Priority::Normal); }
  /// One more edit of the endpoint, brought about.
  void change(int edit) {
    ir::EdgeFragment edited = fragment();
    edited.max_concurrent = edit + 1;
    want(edited);
    (void)converge();
  }
  /// What waits in the queue now; a test is its own worker.
  std::set<Key> due() {
    std::set<Key> keys;
    while (const auto taken = link.queue().try_get()) {
      keys.insert(taken->key);
      link.queue().done(taken->key);
    }
    return keys;
  }
  runtime::Next look() { return step(link, link.check_target(), {}); }
  runtime::Next converge() { return step(link, kTenant, {}); }
  runtime::Next save() { return step(link, {"Save", "", "edge"}, {}); }
  [[nodiscard]] bool unsaved() const { return (*link.health())->unsaved; }
  Outcome outcome() { return link.verdict(kTenant, Uid("4d1c"))->outcome; }

  sallyport::testing::FakeClock clock;
  sallyport::testing::FakeRandom random;
  metrics::Metrics metrics;
  bool stored = false;  ///< what the gateway's status says
  std::shared_ptr<FakeDevice> device = std::make_shared<FakeDevice>();
  shared::GatewayLink::Step step = edge_step(std::make_shared<std::mutex>(), [this] { return stored; });
  shared::GatewayLink link{
      {"F5Gateway", "", "edge"},
      [](auto&, const Key&, std::stop_token) { return runtime::Next{}; },
      /*threads=*/0,
      {clock, random, metrics, std::chrono::minutes(10), [](const Key&) {}, [](const Key&, shared::HealthNews) {}}};
};

TEST_F(GatewayTarget, WritesOnlyOnceTheStoredStatusSaysThatSomethingWillHaveToBeSaved) {
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

TEST_F(GatewayTarget, IsCleanAgainAfterTheSave) {
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

TEST_F(GatewayTarget, SavesOnlyWhenNoChangeHasFollowedForAWhile) {
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

TEST_F(GatewayTarget, SavesInTheMiddleOfChangesThatNeverEnd) {
  stored = true;
  (void)look();
  for (int i = 0; i < 31; ++i) {
    change(i);
    (void)save();
    clock.advance(std::chrono::seconds(1));
  }

  EXPECT_EQ(device->saves, 1);
}

TEST_F(GatewayTarget, TakesTheNoteBackWhenNothingWasChangedInTheEnd) {
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

TEST_F(GatewayTarget, LooksAtWhatItChangedAgainWhenAnotherUnitHasTakenOver) {
  stored = true;
  (void)look();
  change(1);
  (void)due();
  clock.advance(std::chrono::seconds(2));
  device->unsavable = Error{Code::Conflict, "it has to be observed first", {}, {}};

  EXPECT_TRUE(save().error);

  EXPECT_THAT(due(), ::testing::Contains(kTenant));
}

TEST_F(GatewayTarget, StaysUnsavedWhenTheSaveFails) {
  stored = true;
  (void)look();
  device->unsavable = Error{Code::Unavailable, "the peer is not in sync", {}, {}};

  EXPECT_TRUE(save().error);

  EXPECT_TRUE(unsaved());
}

TEST_F(GatewayTarget, KnowsAfterARestartThatItsPredecessorDidNotSave) {
  stored = true;

  (void)look();

  EXPECT_TRUE(unsaved());
}

TEST_F(GatewayTarget, AsksForTheNoteBeforeItLooksAtTheDevice) {
  (void)look();
  want(fragment());

  (void)converge();
  EXPECT_EQ(device->looks, 0);

  stored = true;
  (void)converge();
  EXPECT_EQ(device->looks, 1);
  EXPECT_EQ(device->writes, 1);
}

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

TEST_F(GatewayTarget, LooksAgainAfterAnErrorThatIsNeverRetried) {
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

TEST_F(GatewayTarget, ComesBackToABusyDeviceWithoutCountingAFailure) {
  (void)look();
  want(fragment());
  device->unreadable = Error{Code::RateLimited, "busy", {}, std::chrono::seconds(9)};

  const runtime::Next next = converge();

  EXPECT_FALSE(next.error);
  EXPECT_EQ(next.again_after, std::chrono::seconds(9));
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

}  // namespace
}  // namespace sallyport::f5_gateway
