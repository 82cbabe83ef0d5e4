// SPDX-License-Identifier: Apache-2.0
#include "operator/program/cli/request_file.hpp"

#include <gmock/gmock.h>

namespace sallyport::program::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

std::string complaint(std::string_view text) {
  const Result<RequestFile> request = read_request(text);
  EXPECT_FALSE(request) << text;
  return request ? "" : request.error().text();
}

TEST(RequestFile, ReadsARequestAsItWasSent) {
  const auto request = read_request(
      "POST /serving-endpoints/fraud/invocations?a=b HTTP/1.1\r\nHost: fraud.ml.example.com\r\n"
      "content-type:application/json\r\n\r\n{\"inputs\":[1]}");

  ASSERT_TRUE(request) << request.error().text();
  EXPECT_EQ(request->method, "POST");
  EXPECT_EQ(request->target, "/serving-endpoints/fraud/invocations?a=b");
  EXPECT_EQ(request->header("host"), "fraud.ml.example.com");
  EXPECT_EQ(request->header("Content-Type"), "application/json");
  EXPECT_EQ(request->header("Accept"), "");
  EXPECT_EQ(request->body_bytes, 14U);
}

TEST(RequestFile, TakesBareLineFeedsAndNoBody) {
  const auto request = read_request("GET / HTTP/1.1\nHost: a\n");

  ASSERT_TRUE(request);
  EXPECT_EQ(request->header("Host"), "a");
  EXPECT_EQ(request->body_bytes, 0U);
}

TEST(RequestFile, KeepsCredentialsApart) {
  const auto request =
      read_request("POST / HTTP/1.1\nAuthorization: Bearer one\nauthorization: Bearer two\nCookie: c=secret\n\n");

  ASSERT_TRUE(request);
  ASSERT_THAT(request->authorizations, SizeIs(2));
  EXPECT_EQ(request->authorizations[1].reveal(), "Bearer two");
  for (const auto& [name, value] : request->headers) EXPECT_EQ(value, "") << name;
}

TEST(RequestFile, SaysWhichLineIsNone) {
  EXPECT_THAT(complaint(""), HasSubstr("line 1: a request begins with"));
  EXPECT_THAT(complaint("curl https://x"), HasSubstr("line 1"));
  EXPECT_THAT(complaint("POST x HTTP/1.1\n"), HasSubstr("line 1"));
  EXPECT_THAT(complaint("POST / HTTP/1.1\nHost a\n"), HasSubstr("line 2: a header is Name: value"));
  EXPECT_THAT(complaint("POST / HTTP/1.1\nA: b\nbad name: c\n"), HasSubstr("line 3"));
}

TEST(RequestFile, SaysWhatBecomesOfEachHeader) {
  const auto request = read_request(
      "POST / HTTP/1.1\nHost: a\nAuthorization: Bearer x\nContent-Type: application/json\ntraceparent: 00-1\n"
      "X-Forwarded-User: root\nX-Request-Id: mine\nContent-Length: 3\n\nabc");

  ASSERT_TRUE(request);
  EXPECT_THAT(header_fates(*request, "adb-1.example.net"),
              ElementsAre("Host becomes adb-1.example.net", "X-Request-Id is set, another one for each request",
                          "Authorization becomes a token of the workspace", "X-Forwarded-User is stripped",
                          "Content-Length is that of the body", "passed as sent: Content-Type, traceparent"));
}

}  // namespace
}  // namespace sallyport::program::cli
