// SPDX-License-Identifier: Apache-2.0
#include "operator/base/clock.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace sallyport {
namespace {

using std::chrono::microseconds;
using std::chrono::seconds;

SystemTime at(std::int64_t unix_seconds, std::int64_t micros = 0) {
  return SystemTime{} + seconds(unix_seconds) + microseconds(micros);
}

TEST(Rfc3339, WritesUtcWithWholeSeconds) {
  EXPECT_EQ(to_rfc3339(at(0)), "1970-01-01T00:00:00Z");
  EXPECT_EQ(to_rfc3339(at(1795342830, 999999)), "2026-11-22T10:20:30Z");
}

TEST(Rfc3339, WritesMicrosecondsForLeases) {
  EXPECT_EQ(to_rfc3339_micro(at(1795342830)), "2026-11-22T10:20:30.000000Z");
  EXPECT_EQ(to_rfc3339_micro(at(1795342830, 1234)), "2026-11-22T10:20:30.001234Z");
}

TEST(Rfc3339, WritesTimesBeforeTheEpoch) {
  EXPECT_EQ(to_rfc3339_micro(at(-1, 250000)), "1969-12-31T23:59:59.250000Z");
}

TEST(Rfc3339, ReadsWhatItWrites) {
  const SystemTime time = at(1795342830, 654321);
  EXPECT_EQ(parse_rfc3339(to_rfc3339_micro(time)), Result<SystemTime>(time));
  EXPECT_EQ(parse_rfc3339(to_rfc3339(time)), Result<SystemTime>(at(1795342830)));
}

TEST(Rfc3339, ReadsTheExamplesOfTheRfc) {  // RFC 3339 section 5.8
  EXPECT_EQ(parse_rfc3339("1985-04-12T23:20:50.52Z"), Result<SystemTime>(at(482196050, 520000)));
  EXPECT_EQ(parse_rfc3339("1996-12-19T16:39:57-08:00"), Result<SystemTime>(at(851042397)));
  EXPECT_EQ(parse_rfc3339("1937-01-01T12:00:27.87+00:20"), Result<SystemTime>(at(-1041337173, 870000)));
}

TEST(Rfc3339, ReadsMoreThanSixDigitsOfAFractionAndDropsThem) {
  EXPECT_EQ(parse_rfc3339("1970-01-01T00:00:01.123456789Z"), Result<SystemTime>(at(1, 123456)));
}

TEST(Rfc3339, RefusesEverythingElse) {
  for (const std::string_view text : {"",
                                      "2026",
                                      "2026-11-22",
                                      "2026-11-22T10:20:30",
                                      "2026-11-22 10:20:30Z",
                                      "2026-13-01T00:00:00Z",
                                      "2026-02-29T00:00:00Z",
                                      "2026-11-22T24:00:00Z",
                                      "2026-11-22T10:60:00Z",
                                      "2026-11-22T10:20:61Z",
                                      "2026-11-22T10:20:30.Z",
                                      "2026-11-22T10:20:30Zx",
                                      "2026-11-22T10:20:30+0100",
                                      "2026-11-22T10:20:30+24:00",
                                      "2026-11-22T10:20:30+01:60",
                                      " 2026-11-22T10:20:30Z",
                                      "2026-11-22T 1:20:30Z",
                                      "2026-11-22T-1:20:30Z",
                                      "2026-11-22T+1:20:30Z",
                                      "2026-11-22T10:20:30+ 1:00",
                                      "+026-11-22T10:20:30Z",
                                      "2026-11-22T10:20:30.5",
                                      "2026-11-22t10:20:30"}) {
    const auto parsed = parse_rfc3339(text);
    ASSERT_FALSE(parsed.has_value()) << text;
    EXPECT_EQ(parsed.error().code, Code::InvalidSpec);
  }
}

TEST(Rfc3339, BeyondTheClockIsItsEnd) {
  EXPECT_EQ(parse_rfc3339("9999-12-31T23:59:59Z"), Result<SystemTime>(SystemTime::max()));
  EXPECT_EQ(parse_rfc3339("0001-01-01T00:00:00Z"), Result<SystemTime>(SystemTime::min()));
  EXPECT_LT(*parse_rfc3339("2261-12-31T23:59:59-23:59"), SystemTime::max());
  EXPECT_GT(*parse_rfc3339("1678-01-01T00:00:00+23:59"), SystemTime::min());
}

TEST(Rfc3339, IsNotFooledByBytesAfterAZero) {
  EXPECT_FALSE(parse_rfc3339(std::string_view("2026-11-22T10:20:30Z\0junk", 25)).has_value());
}

TEST(SystemClock, EndsASleepWhenToldToStop) {
  std::stop_source stop;
  bool slept_through = true;
  std::thread sleeper([&] { slept_through = system_clock().sleep(std::chrono::hours(1), stop.get_token()); });
  stop.request_stop();
  sleeper.join();
  EXPECT_FALSE(slept_through);
}

TEST(SystemClock, SleepsItsTimeWhenNobodyStopsIt) {
  const SteadyTime begin = system_clock().steady();
  EXPECT_TRUE(system_clock().sleep(std::chrono::milliseconds(5), {}));
  EXPECT_GE(system_clock().steady() - begin, std::chrono::milliseconds(5));
}

TEST(SystemRandom, StaysBetweenZeroAndOne) {
  for (int i = 0; i < 1000; ++i) {
    const double unit = system_random().unit();
    ASSERT_GE(unit, 0.0);
    ASSERT_LT(unit, 1.0);
  }
}

}  // namespace
}  // namespace sallyport
