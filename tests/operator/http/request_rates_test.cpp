// SPDX-License-Identifier: Apache-2.0
#include "operator/http/request_rates.hpp"

#include <gtest/gtest.h>

#include "tests/testing/fake_clock.hpp"

namespace sallyport::http {
namespace {

using namespace std::chrono_literals;

class Rates : public ::testing::Test {
 protected:
  int let_through(const std::string& identity, int requests, const RequestRate& limit = {10, 5}) {
    int passed = 0;
    for (int i = 0; i < requests; ++i) passed += rates_.over(identity, limit) ? 0 : 1;
    return passed;
  }
  testing::FakeClock clock_;
  RequestRates rates_{3, clock_};
};

TEST_F(Rates, LetABurstThroughAndThenTheRate) {
  EXPECT_EQ(let_through("alice", 20), 5);
  clock_.advance(1s);
  EXPECT_EQ(let_through("alice", 20), 5) << "a second gives back ten, and a burst is five";
  clock_.advance(200ms);
  EXPECT_EQ(let_through("alice", 20), 2);
}

TEST_F(Rates, AreEachIdentitysOwn) {
  EXPECT_EQ(let_through("alice", 20), 5);
  EXPECT_EQ(let_through("bob", 20), 5);
}

TEST_F(Rates, SayWhenToComeAgain) {
  let_through("alice", 5, {1, 5});
  EXPECT_EQ(rates_.over("alice", {1, 5}), 1s);
}

TEST_F(Rates, DoNotPunishWhoWasRefused) {
  let_through("alice", 1000);
  clock_.advance(100ms);
  EXPECT_EQ(let_through("alice", 1), 1);
}

TEST_F(Rates, ForgetWhoHasRestedFirstAndSomebodyElseBeyondTheirBound) {
  EXPECT_EQ(let_through("alice", 20), 5);
  clock_.advance(10s);
  for (const char* identity : {"bob", "carol"}) EXPECT_EQ(let_through(identity, 20), 5);
  EXPECT_EQ(let_through("dave", 20), 5) << "in the place of alice, who has rested";
  EXPECT_EQ(let_through("bob", 1) + let_through("carol", 1), 0);
  EXPECT_EQ(let_through("erin", 20), 5);
  EXPECT_GT(let_through("bob", 1) + let_through("carol", 1) + let_through("dave", 1), 0) << "one of them is a newcomer";
}

}  // namespace
}  // namespace sallyport::http
