// SPDX-License-Identifier: Apache-2.0
#include "operator/schema/number.hpp"

#include <gtest/gtest.h>

namespace sallyport::schema {
namespace {

TEST(NumberText, WritesWholeNumbersWithoutAPointAndOthersShortest) {
  EXPECT_EQ(number_text(100000), "100000");
  EXPECT_EQ(number_text(-1), "-1");
  EXPECT_EQ(number_text(0.5), "0.5");
  EXPECT_EQ(number_text(99.5), "99.5");
  EXPECT_EQ(number_text(0.1), "0.1");
  EXPECT_EQ(number_text(1e300), "1e+300");
}

}  // namespace
}  // namespace sallyport::schema
