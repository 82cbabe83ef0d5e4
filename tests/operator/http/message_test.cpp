// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "operator/http/client.hpp"
#include "operator/http/listener.hpp"

namespace sallyport::http {
namespace {

using namespace std::chrono_literals;
using Wait = std::optional<std::chrono::milliseconds>;

Response with_headers(Headers headers) {
  return Response{503, std::move(headers), {}};
}

TEST(RetryAfter, IsReadAsSeconds) {
  EXPECT_EQ(with_headers({{"retry-after", " 7 "}}).retry_after(), Wait(7s));
}

TEST(RetryAfter, IsReadAsADateAgainstTheServersOwnClock) {
  const Response response =
      with_headers({{"Retry-After", "Sun, 22 Nov 2026 10:20:50 GMT"}, {"Date", "Sun, 22 Nov 2026 10:20:30 GMT"}});

  EXPECT_EQ(response.retry_after(), Wait(20s));
}

TEST(RetryAfter, IsNeverLongerThanTheCap) {
  EXPECT_EQ(with_headers({{"Retry-After", "86400"}}).retry_after(), Wait(5min));
  EXPECT_EQ(with_headers({{"Retry-After", "99999999999999999999999"}}).retry_after(1min), Wait(1min));
  EXPECT_EQ(with_headers({{"Retry-After", "Sun, 22 Nov 9999 10:20:50 GMT"}}).retry_after(), Wait(5min));
}

TEST(RetryAfter, IsZeroForADateInThePast) {
  EXPECT_EQ(with_headers({{"Retry-After", "Sun, 06 Nov 1994 08:49:37 GMT"}}).retry_after(), Wait(0s));
}

TEST(RetryAfter, IsEmptyWhenAbsentOrBad) {
  EXPECT_EQ(with_headers({}).retry_after(), Wait());
  for (const char* bad : {"", "soon", "-5", "1.5", "Sun, 31 Feb 2026 10:20:50 GMT", "Sun, 22 Nov 2026 25:20:50 GMT"}) {
    EXPECT_EQ(with_headers({{"Retry-After", bad}}).retry_after(), Wait()) << bad;
  }
}

TEST(Headers, CompareNamesWithoutCase) {
  EXPECT_EQ(with_headers({{"Content-Type", "text/html"}}).header("content-TYPE"), "text/html");
  EXPECT_EQ(with_headers({}).header("content-type"), std::nullopt);
}

TEST(Incoming, SplitsItsTarget) {
  Incoming request;
  request.target = "/a/b?x=1?y";
  EXPECT_EQ(request.path(), "/a/b");
  EXPECT_EQ(request.query(), "x=1?y");
  request.target = "/a";
  EXPECT_EQ(request.path(), "/a");
  EXPECT_EQ(request.query(), "");
}

}  // namespace
}  // namespace sallyport::http
