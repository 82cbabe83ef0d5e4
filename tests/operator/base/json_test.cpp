// SPDX-License-Identifier: Apache-2.0
#include "operator/base/json.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace sallyport {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string nested(int depth) {
  return std::string(static_cast<std::size_t>(depth), '[') + std::string(static_cast<std::size_t>(depth), ']');
}

TEST(ParseJson, ReadsAnyValue) {
  EXPECT_EQ(*parse_json(R"( {"a": [1, -2.5, true, null, "ü\n"]} )"),
            nlohmann::json({{"a", {1, -2.5, true, nullptr, "ü\n"}}}));
  EXPECT_EQ(*parse_json("7"), nlohmann::json(7));
}

TEST(ParseJson, KeepsTheLastOfTwoMembersOfOneName) {
  EXPECT_EQ(*parse_json(R"({"a":1,"a":2})"), nlohmann::json({{"a", 2}}));
}

TEST(ParseJson, RefusesWhatIsNestedTooDeep) {
  EXPECT_TRUE(parse_json(nested(64)));
  EXPECT_FALSE(parse_json(nested(65)));
  EXPECT_FALSE(parse_json(nested(1000000)));
  EXPECT_FALSE(parse_json(std::string(1000000, '[')));
  EXPECT_TRUE(parse_json(nested(3), 3));
  EXPECT_FALSE(parse_json(nested(4), 3));
}

TEST(ParseJson, DoesNotCountBracketsInsideStrings) {
  EXPECT_TRUE(parse_json(R"(["[[[[", "\"[[[[", "\\", "]"])", 1));
  EXPECT_FALSE(parse_json(R"(["\\", [1]])", 1));
}

TEST(ParseJson, SaysWhichPageCameInsteadOfJson) {
  const auto parsed = parse_json("<!DOCTYPE html>\n<html><head><TITLE lang=en>\n Sign in to Example </TITLE></head>");

  ASSERT_FALSE(parsed);
  EXPECT_THAT(parsed.error().message, HasSubstr("expected JSON, got HTML: Sign in to Example"));
  EXPECT_THAT(parse_json("<html><body>502</body>").error().message, HasSubstr("expected JSON, got HTML"));
  EXPECT_THAT(parse_json("<?xml version=\"1.0\"?><a/>").error().message, HasSubstr("got XML"));
  EXPECT_THAT(parse_json("  ").error().message, HasSubstr("got nothing"));
}

TEST(ParseJson, RefusesBrokenJsonWithoutQuotingIt) {
  for (const char* bad :
       {R"({"token":"hunter2")", R"({"token":hunter2})", "[1,]", "[1] hunter2", "[\"\xff\"]", "[1e999]"}) {
    const auto parsed = parse_json(bad);
    ASSERT_FALSE(parsed) << bad;
    EXPECT_EQ(parsed.error().code, Code::Unavailable);
    EXPECT_THAT(parsed.error().message, Not(HasSubstr("hunter2")));
  }
}

TEST(ParseJson, FailsWithTheCodeOfTheCaller) {
  EXPECT_EQ(parse_json("x", 64, Code::InvalidSpec).error().code, Code::InvalidSpec);
}

}  // namespace
}  // namespace sallyport
