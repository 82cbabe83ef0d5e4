// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/edge/bigip/group.hpp"

#include <gmock/gmock.h>

#include "tests/reconcilers/providers/edge/bigip/fixtures.hpp"
#include "tests/reconcilers/providers/edge/bigip/script.hpp"
#include "tests/testing/fake_clock.hpp"

namespace sallyport::edge::bigip {
namespace {

constexpr const char* kFailover = "GET /mgmt/tm/cm/failover-status";

class GroupOfTwo : public ::testing::Test {
 protected:
  void states(const std::string& a, const std::string& b) {
    first.on(kFailover, testing::answer(200, testing::stat("status", a)));
    second.on(kFailover, testing::answer(200, testing::stat("status", b)));
  }
  Group make() {
    std::vector<std::unique_ptr<Device>> units;
    units.push_back(std::make_unique<Device>("https://a", first.client(),
                                             Access{testing::connection().credentials, secrets, clock}));
    units.push_back(std::make_unique<Device>("https://b", second.client(),
                                             Access{testing::connection().credentials, secrets, clock}));
    return {std::move(units), clock};
  }
  testing::Script first;
  testing::Script second;
  testing::MemorySecrets secrets;
  sallyport::testing::FakeClock clock;
  Group group = make();
};

TEST_F(GroupOfTwo, PicksTheActiveUnit) {
  states("STANDBY", "ACTIVE");

  EXPECT_EQ((*group.active({}))->origin(), "https://b");
}

TEST_F(GroupOfTwo, LooksAnewEachTime) {
  states("ACTIVE", "STANDBY");
  EXPECT_EQ((*group.active({}))->origin(), "https://a");
  states("STANDBY", "ACTIVE");
  EXPECT_EQ((*group.active({}))->origin(), "https://b");
}

TEST_F(GroupOfTwo, StopsWhenBothAreActive) {
  states("ACTIVE", "ACTIVE");

  EXPECT_EQ(group.active({}).error().code, Code::Conflict);
}

TEST_F(GroupOfTwo, HasNobodyToWriteToWhenNoneIsActive) {
  states("STANDBY", "FORCED OFFLINE");

  EXPECT_EQ(group.active({}).error().code, Code::Unavailable);
}

TEST_F(GroupOfTwo, NotesAUnitThatDoesNotAnswer) {
  states("ACTIVE", "STANDBY");
  second.on(kFailover, {Result<http::Response>(Error{Code::Unavailable, "connection refused", {}, {}})});

  EXPECT_EQ((*group.active({}))->origin(), "https://a");
  EXPECT_THAT(group.notes(), ::testing::ElementsAre(::testing::HasSubstr("https://b")));
}

TEST_F(GroupOfTwo, LeavesASilentUnitAloneForHalfAMinute) {
  states("ACTIVE", "STANDBY");
  second.on(kFailover, {Result<http::Response>(Error{Code::Unavailable, "timed out", {}, {}})});

  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(group.active({}).has_value());
    EXPECT_THAT(group.notes(), ::testing::ElementsAre(::testing::HasSubstr("timed out")));
  }
  EXPECT_EQ(second.count(kFailover), 1U);

  clock.advance(std::chrono::seconds(30));
  EXPECT_TRUE(group.active({}).has_value());
  EXPECT_EQ(second.count(kFailover), 2U);
}

TEST_F(GroupOfTwo, AsksTheSilentUnitBeforeAWriteAndStopsWhenItHasBecomeActive) {
  states("ACTIVE", "STANDBY");
  second.on(kFailover, {Result<http::Response>(Error{Code::Unavailable, "timed out", {}, {}})});
  EXPECT_TRUE(group.active({}).has_value());
  EXPECT_TRUE(group.active({}, Silent::Asked).has_value());
  EXPECT_EQ(second.count(kFailover), 2U);

  states("ACTIVE", "ACTIVE");  // the partition is over

  EXPECT_TRUE(group.active({}).has_value()) << "a reader does not wait for it";
  EXPECT_EQ(group.active({}, Silent::Asked).error().code, Code::Conflict);
  EXPECT_EQ(group.active({}).error().code, Code::Conflict);
}

TEST_F(GroupOfTwo, AsksTheSilentUnitWhenNoOtherIsActive) {
  states("ACTIVE", "STANDBY");
  second.on(kFailover, {Result<http::Response>(Error{Code::Unavailable, "timed out", {}, {}})});
  EXPECT_TRUE(group.active({}).has_value());

  states("STANDBY", "ACTIVE");

  EXPECT_EQ((*group.active({}))->origin(), "https://b");
}

TEST_F(GroupOfTwo, KnowsThePeersOfAUnit) {
  states("ACTIVE", "STANDBY");
  const Device* active = *group.active({});

  ASSERT_THAT(group.others(*active), ::testing::SizeIs(1));
  EXPECT_EQ(group.others(*active).front()->origin(), "https://b");
}

TEST_F(GroupOfTwo, SaysWhyWhenTheOnlyCandidateCannotBeRead) {
  states("STANDBY", "STANDBY");
  first.on(kFailover, testing::answer(403, "{}"));

  EXPECT_EQ(group.active({}).error().code, Code::Refused);
}

TEST(ReadStat, RefusesWhatHasNoSuchLeaf) {
  EXPECT_EQ(*read_stat({200, {}, testing::stat("status", "ACTIVE")}, "status"), "ACTIVE");
  for (const std::string body :
       {"<html>", "{}", "[]", R"({"entries":{"x":1}})", R"({"entries":{"x":{"nestedStats":{"entries":{}}}}})"}) {
    EXPECT_EQ(read_stat({200, {}, body}, "status").error().code, Code::Unavailable) << body;
  }
}

}  // namespace
}  // namespace sallyport::edge::bigip
