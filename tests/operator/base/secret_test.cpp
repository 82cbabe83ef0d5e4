// SPDX-License-Identifier: Apache-2.0
#include "operator/base/secret.hpp"

#include <gtest/gtest.h>

#include <concepts>
#include <sstream>

#include "operator/base/log.hpp"

namespace sallyport {
namespace {

TEST(Secret, PrintsRedactedByEveryPrintingPath) {
  const Secret secret("hunter2-hunter2");
  std::ostringstream out;
  out << secret << " " << to_string(secret) << " " << ::testing::PrintToString(secret);
  EXPECT_EQ(out.str().find("hunter2"), std::string::npos) << out.str();
  EXPECT_EQ(to_string(secret), "[redacted]");
}

TEST(Secret, DoesNotTurnIntoTextByItself) {
  EXPECT_FALSE((std::convertible_to<Secret, std::string>));
  EXPECT_FALSE((std::convertible_to<Secret, std::string_view>));
  EXPECT_FALSE((std::constructible_from<log::Field, std::string_view, Secret>));
  EXPECT_FALSE((std::convertible_to<std::string, Secret>)) << "nor does text silently become a secret copy";
}

TEST(Secret, ShowsItsBytesOnlyWhenAsked) {
  EXPECT_EQ(Secret(std::string("a\0b", 3)).reveal(), std::string("a\0b", 3));
}

TEST(Secret, LeavesNothingBehindWhenMovedFrom) {
  Secret a("a secret that is longer than any small string buffer");
  Secret b(std::move(a));
  EXPECT_TRUE(a.empty());  // NOLINT(bugprone-use-after-move): that is the point
  EXPECT_EQ(b.reveal(), "a secret that is longer than any small string buffer");

  Secret c;
  c = std::move(b);
  EXPECT_TRUE(b.empty());  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(c.reveal(), "a secret that is longer than any small string buffer");
}

TEST(Secret, SurvivesAssignmentToItself) {
  Secret a("abc");
  Secret& same = a;
  a = same;
  EXPECT_EQ(a.reveal(), "abc");
  a = std::move(same);
  EXPECT_EQ(a.reveal(), "abc");
}

TEST(Secret, ComparesByBytes) {
  EXPECT_TRUE(Secret("abc") == Secret("abc"));
  EXPECT_FALSE(Secret("abc") == Secret("abd"));
  EXPECT_FALSE(Secret("abc") == Secret("ab"));
  EXPECT_TRUE(Secret() == Secret(""));
}

}  // namespace
}  // namespace sallyport
