// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/authorizer/decision_cache.hpp"

#include <gtest/gtest.h>

#include "tests/reconcilers/authorizer/policies.hpp"

namespace sallyport::authorizer {
namespace {

using token::kNow;
using namespace std::chrono_literals;

DecisionCache::Entry decision_for(const std::string& subject) {
  auto decision = std::make_shared<Decision>();
  decision->caller.subject = subject;
  return decision;
}

class CachedDecisions : public ::testing::Test {
 protected:
  std::string subject_at(const DecisionKey& key, SystemTime now = kNow) {
    const auto found = cache_.find(key, now);
    return found == nullptr ? "none" : found->caller.subject;
  }
  Policy policy_ = sample_policy();
  DecisionCache cache_{2};
};

TEST_F(CachedDecisions, HoldUntilTheirMoment) {
  const DecisionKey key = key_of(Secret("token"), policy_, "eu");
  cache_.put(key, decision_for("alice"), kNow + 30s, kNow);
  EXPECT_EQ(subject_at(key, kNow + 29s), "alice");
  EXPECT_EQ(subject_at(key, kNow + 30s), "none");
  EXPECT_EQ(cache_.size(), 0U) << "and take no room from then on";
}

TEST_F(CachedDecisions, AreOfOneTokenEndpointDocumentAndBackend) {
  const DecisionKey key = key_of(Secret("token"), policy_, "eu");
  cache_.put(key, decision_for("alice"), kNow + 30s, kNow);
  Policy other = policy_;
  other.id = "other";
  Policy newer = policy_;
  newer.document = std::string(64, 'f');
  EXPECT_EQ(subject_at(key_of(Secret("token"), policy_, "eu")), "alice");
  EXPECT_EQ(subject_at(key_of(Secret("tokem"), policy_, "eu")), "none");
  EXPECT_EQ(subject_at(key_of(Secret("token"), policy_, "us")), "none");
  EXPECT_EQ(subject_at(key_of(Secret("token"), other, "eu")), "none");
  EXPECT_EQ(subject_at(key_of(Secret("token"), newer, "eu")), "none") << "a revoked grant makes another document";
}

TEST_F(CachedDecisions, ThatHoldNoLongerPushNoneOut) {
  const DecisionKey live = key_of(Secret("a"), policy_, "eu");
  cache_.put(live, decision_for("a"), kNow + 30s, kNow);
  for (int i = 0; i < 5; ++i)
    cache_.put(key_of(Secret("other" + std::to_string(i)), policy_, "eu"), decision_for("b"), kNow, kNow);
  EXPECT_EQ(subject_at(live), "a");
  EXPECT_EQ(cache_.size(), 1U);
}

TEST_F(CachedDecisions, ThatWereUsedLongestAgoMakeRoom) {
  const DecisionKey a = key_of(Secret("a"), policy_, "eu"), b = key_of(Secret("b"), policy_, "eu"),
                    c = key_of(Secret("c"), policy_, "eu");
  cache_.put(a, decision_for("a"), kNow + 30s, kNow);
  cache_.put(b, decision_for("b"), kNow + 30s, kNow);
  EXPECT_EQ(subject_at(a), "a");
  cache_.put(c, decision_for("c"), kNow + 30s, kNow);
  EXPECT_EQ(subject_at(b), "none");
  EXPECT_EQ(subject_at(a), "a");
  EXPECT_EQ(subject_at(c), "c");
}

TEST_F(CachedDecisions, AreReplacedByNewerOnes) {
  const DecisionKey key = key_of(Secret("a"), policy_, "eu");
  cache_.put(key, decision_for("old"), kNow + 1s, kNow);
  cache_.put(key, decision_for("new"), kNow + 30s, kNow);
  EXPECT_EQ(subject_at(key, kNow + 2s), "new");
  EXPECT_EQ(cache_.size(), 1U);
}

}  // namespace
}  // namespace sallyport::authorizer
