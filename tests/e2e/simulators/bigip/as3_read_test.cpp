// SPDX-License-Identifier: Apache-2.0
// f5.md 1.1 and 1.3: reads of the declaration, bad paths and queries, and AS3 not being there.
#include <gtest/gtest.h>

#include "tests/e2e/simulators/bigip/bigip_testing.hpp"

namespace sallyport::simulators::testing {
namespace {

struct As3Read : ::testing::Test {
  Reply declare() { return device.declare({{"Ta", Bigip::tenant({{"A", Bigip::application("192.0.2.40")}})}}); }
  Reply get(const std::string& rest) { return device.get("/mgmt/shared/appsvcs/" + rest); }
  Bigip device;
};

TEST_F(As3Read, IsEmptyBeforeAnythingIsDeclared) {
  EXPECT_EQ(get("declare").status, 204);
  EXPECT_EQ(get("declare").raw.body, "");
  EXPECT_EQ(get("declare/nope").body, Json({{"code", 404}, {"message", "declaration in specified path not found"}}));
}

TEST_F(As3Read, NamesATenantThatIsNotThere) {
  ASSERT_EQ(declare().status, 200);

  EXPECT_EQ(get("declare/nope").body,
            Json({{"code", 404}, {"message", "specified Tenant(s) 'nope' not found in declaration"}}));
}

TEST_F(As3Read, NamesAnApplicationThatIsNotThere) {
  ASSERT_EQ(declare().status, 200);

  EXPECT_EQ(get("declare/Ta/applications/zz").body["message"], "specified Application 'zz' not found in 'Ta'");
  EXPECT_TRUE(get("declare/Ta/applications").body.contains("A"));
}

TEST_F(As3Read, IsEmptyBeyondTheHistory) {
  ASSERT_EQ(declare().status, 200);

  EXPECT_EQ(get("declare?age=9").status, 204);
  EXPECT_EQ(get("declare?age=list").body.size(), 1U);
}

TEST_F(As3Read, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(get("declare?foo=1").body, Json({{"code", 400}, {"message", "unrecognized URL query parameter \"foo\""}}));
  EXPECT_EQ(get("elsewhere").body, Json({{"code", 400}, {"message", "Bad Request: Invalid path"}}));
  EXPECT_EQ(get("declare?async=true").body["message"],
            "query param \"async\" is not allowed for method=GET or action=retrieve.");
}

TEST_F(As3Read, SaysItsVersion) {
  EXPECT_EQ(get("info").body,
            Json({{"version", "3.56.0"}, {"release", "10"}, {"schemaCurrent", "3.56.0"}, {"schemaMinimum", "3.0.0"}}));
}

TEST_F(As3Read, FiltersByClass) {
  ASSERT_EQ(declare().status, 200);

  const Json body = get("declare?filterClass=Pool").body;

  EXPECT_TRUE(body["Ta"]["A"].contains("workspace"));
  EXPECT_FALSE(body["Ta"]["A"].contains("vs"));
}

TEST_F(As3Read, IsNotRegisteredWhereAs3IsMissing) {
  device.control("as3", {{"installed", false}});

  const Reply reply = get("info");

  EXPECT_EQ(reply.status, 404);
  EXPECT_TRUE(reply.body["message"].get<std::string>().starts_with("Public URI path not registered"));
}

TEST_F(As3Read, AnswersHtmlThen404WhileRestnodedRestarts) {
  device.control("restart", {{"what", "restnoded"}, {"seconds", 10}});

  EXPECT_EQ(get("info").status, 503);
  EXPECT_TRUE(get("info").raw.content_type.starts_with("text/html"));
  device.clock.advance(std::chrono::seconds(6));
  EXPECT_EQ(get("info").status, 404);
  device.clock.advance(std::chrono::seconds(5));
  EXPECT_EQ(get("info").status, 200);
}

}  // namespace
}  // namespace sallyport::simulators::testing
