// SPDX-License-Identifier: Apache-2.0
#include "operator/base/check.hpp"

#include <gtest/gtest.h>

namespace sallyport {
namespace {

TEST(CheckDeathTest, EndsTheProcessWithItsWordsAndItsPlace) {
  EXPECT_DEATH(SALLYPORT_CHECK(1 + 1 == 3, "numbers add up"), "numbers add up");
}

TEST(Check, LeavesWhatIsTrueAlone) {
  int asked = 0;
  SALLYPORT_CHECK(++asked == 1, "asked once");
  EXPECT_EQ(asked, 1);
}

}  // namespace
}  // namespace sallyport
