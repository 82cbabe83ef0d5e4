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
    return make_snapshot(gateway_.manifest(), gateway_.objects(), before);
  }
  publication::PublishedGateway gateway_;
};

TEST_F(SnapshotOf, AManifestHasAPolicyForEachEndpoint) {
  gateway_.put("a");
  gateway_.put("b", 7);
  const auto snapshot = read();
  ASSERT_TRUE(snapshot) << snapshot.error().text();
  EXPECT_THAT(snapshot->missing, IsEmpty());
  EXPECT_EQ(snapshot->find("b")->generation, 7);
  EXPECT_EQ(snapshot->find("a")->demand.audience, "https://ml.example.com");
  EXPECT_EQ(snapshot->find("c"), nullptr);
  EXPECT_EQ(to_rfc3339(snapshot->use_until), "2026-11-23T00:00:00Z");
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
  EXPECT_THAT(snapshot->missing, ElementsAre(HasSubstr("a: ")));
}

TEST_F(SnapshotOf, AnotherEndpointsDocumentIsNotTakenForIt) {
  gateway_.put("a");
  gateway_.put("b");
  auto& endpoints = gateway_.manifest().endpoints;
  endpoints[0].document = endpoints[1].document;
  const auto snapshot = read();
  ASSERT_TRUE(snapshot);
  EXPECT_EQ(snapshot->find("a"), nullptr);
  EXPECT_THAT(snapshot->missing, ElementsAre(HasSubstr("another endpoint")));
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
