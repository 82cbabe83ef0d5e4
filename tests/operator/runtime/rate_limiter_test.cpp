// SPDX-License-Identifier: Apache-2.0
#include "operator/runtime/rate_limiter.hpp"

#include <gtest/gtest.h>

#include "tests/testing/fake_clock.hpp"

namespace sallyport::runtime {
namespace {
using std::chrono::milliseconds;
using std::chrono::seconds;

class RateLimiterTest : public ::testing::Test {
 protected:
  /// How long so many turns take.
  milliseconds time_for(int turns) {
    const SteadyTime begin = clock_.steady();
    for (int i = 0; i < turns; ++i) EXPECT_TRUE(limiter_.acquire({}).has_value());
    return std::chrono::duration_cast<milliseconds>(clock_.steady() - begin);
  }

  testing::FakeClock clock_;
  RateLimiter limiter_{{.rate = 10, .slowest = 0.5, .burst = 5, .recovery = 0.1}, clock_};
};

TEST_F(RateLimiterTest, LetsABurstThroughAndThenKeepsTheRate) {
  EXPECT_EQ(time_for(5), milliseconds(0));
  EXPECT_NEAR(static_cast<double>(time_for(10).count()), 1000, 15);
}

TEST_F(RateLimiterTest, HalvesWhenToldToSlowDown) {
  limiter_.on_throttled({});
  EXPECT_EQ(limiter_.rate(), 5);
  time_for(1);
  EXPECT_NEAR(static_cast<double>(time_for(5).count()), 1000, 15) << "and gives no burst";
}

TEST_F(RateLimiterTest, TakesRefusalsOfTheSameMomentAsOne) {
  for (int i = 0; i < 8; ++i) limiter_.on_throttled({});
  EXPECT_EQ(limiter_.rate(), 5);
  clock_.advance(seconds(2));
  limiter_.on_throttled({});
  EXPECT_EQ(limiter_.rate(), 2.5);
}

TEST_F(RateLimiterTest, NeverFallsBelowItsSlowest) {
  for (int i = 0; i < 20; ++i) {
    clock_.advance(seconds(2));
    limiter_.on_throttled({});
  }
  EXPECT_EQ(limiter_.rate(), 0.5);
}

TEST_F(RateLimiterTest, LetsNobodyThroughBeforeRetryAfter) {
  limiter_.on_throttled(seconds(7));
  limiter_.on_throttled(seconds(1));
  EXPECT_GE(time_for(1), seconds(7));
}

TEST_F(RateLimiterTest, RecoversLittleByLittleUpToItsFullRate) {
  limiter_.on_throttled({});
  limiter_.on_success();
  EXPECT_EQ(limiter_.rate(), 6);
  for (int i = 0; i < 20; ++i) limiter_.on_success();
  EXPECT_EQ(limiter_.rate(), 10);
}

TEST_F(RateLimiterTest, GivesNoTurnToWhoeverIsBeingStopped) {
  std::stop_source stop;
  stop.request_stop();
  const auto turn = limiter_.acquire(stop.get_token());
  ASSERT_FALSE(turn.has_value());
  EXPECT_EQ(turn.error().code, Code::ShuttingDown);
}

}  // namespace
}  // namespace sallyport::runtime
