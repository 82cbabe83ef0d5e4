// SPDX-License-Identifier: Apache-2.0
#include "operator/runtime/back_off.hpp"

#include <gtest/gtest.h>

#include "tests/testing/fake_clock.hpp"

namespace sallyport::runtime {
namespace {
using std::chrono::milliseconds;
using std::chrono::seconds;

const SteadyTime kNow = SteadyTime{} + std::chrono::hours(1);

TEST(BackOff, DoublesWithEachFailureUpToItsCap) {
  testing::FakeRandom random;
  BackOff<std::string> back_off({.base = milliseconds(5), .cap = milliseconds(30)}, random);
  for (const int expected : {5, 10, 20, 30, 30}) EXPECT_EQ(back_off.next("a", kNow, {}), milliseconds(expected));
  EXPECT_EQ(back_off.failures("a"), 5);
}

TEST(BackOff, CountsEachKeyForItself) {
  testing::FakeRandom random;
  BackOff<std::string> back_off({.base = milliseconds(5)}, random);
  back_off.next("a", kNow, {});
  EXPECT_EQ(back_off.next("b", kNow, {}), milliseconds(5));
}

TEST(BackOff, StartsAnewAfterForget) {
  testing::FakeRandom random;
  BackOff<std::string> back_off({.base = milliseconds(5)}, random);
  back_off.next("a", kNow, {});
  back_off.forget("a");
  EXPECT_EQ(back_off.failures("a"), 0);
  EXPECT_EQ(back_off.next("a", kNow, {}), milliseconds(5));
}

TEST(BackOff, IsNeverShorterThanWhatTheOtherSystemAsked) {
  for (const double chance : {0.0, 0.5, 0.999}) {
    testing::FakeRandom random(chance);
    BackOff<std::string> back_off({.base = milliseconds(5)}, random);
    const milliseconds wait = back_off.next("a", kNow, seconds(7));
    EXPECT_GE(wait, seconds(7));
    EXPECT_LE(wait, milliseconds(8400));
  }
}

TEST(BackOff, SpreadsWaitsByItsJitter) {
  testing::FakeRandom low(0.0), high(0.999999);
  const BackOffOptions options{.base = milliseconds(1000), .jitter = 0.2};
  EXPECT_EQ(BackOff<std::string>(options, low).next("a", kNow, {}), milliseconds(800));
  EXPECT_NEAR(static_cast<double>(BackOff<std::string>(options, high).next("a", kNow, {}).count()), 1200, 1);
}

TEST(BackOff, HoldsAllKeysTogetherToTheBucketsRate) {
  testing::FakeRandom random;
  BackOff<int> back_off({.base = milliseconds(1), .rate = 10, .burst = 3}, random);
  for (int key = 0; key < 3; ++key) EXPECT_EQ(back_off.next(key, kNow, {}), milliseconds(1));
  EXPECT_EQ(back_off.next(3, kNow, {}), milliseconds(100));
  EXPECT_EQ(back_off.next(4, kNow, {}), milliseconds(200));

  EXPECT_EQ(back_off.next(5, kNow + seconds(10), {}), milliseconds(1)) << "and the bucket fills again";
}

}  // namespace
}  // namespace sallyport::runtime
