// SPDX-License-Identifier: Apache-2.0
#include "operator/program/users.hpp"

#include <gtest/gtest.h>

namespace sallyport::program {
namespace {

TEST(Users, AreFoundByNameAndNumber) {
  EXPECT_EQ(user_id("root"), Result<unsigned>(0U));
  EXPECT_EQ(user_id("4711"), Result<unsigned>(4711U));
  EXPECT_EQ(group_id("root"), Result<unsigned>(0U));
  EXPECT_EQ(group_id("4711"), Result<unsigned>(4711U));
}

TEST(Users, ThatTheMachineDoesNotKnowAreRefused) {
  for (const char* name : {"", "nobody-of-that-name", "-1", "1x"}) {
    EXPECT_FALSE(user_id(name)) << name;
    EXPECT_FALSE(group_id(name)) << name;
  }
}

}  // namespace
}  // namespace sallyport::program
