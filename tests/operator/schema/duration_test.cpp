// SPDX-License-Identifier: Apache-2.0
#include "operator/schema/duration.hpp"

#include <gtest/gtest.h>

#include "operator/schema/text_rules.hpp"

namespace sallyport::schema {
namespace {

using std::chrono::milliseconds;

TEST(Duration, ReadsEveryUnitInOrder) {
  EXPECT_EQ(*parse_duration("300s"), milliseconds(300000));
  EXPECT_EQ(*parse_duration("1h30m"), milliseconds(5400000));
  EXPECT_EQ(*parse_duration("500ms"), milliseconds(500));
  EXPECT_EQ(*parse_duration("5m500ms"), milliseconds(300500));
  EXPECT_EQ(*parse_duration("1h2m3s4ms"), milliseconds(3723004));
  EXPECT_EQ(*parse_duration("0s"), milliseconds(0));
  EXPECT_EQ(*parse_duration("999999h"), milliseconds(999999LL * 3600000));
}

TEST(Duration, RefusesEverythingElse) {
  for (const char* text :
       {"",     "5",    "s",   "5 s", " 5s", "5s ",  "-5s",      "+5s",       "1.5h",        "1s1h",
        "1m1m", "5S",   "5us", "5d",  "h5",  "1h30", "1000000h", "10000000m", "1000000000s", "99999999999999999999s",
        "5m\n", "1ms1s"}) {
    const auto read = parse_duration(text);
    ASSERT_FALSE(read.has_value()) << text;
    EXPECT_EQ(read.error().message, "must be a duration such as 300s, 1h30m or 500ms");
  }
}

TEST(Duration, ThePatternAndTheReaderAgree) {
  for (const char* text : {"300s", "1h30m", "500ms", "5m500ms", "0s", "5", "s", "1.5h", "1s1h", "1m1m", "5S",
                           "1000000h", "999999h9999999m999999999s999999999ms", "5m\n", "1ms1s", "010s"}) {
    EXPECT_EQ(parse_duration(text).has_value(), matches_pattern(kDurationPattern, text)) << text;
  }
  EXPECT_EQ(std::string_view("999999h9999999m999999999s999999999ms").size(), kDurationMaxLength);
}

TEST(Duration, WritesTheLargestUnitsAndNoZeros) {
  EXPECT_EQ(write_duration(milliseconds(0)), "0s");
  EXPECT_EQ(write_duration(milliseconds(300000)), "5m");
  EXPECT_EQ(write_duration(milliseconds(90000)), "1m30s");
  EXPECT_EQ(write_duration(milliseconds(3600500)), "1h500ms");
  EXPECT_EQ(write_duration(milliseconds(86400000)), "24h");
}

TEST(Duration, ReadsWhatItWrites) {
  for (const std::int64_t count : {0LL, 1LL, 999LL, 1000LL, 59999LL, 60000LL, 3599999LL, 3600000LL, 86399999LL}) {
    EXPECT_EQ(parse_duration(write_duration(milliseconds(count)))->count(), count);
  }
}

}  // namespace
}  // namespace sallyport::schema
