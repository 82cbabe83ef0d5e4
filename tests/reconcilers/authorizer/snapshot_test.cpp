// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/authorizer/snapshot.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/reconcilers/publication/published_gateway.hpp"

namespace sallyport::authorizer {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class SnapshotOf : public ::testing::Test {
 protected:
  Result<Snapshot> read(const Snapshot* before = nullptr) {
    return make_snapshot(gateway_.seal(), gateway_.trusted(), gateway_.objects(), before);
  }
  publication::PublishedGateway gateway_;
};

TEST_F(SnapshotOf, AManifestHasAPolicyForEachEndpoint) {
  gateway_.put("a");
  gateway_.put("b", 7);
  const auto snapshot = read();
  ASSERT_TRUE(snapshot) << snapshot.error().text();
  EXPECT_THAT(snapshot->notes, IsEmpty());
  EXPECT_EQ(snapshot->find("b")->generation, 7);
  EXPECT_EQ(snapshot->find("a")->demand.audience, "https://ml.example.com");
  EXPECT_EQ(snapshot->find("c"), nullptr);
  EXPECT_EQ(to_rfc3339(snapshot->use_until), "2026-11-23T00:00:00Z");
}

TEST_F(SnapshotOf, AManifestThatNobodyTrustedSignedIsNone) {
  gateway_.put("a");
  const publication::PublishedGateway other;
  EXPECT_EQ(make_snapshot(gateway_.seal(), other.trusted(), gateway_.objects(), nullptr).error().code, Code::Refused);
}

TEST_F(SnapshotOf, AnOlderManifestIsNone) {
  gateway_.put("a");
  const std::string older = gateway_.seal();
  const auto snapshot = read();
  ASSERT_TRUE(snapshot);
  EXPECT_EQ(make_snapshot(older, gateway_.trusted(), gateway_.objects(), &*snapshot).error().code, Code::Conflict);
}

TEST_F(SnapshotOf, AnEndpointWithoutItsDocumentLetsNobodyIn) {
  gateway_.put("a");
  gateway_.put("b");
  const auto before = read();
  ASSERT_TRUE(before);
  gateway_.put("a", 2);
  gateway_.manifest().endpoints.back().document = std::string(64, '0');
  const auto snapshot = read(&*before);
  ASSERT_TRUE(snapshot) << snapshot.error().text();
  EXPECT_EQ(snapshot->find("a"), nullptr) << "the policy before may grant what the new one takes away";
  EXPECT_NE(snapshot->find("b"), nullptr) << "one bad endpoint keeps nobody else out";
  EXPECT_THAT(snapshot->notes, ElementsAre(HasSubstr("a: ")));
}

TEST_F(SnapshotOf, AnEndpointsOlderGenerationIsNotFollowed) {
  gateway_.put("a", 5);
  const auto before = read();
  ASSERT_TRUE(before);
  gateway_.put("a", 4);
  const auto snapshot = read(&*before);
  ASSERT_TRUE(snapshot);
  EXPECT_EQ(snapshot->find("a")->generation, 5);
  EXPECT_THAT(snapshot->notes, ElementsAre(HasSubstr("generation 4 is older than the 5")));
}

TEST_F(SnapshotOf, AnEndpointThatWasMadeAnewMayBeginAtOneAgain) {
  gateway_.put("a", 5);
  const auto before = read();
  ASSERT_TRUE(before);
  gateway_.put("a", 1, [](publication::Endpoint& endpoint) { endpoint.uid = "another-life"; });
  const auto snapshot = read(&*before);
  ASSERT_TRUE(snapshot);
  EXPECT_EQ(snapshot->find("a")->generation, 1);
}

TEST_F(SnapshotOf, AnotherEndpointsDocumentIsNotTakenForIt) {
  gateway_.put("a");
  gateway_.put("b");
  auto& endpoints = gateway_.manifest().endpoints;
  endpoints[0].document = endpoints[1].document;
  const auto snapshot = read();
  ASSERT_TRUE(snapshot);
  EXPECT_EQ(snapshot->find("a"), nullptr);
  EXPECT_THAT(snapshot->notes, ElementsAre(HasSubstr("another endpoint")));
}

TEST_F(SnapshotOf, WhatDidNotChangeIsNotReadAgain) {
  gateway_.put("a");
  const auto before = read();
  ASSERT_TRUE(before);
  ASSERT_TRUE(gateway_.objects().keep_only({}));
  const auto snapshot = read(&*before);
  ASSERT_TRUE(snapshot);
  EXPECT_EQ(snapshot->find("a"), before->find("a"));
}

}  // namespace
}  // namespace sallyport::authorizer
