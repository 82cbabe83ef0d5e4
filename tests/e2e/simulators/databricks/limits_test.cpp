// SPDX-License-Identifier: Apache-2.0
#include "e2e/simulators/databricks/limits.hpp"

#include "tests/e2e/simulators/databricks/stage.hpp"

namespace sallyport::simulators::databricks {
namespace {

constexpr auto kMe = "/api/2.0/preview/scim/v2/Me";

Json rule(const std::string& retry_after) {
  return Json::array({{{"method", "GET|PUT"},
                       {"path", "/api/2.0/preview/*"},
                       {"calls", 2},
                       {"window_ms", 10000},
                       {"retry_after", retry_after}}});
}

TEST(SimulatedLimits, RefuseWhatIsOverAndOpenAgainWithTheWindow) {
  Stage stage;
  EXPECT_EQ(stage.control("PUT", "/rate-limits", rule("always")).status, 200);
  EXPECT_EQ(stage.get(kMe).status, 200);
  EXPECT_EQ(stage.get(kMe).status, 200);
  stage.clock.advance(std::chrono::milliseconds(2500));
  const auto heard = stage.get(kMe);
  EXPECT_EQ(heard.status, 429);
  EXPECT_EQ(heard.json["error_code"], "REQUEST_LIMIT_EXCEEDED");
  EXPECT_EQ(heard.headers.at("Retry-After"), "8");
  EXPECT_EQ(stage.get("/api/2.0/serving-endpoints").status, 200);
  stage.clock.advance(std::chrono::milliseconds(7500));
  EXPECT_EQ(stage.get(kMe).status, 200);
}

TEST(SimulatedLimits, MayKeepQuietAboutWhenToComeBack) {
  Stage stage;
  EXPECT_EQ(stage.control("PUT", "/rate-limits", rule("alternating")).status, 200);
  stage.get(kMe);
  stage.get(kMe);
  EXPECT_TRUE(stage.get(kMe).headers.contains("Retry-After"));
  EXPECT_FALSE(stage.get(kMe).headers.contains("Retry-After"));
  EXPECT_EQ(stage.control("PUT", "/rate-limits", rule("never")).status, 200);
  stage.get(kMe);
  stage.get(kMe);
  EXPECT_FALSE(stage.get(kMe).headers.contains("Retry-After"));
}

TEST(SimulatedLimits, AreThoseOfTheDocumentationWhenLatencyIsRealistic) {
  Options options;
  options.latency = Latency::Realistic;
  Stage stage(options);
  const auto path = stage.acl_path("churn");
  for (int i = 0; i < 30; ++i) ASSERT_EQ(stage.grant("PATCH", path, {group("risk-analysts", "CAN_QUERY")}).status, 200);
  EXPECT_EQ(stage.grant("PATCH", path, {group("risk-analysts", "CAN_QUERY")}).status, 429);
}

TEST(SimulatedLimits, MisspeltRulesAreRefused) {
  EXPECT_EQ(read_limits(Json::parse(R"([{"call":1}])")).error().where, "rate_limits[0].call");
  EXPECT_FALSE(read_limits(rule("sometimes")));
}

}  // namespace
}  // namespace sallyport::simulators::databricks
