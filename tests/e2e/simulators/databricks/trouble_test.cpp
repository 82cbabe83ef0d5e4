// SPDX-License-Identifier: Apache-2.0
#include "e2e/simulators/databricks/trouble.hpp"

#include "tests/e2e/simulators/databricks/stage.hpp"

namespace sallyport::simulators::databricks {
namespace {

constexpr auto kList = "/api/2.0/serving-endpoints";

Heard under(Stage& stage, const Json& rule) {
  EXPECT_EQ(stage.control("PUT", "/troubles", Json::array({rule})).status, 200);
  return stage.get(kList);
}

TEST(SimulatedTrouble, ThrottlesWithAndWithoutRetryAfter) {
  Stage stage;
  const auto told = under(stage, {{"kind", "throttled"}, {"retry_after", 7}});
  EXPECT_EQ(told.status, 429);
  EXPECT_EQ(told.json["error_code"], "REQUEST_LIMIT_EXCEEDED");
  EXPECT_EQ(told.headers.at("Retry-After"), "7");
  const auto silent = under(stage, {{"kind", "throttled_silently"}});
  EXPECT_EQ(silent.status, 429);
  EXPECT_EQ(silent.json["message"], "Workspace 1234567890123456 exceeded the concurrent limit of requests.");
  EXPECT_FALSE(silent.headers.contains("Retry-After"));
}

TEST(SimulatedTrouble, StrikesAsOftenAsTold) {
  Stage stage;
  EXPECT_EQ(under(stage, {{"kind", "unavailable"}, {"nth", 2}, {"times", 2}}).status, 200);
  EXPECT_EQ(stage.get(kList).json["error_code"], "TEMPORARILY_UNAVAILABLE");
  EXPECT_EQ(stage.get(kList).status, 503);
  EXPECT_EQ(stage.get(kList).status, 200);
}

TEST(SimulatedTrouble, ADisguisedThrottleIsA500) {
  Stage stage;
  const auto heard = under(stage, {{"kind", "request_limit_as_500"}});
  EXPECT_EQ(heard.status, 500);
  EXPECT_EQ(heard.json["message"], "REQUEST_LIMIT_EXCEEDED: RPC token bucket limit has been exceeded.");
}

TEST(SimulatedTrouble, ADeadlineMayPassAfterTheEffect) {
  Stage stage;
  EXPECT_EQ(
      stage.control("PUT", "/troubles", Json::array({{{"kind", "deadline_after_effect"}, {"method", "PATCH"}}})).status,
      200);
  const auto heard = stage.grant("PATCH", stage.acl_path("churn"), {group("risk-analysts", "CAN_QUERY")});
  EXPECT_EQ(heard.status, 504);
  EXPECT_EQ(heard.json["error_code"], "DEADLINE_EXCEEDED");
  EXPECT_EQ(stage.direct("churn")["group:risk-analysts"], "CAN_QUERY");
}

TEST(SimulatedTrouble, PagesAndRedirectsAreNotJson) {
  Stage stage;
  const auto page = under(stage, {{"kind", "html_page"}});
  EXPECT_EQ(page.status, 503);
  EXPECT_EQ(page.content_type, "text/html;charset=utf-8");
  EXPECT_NE(page.body.find("<pre>Service Unavailable</pre>"), std::string::npos);
  const auto redirect = under(stage, {{"kind", "private_link"}});
  EXPECT_EQ(redirect.status, 302);
  EXPECT_EQ(redirect.headers.at("Location"),
            "http://adb-1.example.net/login.html?error=private-link-validation-error:1234567890123456");
}

TEST(SimulatedTrouble, IpBlocksHaveANumericCodeOrItsText) {
  Stage stage;
  const auto number = under(stage, {{"kind", "ip_blocked"}});
  EXPECT_EQ(number.status, 403);
  EXPECT_EQ(number.json, Json::parse(R"({"error_code":403,"message":
      "Source IP address: 192.0.2.7 is blocked by Databricks IP ACL for workspace: 1234567890123456"})"));
  EXPECT_EQ(under(stage, {{"kind", "ip_blocked_as_text"}}).json["error_code"], "403");
}

TEST(SimulatedTrouble, RightsCanBeMissingForOneCallerOnOnePath) {
  Stage stage;
  const auto alice = stage.token_of("user:alice@example.com");
  const auto heard = under(stage, {{"kind", "permission_denied"},
                                   {"path", "/api/2.0/serving-endpoints*"},
                                   {"who", "service-principal:*"},
                                   {"times", 0}});
  EXPECT_EQ(heard.status, 403);
  EXPECT_EQ(heard.json["error_code"], "PERMISSION_DENIED");
  EXPECT_EQ(stage.get(kList).status, 403);
  EXPECT_EQ(stage.call("GET", kList, nullptr, alice).status, 200);
  EXPECT_EQ(stage.get("/api/2.0/preview/scim/v2/Me").status, 200);
}

TEST(SimulatedTrouble, TokensCanDieInBothForms) {
  Stage stage;
  EXPECT_EQ(under(stage, {{"kind", "invalid_token"}}).json,
            Json::parse(R"({"error_code":403,"message":"Invalid access token."})"));
  const auto heard = under(stage, {{"kind", "unauthenticated"}});
  EXPECT_EQ(heard.status, 401);
  EXPECT_EQ(heard.json["error_code"], "UNAUTHENTICATED");
}

TEST(SimulatedTrouble, BodiesCanBeEmptyOrPlain) {
  Stage stage;
  EXPECT_EQ(under(stage, {{"kind", "empty_body"}}).body, "");
  EXPECT_EQ(under(stage, {{"kind", "plain_text"}}).body, "INTERNAL_ERROR: an internal error occurred");
}

TEST(SimulatedTrouble, MisspeltRulesAreRefused) {
  EXPECT_EQ(read_troubles(Json::parse(R"([{"kind":"unavailble"}])")).error().where, "troubles[0].kind");
  EXPECT_EQ(
      read_troubles(Json::parse(R"([{"kind":"throttled","path":"*"},{"kind":"throttled","patch":"*"}])")).error().where,
      "troubles[1].patch");
  EXPECT_FALSE(read_troubles(Json::object()));
}

}  // namespace
}  // namespace sallyport::simulators::databricks
