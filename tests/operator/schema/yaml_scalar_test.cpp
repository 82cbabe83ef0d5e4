// SPDX-License-Identifier: Apache-2.0
// Expected values were taken from sigs.k8s.io/yaml v1.6.0, which is what kubectl uses.
#include "operator/schema/yaml_scalar.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace sallyport::schema {
namespace {

using nlohmann::json;

/// The value as JSON, or the error in brackets.
std::string plain(const std::string& text, std::string_view tag = "?") {
  const auto value = resolve_scalar(tag, text);
  return value.has_value() ? value->dump() : "[" + value.error().message + "]";
}

TEST(ResolveScalar, TakesBooleansInThreeSpellings) {
  for (const char* text : {"y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "true", "True", "TRUE"}) {
    EXPECT_EQ(plain(text), "true") << text;
  }
  for (const char* text : {"n", "N", "no", "No", "NO", "off", "Off", "OFF", "false", "False", "FALSE"}) {
    EXPECT_EQ(plain(text), "false") << text;
  }
  for (const char* text : {"yEs", "tRUE", "oN", "nO", "yess", "t"}) EXPECT_EQ(plain(text), json(text).dump());
}

TEST(ResolveScalar, TakesNulls) {
  for (const char* text : {"", "~", "null", "Null", "NULL"}) EXPECT_EQ(plain(text), "null") << text;
  EXPECT_EQ(plain("nULL"), R"("nULL")");
}

TEST(ResolveScalar, TakesIntegersInEveryBase) {
  const std::map<std::string, std::string> cases{{"1", "1"},
                                                 {"-1", "-1"},
                                                 {"+1", "1"},
                                                 {"0", "0"},
                                                 {"-0", "0"},
                                                 {"010", "8"},
                                                 {"0o10", "8"},
                                                 {"0O10", "8"},
                                                 {"0777", "511"},
                                                 {"-010", "-8"},
                                                 {"0b101", "5"},
                                                 {"-0b101", "-5"},
                                                 {"0x1F", "31"},
                                                 {"-0x1F", "-31"},
                                                 {"+0x10", "16"},
                                                 {"0X1f", "31"},
                                                 {"1_000", "1000"},
                                                 {"1__0", "10"},
                                                 {"1_", "1"},
                                                 {"0x_1", "1"},
                                                 {"0_1", "1"},
                                                 {"08", "8"},
                                                 {"0_8", "8"},
                                                 {"9223372036854775807", "9223372036854775807"},
                                                 {"9223372036854775808", "9223372036854775808"},
                                                 {"18446744073709551615", "18446744073709551615"},
                                                 {"-9223372036854775808", "-9223372036854775808"},
                                                 {"0xFFFFFFFFFFFFFFFF", "18446744073709551615"}};
  for (const auto& [text, value] : cases) EXPECT_EQ(plain(text), value) << text;
}

TEST(ResolveScalar, TakesFloatsAndMakesWholeOnesIntegers) {
  const std::map<std::string, std::string> cases{
      {"1.0", "1"},      {"1.", "1"},     {".5", "0.5"},    {"-.5", "-0.5"},
      {"+.5", "0.5"},    {"1e3", "1000"}, {"1E+3", "1000"}, {"1.5e3", "1500"},
      {"1_0.5", "10.5"}, {"0.1", "0.1"},  {"5_.5", "5.5"},  {"18446744073709551616", "1.8446744073709552e+19"}};
  for (const auto& [text, value] : cases) EXPECT_EQ(plain(text), value) << text;
}

TEST(ResolveScalar, LeavesEverythingElseAsText) {
  for (const char* text : {"12:30",    "190:20:30", "2026-01-31", "2026-01-31T10:20:30Z",
                           "_1",       "0x",        "0b",         "0b2",
                           "1e",       "1e400",     "inf",        "NaN",
                           "infinity", ".",         "+",          "+.",
                           ".e3",      "._5",       "__",         "1,000",
                           "0x1.8p1",  "1p4",       "=",          "<<"}) {
    EXPECT_EQ(plain(text), json(text).dump()) << text;
  }
}

TEST(ResolveScalar, RefusesNumbersThatJsonHasNot) {
  for (const char* text : {".inf", ".Inf", ".INF", "+.inf", "-.INF", ".nan", ".NaN", ".NAN"}) {
    EXPECT_EQ(plain(text), "[JSON has no infinite numbers and no NaN; quote it if it is text]") << text;
  }
}

TEST(ResolveScalar, LeavesQuotedTextAlone) {
  for (const char* text : {"yes", "1", "", "null", ".inf"}) EXPECT_EQ(plain(text, "!"), json(text).dump());
}

TEST(ResolveScalar, FollowsStandardTags) {
  EXPECT_EQ(plain("123", "tag:yaml.org,2002:str"), R"("123")");
  EXPECT_EQ(plain("3", "tag:yaml.org,2002:int"), "3");
  EXPECT_EQ(plain("x", "tag:yaml.org,2002:int"), "[is no !!int]");
  EXPECT_EQ(plain("3", "tag:yaml.org,2002:float"), "3");
  EXPECT_EQ(plain("yes", "tag:yaml.org,2002:bool"), "true");
  EXPECT_EQ(plain("1", "tag:yaml.org,2002:bool"), "[is no !!bool]");
  EXPECT_EQ(plain("x", "tag:yaml.org,2002:null"), "[is no !!null]");
}

TEST(ResolveScalar, RefusesOtherTags) {
  EXPECT_EQ(plain("aGk=", "tag:yaml.org,2002:binary"), "[tag !!binary is not understood]");
  EXPECT_EQ(plain("x", "!python/object"), "[tag !python/object is not understood]");
}

}  // namespace
}  // namespace sallyport::schema
