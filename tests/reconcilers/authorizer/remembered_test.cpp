// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/authorizer/remembered.hpp"

#include <gtest/gtest.h>

#include "tests/reconcilers/authorizer/policies.hpp"

namespace sallyport::authorizer {
namespace {

using token::kNow;
using namespace std::chrono_literals;

Remembered::Entry decision_for(const std::string& subject) {
  auto decision = std::make_shared<Decision>();
  decision->caller.subject = subject;
  return decision;
}

class RememberedDecisions : public ::testing::Test {
 protected:
  std::string subject_at(const DecisionKey& key, SystemTime now = kNow) {
    const auto found = remembered_.find(key, now);
    return found == nullptr ? "none" : found->caller.subject;
  }
  Policy policy_ = sample_policy();
  Remembered remembered_{2};
};

TEST_F(RememberedDecisions, HoldUntilTheirMoment) {
  const DecisionKey key = key_of("token", policy_, "eu");
  remembered_.put(key, decision_for("alice"), kNow + 30s);
  EXPECT_EQ(subject_at(key, kNow + 29s), "alice");
  EXPECT_EQ(subject_at(key, kNow + 30s), "none");
  EXPECT_EQ(remembered_.size(), 0U) << "and take no room from then on";
}

TEST_F(RememberedDecisions, AreOfOneTokenEndpointDocumentAndBackend) {
  const DecisionKey key = key_of("token", policy_, "eu");
  remembered_.put(key, decision_for("alice"), kNow + 30s);
  Policy other = policy_;
  other.id = "other";
  Policy newer = policy_;
  newer.document = std::string(64, 'f');
  EXPECT_EQ(subject_at(key_of("token", policy_, "eu")), "alice");
  EXPECT_EQ(subject_at(key_of("tokem", policy_, "eu")), "none");
  EXPECT_EQ(subject_at(key_of("token", policy_, "us")), "none");
  EXPECT_EQ(subject_at(key_of("token", other, "eu")), "none");
  EXPECT_EQ(subject_at(key_of("token", newer, "eu")), "none") << "a revoked grant makes another document";
}

TEST_F(RememberedDecisions, ThatWereUsedLongestAgoMakeRoom) {
  const DecisionKey a = key_of("a", policy_, "eu"), b = key_of("b", policy_, "eu"), c = key_of("c", policy_, "eu");
  remembered_.put(a, decision_for("a"), kNow + 30s);
  remembered_.put(b, decision_for("b"), kNow + 30s);
  EXPECT_EQ(subject_at(a), "a");
  remembered_.put(c, decision_for("c"), kNow + 30s);
  EXPECT_EQ(subject_at(b), "none");
  EXPECT_EQ(subject_at(a), "a");
  EXPECT_EQ(subject_at(c), "c");
}

TEST_F(RememberedDecisions, AreReplacedByNewerOnes) {
  const DecisionKey key = key_of("a", policy_, "eu");
  remembered_.put(key, decision_for("old"), kNow + 1s);
  remembered_.put(key, decision_for("new"), kNow + 30s);
  EXPECT_EQ(subject_at(key, kNow + 2s), "new");
  EXPECT_EQ(remembered_.size(), 1U);
}

}  // namespace
}  // namespace sallyport::authorizer
