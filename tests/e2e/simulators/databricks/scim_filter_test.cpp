// SPDX-License-Identifier: Apache-2.0
#include "e2e/simulators/databricks/scim_filter.hpp"

#include <gtest/gtest.h>

namespace sallyport::simulators::databricks {
namespace {

const Json kGroup = Json::parse(R"({"displayName":"risk-analysts","id":"17","active":true})");

bool holds(const std::string& filter) {
  const auto parsed = parse_filter(filter);
  EXPECT_TRUE(parsed) << filter;
  return parsed && matches(*parsed, kGroup);
}

TEST(SimulatedFilter, ComparesWithFourOperators) {
  EXPECT_TRUE(holds(R"(displayName eq "Risk-Analysts")"));
  EXPECT_FALSE(holds(R"(displayName ne "risk-analysts")"));
  EXPECT_TRUE(holds(R"(DISPLAYNAME co "ANALY")"));
  EXPECT_TRUE(holds(R"(displayName sw "risk")"));
  EXPECT_TRUE(holds("active eq true"));
  EXPECT_FALSE(holds(R"(nothing eq "x")"));
}

TEST(SimulatedFilter, AndBindsTighterThanOr) {
  EXPECT_TRUE(holds(R"(id eq "17" or id eq "18" and displayName eq "no")"));
  EXPECT_FALSE(holds(R"(id eq "18" and displayName sw "risk" or id eq "19")"));
}

TEST(SimulatedFilter, QuotesMayBeEscaped) {
  const auto parsed = parse_filter(R"(displayName eq "a \"b\" c")");
  ASSERT_TRUE(parsed);
  EXPECT_EQ((*parsed)[0][0].value, R"(a "b" c)");
}

TEST(SimulatedFilter, RefusesWhatItCannotRead) {
  for (const auto* text : {"", "displayName", "displayName eq", "displayName eq risk", R"(displayName gt "a")",
                           R"(displayName eq "a)", R"(a eq "b" xor c eq "d")", R"(a eq "b" and)"})
    EXPECT_FALSE(parse_filter(text)) << text;
}

TEST(SimulatedFilter, HoldsAtMostTwoHundredNodes) {
  std::string text = R"(id eq "1")";
  for (int i = 0; i < 199; ++i) text += R"( or id eq "1")";
  EXPECT_TRUE(parse_filter(text));
  EXPECT_EQ(parse_filter(text + R"( or id eq "1")").error(), "The filter has more than 200 nodes.");
}

}  // namespace
}  // namespace sallyport::simulators::databricks
