// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/data/databricks/missed.hpp"

#include <gtest/gtest.h>

#include "tests/testing/fake_clock.hpp"

namespace sallyport::data::databricks {
namespace {

TEST(MissedPrincipals, AreDueAfterPausesThatGrowUpToHalfAnHour) {
  testing::FakeClock clock;
  MissedPrincipals missed(clock);
  for (const int minutes : {1, 2, 4, 8, 16, 30, 30}) {
    missed.add("group:a", "does not exist");
    clock.advance(std::chrono::minutes(minutes) - std::chrono::milliseconds(1));
    EXPECT_FALSE(missed.find("group:a")->due) << minutes;
    clock.advance(std::chrono::milliseconds(1));
    EXPECT_TRUE(missed.find("group:a")->due) << minutes;
  }
  EXPECT_EQ(missed.find("group:a")->why, "does not exist");
  EXPECT_FALSE(missed.find("group:b"));
}

TEST(MissedPrincipals, BeginAnewOnceTheyWereFound) {
  testing::FakeClock clock;
  MissedPrincipals missed(clock);
  missed.add("group:a", "does not exist");
  missed.add("group:a", "does not exist");
  missed.forget("group:a");
  EXPECT_FALSE(missed.find("group:a"));

  missed.add("group:a", "does not exist");
  clock.advance(std::chrono::minutes(1));

  EXPECT_TRUE(missed.find("group:a")->due);
}

TEST(MissedPrincipals, AreForgottenWhenNobodyAsksForADay) {
  testing::FakeClock clock;
  MissedPrincipals missed(clock);
  missed.add("group:a", "does not exist");
  clock.advance(std::chrono::hours(25));
  missed.add("group:b", "does not exist");
  EXPECT_FALSE(missed.find("group:a"));
}

}  // namespace
}  // namespace sallyport::data::databricks
