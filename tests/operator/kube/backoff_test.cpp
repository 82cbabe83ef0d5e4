// SPDX-License-Identifier: Apache-2.0
#include "operator/kube/backoff.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/testing/fake_clock.hpp"

namespace sallyport::kube {
namespace {

using std::chrono::milliseconds;

TEST(Backoff, GrowsFrom800MillisecondsTo30Seconds) {
  sallyport::testing::FakeClock clock;
  sallyport::testing::FakeRandom none(0.0);
  Backoff backoff(clock, none);
  for (const int wanted : {800, 1600, 3200, 6400, 12800, 25600, 30000, 30000}) {
    const milliseconds wait = backoff.next();
    EXPECT_EQ(wait, milliseconds(wanted));
    clock.advance(wait);
  }
}

TEST(Backoff, AddsUpToAsMuchAgainByChance) {
  sallyport::testing::FakeClock clock;
  sallyport::testing::FakeRandom half(0.5);
  Backoff backoff(clock, half);
  EXPECT_EQ(backoff.next(), milliseconds(1200));
}

TEST(Backoff, NeverExceeds30SecondsWhateverChanceAdds) {
  sallyport::testing::FakeClock clock;
  sallyport::testing::FakeRandom most(0.99);
  Backoff backoff(clock, most);
  milliseconds longest{0};
  for (int i = 0; i < 10; ++i) {
    const milliseconds wait = backoff.next();
    longest = std::max(longest, wait);
    clock.advance(wait);
  }
  EXPECT_EQ(longest, std::chrono::seconds(30));
}

TEST(Backoff, StartsAnewAfterTwoHealthyMinutes) {
  sallyport::testing::FakeClock clock;
  sallyport::testing::FakeRandom none(0.0);
  Backoff backoff(clock, none);
  clock.advance(backoff.next());
  clock.advance(backoff.next());
  clock.advance(std::chrono::seconds(119));
  EXPECT_EQ(backoff.next(), milliseconds(3200));
  clock.advance(milliseconds(3200) + std::chrono::minutes(2));
  EXPECT_EQ(backoff.next(), milliseconds(800));
}

}  // namespace
}  // namespace sallyport::kube
