// SPDX-License-Identifier: Apache-2.0
#include "operator/http/request_check.hpp"

#include <gtest/gtest.h>

namespace sallyport::http {
namespace {

TEST(CheckRequest, AcceptsWhatMayGoOnTheWire) {
  EXPECT_TRUE(check_request({.method = "GET", .target = "/"}));
  EXPECT_TRUE(check_request({.method = "PATCH",
                             .target = "/mgmt/tm/ltm/virtual/~Common~a..b/...?$filter=a%20eq%20b&x=../..",
                             .headers = {{"Content-Type", "application/json"}, {"X-Text", "caf\xc3\xa9\tbar"}}}));
}

TEST(CheckRequest, RefusesATargetThatLeavesItsPlace) {
  for (const char* target : {"", "x", "//elsewhere/", "/a/../b", "/a/./b", "/..", "/a/%2e%2E/b", "/a/.%2e", "/a b",
                             "/a\r\nX: y", "/a#b", "/%", "/%2", "/%gg", "/\x01", "/\xc3\xa9", "/a?[b]=c"}) {
    const Result<void> checked = check_request({.target = target});
    ASSERT_FALSE(checked) << target;
    EXPECT_EQ(checked.error().code, Code::InvalidSpec);
  }
}

TEST(CheckRequest, RefusesAMethodThatIsNoToken) {
  for (const char* method : {"", "GET /", "GE\r\nT"}) EXPECT_FALSE(check_request({.method = method, .target = "/"}));
}

TEST(CheckRequest, RefusesHeadersThatWouldBecomeOthers) {
  for (const Headers& headers :
       {Headers{{"X", "a\r\nY: b"}}, Headers{{"X", "a\nb"}}, Headers{{"X", std::string("a\0b", 3)}},
        Headers{{"X Y", "a"}}, Headers{{"", "a"}}, Headers{{"X:", "a"}}}) {
    EXPECT_FALSE(check_request({.target = "/", .headers = headers})) << headers.begin()->first;
  }
}

TEST(CheckRequest, RefusesHeadersThatTheClientSetsItself) {
  for (const char* name : {"Host", "content-length", "TRANSFER-ENCODING", "Connection", "Authorization"}) {
    EXPECT_FALSE(check_request({.target = "/", .headers = {{name, "x"}}})) << name;
  }
}

TEST(CheckRequest, RefusesABrokenAuthorizationWithoutShowingIt) {
  const Result<void> checked = check_request({.target = "/", .authorization = Secret("Bearer hunter2\r\nX: y")});

  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().text().find("hunter2"), std::string::npos);
}

}  // namespace
}  // namespace sallyport::http
