// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/token/strict_json.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace sallyport::token {
namespace {

std::string refusal_of(std::string_view text) {
  const auto parsed = parse_strict_object(text, "it");
  return parsed ? "" : parsed.error().detail;
}

TEST(StrictJson, TakesAnObject) {
  const auto parsed = parse_strict_object(R"( {"a": {"b": [1, "ü", null]}, "b": {"a": 1}} )", "it");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->at("a").at("b").size(), 3U);
}

TEST(StrictJson, RefusesWhatReadersMayDisagreeAbout) {
  EXPECT_EQ(refusal_of("\xEF\xBB\xBF{}"), "it starts with a byte order mark");
  EXPECT_EQ(refusal_of(R"({"a":1,"a":1})"), "it has a member twice");
  EXPECT_EQ(refusal_of(R"({"x":[{"a":1,"b":{"c":1},"a":2}]})"), "it has a member twice");
  EXPECT_EQ(refusal_of(R"({"a":1,"\u0061":2})"), "it has a member twice");
  EXPECT_EQ(refusal_of("[]"), "it is not a JSON object");
  EXPECT_EQ(refusal_of("7"), "it is not a JSON object");
  EXPECT_EQ(refusal_of(std::string("{}\0{}", 5)), "it is not JSON");
  for (const char* text : {"", "{", "{} x", "{}{}", "{'a':1}", "{\"a\":1,}", "{\"a\":NaN}", "{\"a\":1e999}",
                           "{\"a\":\"\xC0\xAF\"}", "{\"a\":\"\\ud800\"}", "{\"a\":\"\n\"}", "/* */ {}", "{\"a\":01}"}) {
    EXPECT_EQ(refusal_of(text), "it is not JSON") << text;
  }
}

TEST(StrictJson, RefusesADeepDocumentBeforeItIsOne) {
  const auto nested = [](int depth) {
    return std::string("{\"a\":") + std::string(static_cast<std::size_t>(depth) - 1, '[') +
           std::string(static_cast<std::size_t>(depth) - 1, ']') + "}";
  };
  EXPECT_EQ(refusal_of(nested(8)), "");
  EXPECT_EQ(refusal_of(nested(9)), "it is nested deeper than 8 levels");
  EXPECT_EQ(refusal_of(nested(100000)), "it is nested deeper than 8 levels");
}

// A document of many small parts, as large as a token may be and larger: read in a moment, or the test's time is up.
TEST(StrictJson, ReadsManySmallPartsInTimeThatGrowsWithTheText) {
  std::string parts = "{}";
  for (int i = 0; i < 200000; ++i) parts += ",{}";
  EXPECT_EQ(refusal_of("{\"a\":[" + parts + "]}"), "");
}

}  // namespace
}  // namespace sallyport::token
