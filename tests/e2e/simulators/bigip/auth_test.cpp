// SPDX-License-Identifier: Apache-2.0
// f5.md 4.1: tokens, their life and their number.
#include <gtest/gtest.h>

#include "tests/e2e/simulators/bigip/bigip_testing.hpp"

namespace sallyport::simulators::testing {
namespace {

constexpr const char* kLogin = "/mgmt/shared/authn/login";
constexpr const char* kInfo = "/mgmt/shared/appsvcs/info";

Reply log_in(Bigip& device, const std::string& user, const std::string& password = "pass") {
  return device.raw("POST", kLogin,
                    Json{{"username", user}, {"password", password}, {"loginProviderName", "tmos"}}.dump(), {});
}
Reply with_token(Bigip& device, const std::string& token) {
  return device.raw("GET", kInfo, "", {{"X-F5-Auth-Token", token}});
}

TEST(Auth, GivesATokenOf1200Seconds) {
  Bigip device;

  const Reply login = log_in(device, "admin");

  ASSERT_EQ(login.status, 200);
  EXPECT_EQ(login.body["token"]["timeout"], 1200);
  EXPECT_EQ(login.body["token"]["partition"], "[All]");
  EXPECT_EQ(login.body["token"]["kind"], "shared:authz:tokens:authtokenitemstate");
  EXPECT_EQ(with_token(device, login.body["token"]["token"]).status, 200);
}

TEST(Auth, TokenEndsAfter1200SecondsHoweverOftenItIsUsed) {
  Bigip device;
  const std::string token = log_in(device, "admin").body["token"]["token"];
  device.clock.advance(std::chrono::seconds(1199));
  ASSERT_EQ(with_token(device, token).status, 200);

  device.clock.advance(std::chrono::seconds(1));

  const Reply late = with_token(device, token);
  EXPECT_EQ(late.status, 401);
  EXPECT_EQ(late.body["code"], 401);
  EXPECT_EQ(late.body["message"], "X-F5-Auth-Token has expired.");
  EXPECT_EQ(late.body["kind"], ":resterrorresponse");
}

TEST(Auth, NamesEachKindOf401) {
  Bigip device;

  EXPECT_EQ(with_token(device, "NOPE").body["message"], "X-F5-Auth-Token does not exist.");
  EXPECT_EQ(device.raw("GET", kInfo, "", {}).body["message"],
            "Authorization failed: no user authentication header or token detected.");
  EXPECT_EQ(device.raw("GET", kInfo, "", {{"Authorization", "Basic " + base64_encode("admin:wrong")}}).body["message"],
            "Authentication required!");
  EXPECT_EQ(log_in(device, "admin", "wrong").status, 401);
}

TEST(Auth, PatchChangesTheLifeUpTo36000Seconds) {
  Bigip device;
  const std::string token = log_in(device, "admin").body["token"]["token"];
  const std::string path = "/mgmt/shared/authz/tokens/" + token;

  EXPECT_EQ(device.send("PATCH", path, {{"timeout", 36001}}).status, 406);
  EXPECT_EQ(device.send("PATCH", path, {{"timeout", 36001}}).body["message"],
            "Auth-token absolute timeout (36000 seconds) exceeded");
  EXPECT_EQ(device.send("PATCH", path, {{"timeout", 36000}}).body["timeout"], 36000);
  device.clock.advance(std::chrono::hours(9));
  EXPECT_EQ(with_token(device, token).status, 200);
}

TEST(Auth, DeleteEndsAToken) {
  Bigip device;
  const std::string token = log_in(device, "admin").body["token"]["token"];

  EXPECT_EQ(device.raw("DELETE", "/mgmt/shared/authz/tokens/" + token, "", {{"X-F5-Auth-Token", token}}).status, 200);

  EXPECT_EQ(with_token(device, token).body["message"], "X-F5-Auth-Token does not exist.");
}

TEST(Auth, RefusesThe101stTokenOfAUserThatIsNotAdmin) {
  Bigip device(1, Latency::None, "sallyport");
  for (int i = 0; i < 100; ++i) ASSERT_EQ(log_in(device, "sallyport").status, 200);

  const Reply refused = log_in(device, "sallyport");
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(refused.body["message"], "user sallyport has reached maximum active login tokens");

  device.clock.advance(std::chrono::seconds(1200));
  EXPECT_EQ(log_in(device, "sallyport").status, 200);
}

TEST(Auth, AdminMayHaveMoreTokens) {
  Bigip device;
  for (int i = 0; i < 101; ++i) ASSERT_EQ(log_in(device, "admin").status, 200);
}

TEST(Auth, LocksAnAccountAfterThreeRefusedLogins) {
  Bigip device;
  const std::string token = log_in(device, "admin").body["token"]["token"];
  for (int i = 0; i < 3; ++i) EXPECT_EQ(log_in(device, "admin", "wrong").status, 401);

  EXPECT_EQ(log_in(device, "admin").status, 401);
  EXPECT_EQ(with_token(device, token).status, 200);

  device.control("users", {{"name", "admin"}, {"password", "pass"}, {"role", "admin"}});
  EXPECT_EQ(log_in(device, "admin").status, 200);
}

TEST(Auth, ForgetsRefusedLoginsAfterAGoodOne) {
  Bigip device;
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(log_in(device, "admin", "wrong").status, 401);
    EXPECT_EQ(log_in(device, "admin").status, 200);
  }
}

TEST(Auth, GuestsMayNotUseAs3) {
  Bigip device;
  device.control("users", {{"name", "guest"}, {"password", "g"}, {"role", "guest"}});

  const Reply reply = device.raw("GET", kInfo, "", {{"Authorization", "Basic " + base64_encode("guest:g")}});

  EXPECT_EQ(reply.status, 403);
  EXPECT_EQ(reply.body["code"], 403);
}

}  // namespace
}  // namespace sallyport::simulators::testing
