// SPDX-License-Identifier: Apache-2.0
#include "operator/base/text.hpp"

#include <gtest/gtest.h>

namespace sallyport {
namespace {

TEST(Split, KeepsEmptyPartsAndIsUndoneByJoin) {
  const std::vector<std::string> parts{"a", "", "b", ""};
  EXPECT_EQ(split("a,,b,", ','), parts);
  EXPECT_EQ(join(parts, ","), "a,,b,");
  EXPECT_EQ(split("", ','), std::vector<std::string>{""});
  EXPECT_EQ(join({}, ","), "");
}

TEST(Trim, TakesBlanksOffBothEnds) {
  EXPECT_EQ(trim(" \t a b\r\n"), "a b");
  EXPECT_EQ(trim(" \n "), "");
  EXPECT_EQ(trim(""), "");
}

TEST(ToLower, TouchesAsciiOnly) {
  EXPECT_EQ(to_lower("ÄBC-xyZ"), "Äbc-xyz");
}

TEST(Wildcard, MatchesAnyRunAndNothingElseSpecially) {
  EXPECT_TRUE(matches_wildcard("*", ""));
  EXPECT_TRUE(matches_wildcard("fraud-*", "fraud-"));
  EXPECT_TRUE(matches_wildcard("*a*b", "xxaxxaxb"));
  EXPECT_TRUE(matches_wildcard("a**b", "ab"));
  EXPECT_FALSE(matches_wildcard("fraud-*", "Fraud-1"));
  EXPECT_FALSE(matches_wildcard("a?c", "abc"));
  EXPECT_FALSE(matches_wildcard("a.c", "abc"));
  EXPECT_FALSE(matches_wildcard("", "a"));
  EXPECT_FALSE(matches_wildcard("a*b", "ba"));
}

TEST(Wildcard, IsQuickOnWhatMakesRegularExpressionsSlow) {
  const std::string pattern = "a*a*a*a*a*a*a*a*a*a*b";
  EXPECT_FALSE(matches_wildcard(pattern, std::string(5000, 'a')));
}

TEST(Host, StarCoversOneLabelAndCaseDoesNotCount) {
  EXPECT_TRUE(matches_host("*.example.com", "A.Example.com"));
  EXPECT_TRUE(matches_host("api-*.example.com", "api-1.example.com"));
  EXPECT_FALSE(matches_host("*.example.com", "a.b.example.com"));
  EXPECT_FALSE(matches_host("*.example.com", "example.com"));
  EXPECT_FALSE(matches_host("*.example.com", ".example.com"));
  EXPECT_FALSE(matches_host("*", "a.b"));
}

TEST(PercentEncode, LeavesOnlyUnreservedCharacters) {
  EXPECT_EQ(percent_encode("AZaz09-._~"), "AZaz09-._~");
  EXPECT_EQ(percent_encode("a/b?c=d&e f+%\"\n"), "a%2Fb%3Fc%3Dd%26e%20f%2B%25%22%0A");
  EXPECT_EQ(percent_encode("ü"), "%C3%BC");
  EXPECT_EQ(percent_encode(".."), "..");
}

TEST(FormEncode, EncodesNamesAndValuesInOrder) {
  EXPECT_EQ(form_encode({{"grant_type", "client_credentials"}, {"scope", "a b&c"}}),
            "grant_type=client_credentials&scope=a%20b%26c");
  EXPECT_EQ(form_encode({}), "");
}

TEST(OneLine, TurnsControlCharactersIntoSingleBlanks) {
  EXPECT_EQ(one_line("  a\r\n\tb\x1b[31m c\x7f "), "a b [31m c");
  EXPECT_EQ(one_line(std::string_view("a\0b", 3)), "a b");
}

TEST(OneLine, CutsLongTextAtACharacterAndSaysSo) {
  EXPECT_EQ(one_line("abcdefghij", 10), "abcdefghij");
  EXPECT_EQ(one_line("abcdefghijk", 10), "abcdefg...");
  EXPECT_EQ(one_line("abcdefüüüü", 10), "abcdef...") << "a cut inside a character would be invalid UTF-8";
  EXPECT_LE(one_line(std::string(5000, 'x')).size(), 512U);
  EXPECT_LE(one_line("abcdef", 2).size(), 2U) << "the limit holds even when the mark does not fit";
}

}  // namespace
}  // namespace sallyport
