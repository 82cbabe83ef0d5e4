// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/edge/bigip/device.hpp"

#include <gmock/gmock.h>

#include "tests/reconcilers/providers/edge/bigip/fixtures.hpp"
#include "tests/reconcilers/providers/edge/bigip/script.hpp"
#include "tests/testing/fake_clock.hpp"

namespace sallyport::edge::bigip {
namespace {

using ::testing::HasSubstr;

constexpr const char* kLogin = "POST /mgmt/shared/authn/login";

class DeviceSession : public ::testing::Test {
 protected:
  testing::Script script;
  testing::MemorySecrets secrets;
  sallyport::testing::FakeClock clock;
  Device device{"https://unit", script.client(), {testing::connection().credentials, secrets, clock}};
};

TEST_F(DeviceSession, SignsInOnceForManyRequests) {
  script.on("GET /x", testing::json({}));

  EXPECT_TRUE(device.get("/x", {}).has_value());
  EXPECT_TRUE(device.get("/x", {}).has_value());

  EXPECT_EQ(script.count(kLogin), 1U);
  EXPECT_EQ(script.asked.back().headers.at("X-F5-Auth-Token"), "T0KEN");
  EXPECT_FALSE(script.asked.back().authorization.has_value());
}

TEST_F(DeviceSession, RenewsAtThreeQuartersOfTheLifeAndGivesTheOldTokenBack) {
  script.on("GET /x", testing::json({}));
  EXPECT_TRUE(device.get("/x", {}).has_value());
  clock.advance(std::chrono::seconds(899));
  EXPECT_TRUE(device.get("/x", {}).has_value());
  EXPECT_EQ(script.count(kLogin), 1U);

  clock.advance(std::chrono::seconds(1));
  EXPECT_TRUE(device.get("/x", {}).has_value());

  EXPECT_EQ(script.count(kLogin), 2U);
  EXPECT_EQ(script.count("DELETE /mgmt/shared/authz/tokens/T0KEN"), 1U);
}

TEST_F(DeviceSession, SignsInOnceMoreAfterA401AndThenGivesUp) {
  script.on("GET /x", testing::answer(401, R"({"code":401,"message":"X-F5-Auth-Token does not exist."})"));

  const auto answer = device.get("/x", {});

  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().code, Code::Unauthorized);
  EXPECT_THAT(answer.error().message, HasSubstr("does not exist.); renew Secret 'sallyport/bigip-edge'"));
  EXPECT_EQ(script.count("GET /x"), 2U);
  EXPECT_EQ(script.count(kLogin), 2U);
}

TEST_F(DeviceSession, DoesNotRepeatASignInThatWasRefusedForAMinute) {
  script.on(kLogin, testing::answer(401, R"({"code":401,"message":"Authentication failed."})"));
  const Result<http::Response> first = device.get("/x", {});
  ASSERT_FALSE(first.has_value());
  EXPECT_THAT(first.error().message, HasSubstr("(Authentication failed.); renew Secret 'sallyport/bigip-edge'"));
  EXPECT_EQ(first.error().where, "POST https://unit/mgmt/shared/authn/login");

  clock.advance(std::chrono::seconds(59));
  EXPECT_EQ(device.get("/x", {}).error(), first.error());
  EXPECT_EQ(script.count(kLogin), 1U);

  clock.advance(std::chrono::seconds(1));
  EXPECT_FALSE(device.get("/x", {}).has_value());
  EXPECT_EQ(script.count(kLogin), 2U);
}

TEST_F(DeviceSession, TriesASignInAgainThatWasOnlyNotAnswered) {
  script.on(kLogin, testing::answer(503, "<html>"));

  EXPECT_FALSE(device.get("/x", {}).has_value());
  EXPECT_FALSE(device.get("/x", {}).has_value());

  EXPECT_EQ(script.count(kLogin), 2U);
}

TEST_F(DeviceSession, UsesThePasswordWhileTheUserHasTooManyTokens) {
  script.on(kLogin,
            testing::answer(400, R"({"code":400,"message":"user admin has reached maximum active login tokens"})"));
  script.on("GET /x", testing::json({}));

  EXPECT_TRUE(device.get("/x", {}).has_value());

  ASSERT_TRUE(script.asked.back().authorization.has_value());
  EXPECT_EQ(script.asked.back().authorization->reveal(), "Basic YWRtaW46czNjcmV0");
  EXPECT_TRUE(device.note().has_value());
  EXPECT_EQ(device.note()->find("s3cret"), std::string::npos);
}

TEST_F(DeviceSession, SaysWhichSecretLacksWhat) {
  secrets.set("sallyport", "bigip-edge", {{"username", Secret("admin")}});

  const auto answer = device.get("/x", {});

  EXPECT_EQ(answer.error().code, Code::InvalidSpec);
  EXPECT_EQ(answer.error().where, "spec.bigip.credentialsSecret");
  EXPECT_TRUE(script.asked.empty());
}

TEST_F(DeviceSession, MarksItsSignInAsAChangeOfNothing) {
  script.on("GET /x", testing::json({}));
  EXPECT_TRUE(device.get("/x", {}).has_value());

  EXPECT_TRUE(script.asked.front().session);
  EXPECT_EQ(script.asked.front().delivery, http::Delivery::OnceAlone);
}

TEST_F(DeviceSession, GivesItsTokenBackAtTheEnd) {
  script.on("GET /x", testing::json({}));
  EXPECT_TRUE(device.get("/x", {}).has_value());

  device.sign_out({});
  device.sign_out({});

  EXPECT_EQ(script.count("DELETE /mgmt/shared/authz/tokens/T0KEN"), 1U);
}

}  // namespace
}  // namespace sallyport::edge::bigip
