// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/publication/follower.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/reconcilers/publication/published_gateway.hpp"

namespace sallyport::publication {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class FollowerOf : public ::testing::Test {
 protected:
  FollowerOf() { testing::write_text(enrolled_, gateway_.trusted_keys()); }
  [[nodiscard]] Follower open() const { return *Follower::open(state_, enrolled_); }
  /// "accepted", or why not.
  static std::string follow(Follower& follower, const std::string& sealed) {
    auto following = follower.examine(sealed);
    if (!following) return following.error().text();
    const auto accepted = follower.accept(sealed, *std::move(following));
    return accepted ? "accepted" : accepted.error().text();
  }
  std::string seal_by(const Signer& signer) {
    ++gateway_.manifest().serial;
    return *seal(gateway_.manifest(), signer);
  }

  PublishedGateway gateway_;
  testing::TemporaryDirectory folder_;
  std::string state_ = folder_.path + "/followed.json", enrolled_ = folder_.path + "/trusted.json";
};

TEST_F(FollowerOf, AGatewayBelievesWhoItWasEnrolledWith) {
  Follower follower = open();
  EXPECT_FALSE(follower.last());
  EXPECT_EQ(follow(follower, gateway_.seal()), "accepted");
  EXPECT_EQ(follower.last()->manifest.serial, 1);
  PublishedGateway other;
  EXPECT_THAT(follow(follower, other.seal()), HasSubstr("not trusted"));
}

TEST_F(FollowerOf, AGatewayGoesOnAfterARestart) {
  {
    Follower follower = open();
    gateway_.put("a", 3);
    EXPECT_EQ(follow(follower, gateway_.seal()), "accepted");
  }
  Follower again = open();
  ASSERT_TRUE(again.last());
  EXPECT_EQ(again.last()->manifest.endpoints[0].generation, 3);
  EXPECT_EQ(testing::mode_of(state_), 0600U);
}

TEST_F(FollowerOf, AGatewayRemembersARotationAcrossARestart) {
  const Signer next = *Signer::generate();
  const std::string by_hand = gateway_.seal();
  {
    Follower follower = open();
    gateway_.manifest().keys.push_back(next.public_jwk().dump());
    EXPECT_EQ(follow(follower, gateway_.seal()), "accepted");
    gateway_.manifest().keys = {next.public_jwk().dump()};
    EXPECT_EQ(follow(follower, seal_by(next)), "accepted");
  }
  Follower again = open();
  EXPECT_EQ(follow(again, seal_by(next)), "accepted");
  EXPECT_THAT(follow(again, gateway_.seal()), HasSubstr("not trusted")) << "the former key is no longer announced";
}

TEST_F(FollowerOf, AGatewayIsNotShownAnOldManifestAgainAcrossARestart) {
  const std::string older = gateway_.seal();
  {
    Follower follower = open();
    EXPECT_EQ(follow(follower, gateway_.seal()), "accepted");
  }
  Follower again = open();
  EXPECT_THAT(follow(again, older), HasSubstr("older"));
}

TEST_F(FollowerOf, AGatewayTakesTheSameTwiceAndNoOtherUnderItsSerial) {
  Follower follower = open();
  const std::string sealed = gateway_.seal();
  EXPECT_EQ(follow(follower, sealed), "accepted");
  EXPECT_EQ(follow(follower, sealed), "accepted");
  gateway_.put("a");
  EXPECT_THAT(follow(follower, *seal(gateway_.manifest(), gateway_.signer())),
              HasSubstr("another one under the serial"));
}

TEST_F(FollowerOf, AGatewayHoldsANewerGenerationAcrossARestart) {
  gateway_.put("a", 5);
  gateway_.put("b", 1);
  {
    Follower follower = open();
    EXPECT_EQ(follow(follower, gateway_.seal()), "accepted");
    gateway_.put("a", 4);
    gateway_.put("b", 2);
    const std::string sealed = gateway_.seal();
    const auto following = follower.examine(sealed);
    ASSERT_TRUE(following);
    EXPECT_THAT(following->notes, ElementsAre(HasSubstr("a: generation 4 is older than the 5")));
    EXPECT_TRUE(follower.accept(sealed, *following));
  }
  const Follower again = open();
  std::map<std::string, std::int64_t> generations;
  for (const Entry& entry : again.last()->manifest.endpoints) generations[entry.id] = entry.generation;
  EXPECT_EQ(generations, (std::map<std::string, std::int64_t>{{"a", 5}, {"b", 2}}));
}

TEST_F(FollowerOf, AGatewayLetsAnEndpointThatWasMadeAnewBeginAtOne) {
  Follower follower = open();
  gateway_.put("a", 5);
  EXPECT_EQ(follow(follower, gateway_.seal()), "accepted");
  gateway_.put("a", 1, [](Endpoint& endpoint) { endpoint.uid = "another-life"; });
  const auto following = follower.examine(gateway_.seal());
  ASSERT_TRUE(following);
  EXPECT_THAT(following->notes, IsEmpty());
}

TEST_F(FollowerOf, AGatewayIsNotBegunWithWhatCannotBeRead) {
  testing::write_text(enrolled_, R"({"keys":[]})");
  EXPECT_EQ(Follower::open(state_, enrolled_).error().code, Code::InvalidSpec);
  EXPECT_EQ(Follower::open(state_, folder_.path + "/none").error().code, Code::NotFound);
  testing::write_text(state_, "{");
  EXPECT_EQ(Follower::open(state_, enrolled_).error().code, Code::InvalidSpec) << "never as if there were none";
}

TEST_F(FollowerOf, AGatewayTakesTheDocumentOfTheEntryOnly) {
  gateway_.put("a", 3);
  gateway_.put("b", 3);
  auto& endpoints = gateway_.manifest().endpoints;
  EXPECT_TRUE(read_document(endpoints[0], gateway_.objects()));
  Entry mixed = endpoints[0];
  mixed.document = endpoints[1].document;
  EXPECT_THAT(read_document(mixed, gateway_.objects()).error().text(), HasSubstr("another endpoint"));
  mixed = endpoints[0];
  mixed.generation = 4;
  EXPECT_FALSE(read_document(mixed, gateway_.objects()));
}

}  // namespace
}  // namespace sallyport::publication
