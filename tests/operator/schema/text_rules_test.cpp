// SPDX-License-Identifier: Apache-2.0
#include "operator/schema/text_rules.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace sallyport::schema {
namespace {

TEST(MatchesPattern, LooksAtTheWholeTextAndNotAtLines) {
  EXPECT_TRUE(matches_pattern("^[a-z]+$", "abc"));
  EXPECT_FALSE(matches_pattern("^[a-z]+$", "abc\n"));
  EXPECT_FALSE(matches_pattern("^[a-z]+$", "abc\nABC"));
  EXPECT_FALSE(matches_pattern("^[a-z]+$", "1abc"));
  EXPECT_FALSE(matches_pattern("^.*$", "a\nb"));
  EXPECT_TRUE(matches_pattern("^[^x]*$", "a\nb"));
}

TEST(MatchesPattern, CountsCharactersAndNotBytes) {
  EXPECT_TRUE(matches_pattern("^.{1,3}$", "äöü"));
  EXPECT_TRUE(matches_pattern("^.{1}$", "\xF0\x9F\x8C\xB7"));
  EXPECT_FALSE(matches_pattern("^.{1,3}$", "äöüß"));
}

TEST(MatchesPattern, GivesUpOnAPatternThatExplodes) {
  const auto before = std::chrono::steady_clock::now();
  EXPECT_FALSE(matches_pattern("^(a+)+$", std::string(2000, 'a') + "b"));
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(20));
}

TEST(HasFormat, KnowsEveryFormatThatATableMayName) {
  EXPECT_TRUE(has_format("date-time", "2026-01-31T10:20:30Z"));
  EXPECT_FALSE(has_format("date-time", "2026-01-31"));
  EXPECT_TRUE(has_format("ipv4", "192.0.2.1"));
  EXPECT_FALSE(has_format("ipv4", "192.0.2.01"));
  EXPECT_FALSE(has_format("ipv4", std::string("192.0.2.1\0", 10)));
  EXPECT_TRUE(has_format("ipv6", "2001:db8::1"));
  EXPECT_FALSE(has_format("ipv6", "192.0.2.1"));
  EXPECT_TRUE(has_format("uuid", "5f3b6a8e-8d5c-4b0e-9a77-1f2e3d4c5b6a"));
  EXPECT_FALSE(has_format("uuid", "5f3b"));
  EXPECT_TRUE(has_format("byte", "dGV4dA=="));
  EXPECT_FALSE(has_format("byte", "dGV4dA"));
  EXPECT_FALSE(has_format("colour", "red"));
}

TEST(HasFormat, ReadsNetworksStrictly) {
  for (const char* good : {"10.0.0.0/8", "0.0.0.0/0", "192.0.2.1/32", "::/0", "2001:db8::/128"}) {
    EXPECT_TRUE(has_format("cidr", good)) << good;
  }
  for (const char* bad : {"10.0.0.0", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/08", "10.0.0.0/8 ", "10.0/8",
                          "/8", "::/129", "10.0.0.0/8/8", "10.0.0.0/+8"}) {
    EXPECT_FALSE(has_format("cidr", bad)) << bad;
  }
}

TEST(TextFault, LooksAtTheLengthBeforeThePattern) {
  const Options options{.max_length = 3, .pattern = "^a*$", .pattern_says = "all a"};
  EXPECT_EQ(text_fault(options, "bbbb"), "must have at most 3 characters, has 4");
  EXPECT_EQ(text_fault(options, "bbb"), "must be all a");
  EXPECT_EQ(text_fault(options, "aaa"), std::nullopt);
}

TEST(TextFault, CountsCharacters) {
  EXPECT_EQ(text_fault({.max_length = 3}, "äöü"), std::nullopt);
  EXPECT_EQ(text_fault({.max_length = 1}, "äö"), "must have at most 1 character, has 2");
}

TEST(TextFault, NamesWhatIsMissing) {
  EXPECT_EQ(text_fault({.min_length = 1}, ""), "must not be empty");
  EXPECT_EQ(text_fault({.min_length = 3}, "ab"), "must have at least 3 characters");
  EXPECT_EQ(text_fault({.format = "cidr"}, "x"), "must have the format cidr");
}

TEST(TextFault, BoundsEveryText) {
  EXPECT_EQ(text_fault({}, std::string(1024, 'x')), std::nullopt);
  EXPECT_EQ(text_fault({}, std::string(1025, 'x')), "must have at most 1024 characters, has 1025");
}

TEST(ItemOptions, TakeWhatIsSaidOfItems) {
  const Options options{.minimum = 1,
                        .max_length = 5,
                        .format = "cidr",
                        .item_max_length = 9,
                        .item_pattern = "^x$",
                        .item_pattern_says = "an x"};
  const Options item = list_item_options(options);
  EXPECT_EQ(item.min_length, 1U);
  EXPECT_EQ(item.max_length, 9U);
  EXPECT_EQ(item.pattern, "^x$");
  EXPECT_EQ(item.pattern_says, "an x");
  EXPECT_EQ(item.format, "cidr");
  EXPECT_EQ(item.minimum, 1);
  EXPECT_EQ(map_value_options(options).min_length, 0U);
  EXPECT_EQ(max_length(map_value_options({})), kDefaultItemMaxLength);
}

}  // namespace
}  // namespace sallyport::schema
