// SPDX-License-Identifier: Apache-2.0
#include "e2e/simulators/databricks/serving.hpp"

#include "tests/e2e/simulators/databricks/stage.hpp"

namespace sallyport::simulators::databricks {
namespace {

constexpr auto kEndpoints = "/api/2.0/serving-endpoints";

std::string one(const std::string& name) {
  return std::string(kEndpoints) + "/" + name;
}

Json config(const std::string& entity = "main.models.fraud") {
  return {{"served_entities", Json::array({{{"entity_name", entity},
                                            {"entity_version", "2"},
                                            {"workload_size", "Small"},
                                            {"scale_to_zero_enabled", false}}})}};
}

Json item(const Json& list, const std::string& name) {
  for (const auto& endpoint : list["endpoints"])
    if (endpoint["name"] == name) return endpoint;
  return nullptr;
}

TEST(SimulatedServing, ListsWhatTheCallerMayView) {
  Stage stage;
  const auto heard = stage.get(kEndpoints);
  EXPECT_EQ(heard.status, 200);
  const Json fraud = item(heard.json, "fraud-scoring");
  EXPECT_EQ(fraud["tags"], Json::parse(R"([{"key":"sallyport-namespace","value":"risk"}])"));
  EXPECT_EQ(fraud["state"], Json::parse(R"({"ready":"READY","config_update":"NOT_UPDATING"})"));
  EXPECT_EQ(fraud["creator"], kClient);
  for (const auto* absent : {"permission_level", "endpoint_url", "route_optimized"})
    EXPECT_FALSE(fraud.contains(absent)) << absent;
  EXPECT_TRUE(item(heard.json, "private-model").is_null());
}

TEST(SimulatedServing, FoundationModelsHaveNoId) {
  Stage stage;
  EXPECT_FALSE(item(stage.get(kEndpoints).json, "databricks-gpt-oss-120b").contains("id"));
  const auto heard = stage.get(one("databricks-gpt-oss-120b"));
  EXPECT_EQ(heard.status, 200);
  EXPECT_FALSE(heard.json.contains("id"));
  EXPECT_EQ(heard.json["permission_level"], "CAN_QUERY");
}

TEST(SimulatedServing, AnEmptyListIsAnEmptyObject) {
  Stage stage;
  for (const auto* name : {"fraud-scoring", "churn", "optimised-llm", "private-model", "databricks-gpt-oss-120b"})
    EXPECT_EQ(stage.control("DELETE", std::string("/serving-endpoints/") + name).status, 200);
  EXPECT_EQ(stage.get(kEndpoints).body, "{}");
}

TEST(SimulatedServing, GetTellsTheCallersLevel) {
  Stage stage;
  EXPECT_EQ(stage.get(one("fraud-scoring")).json["permission_level"], "CAN_MANAGE");
  const auto bob = stage.token_of("user:bob@example.com");
  EXPECT_EQ(stage.call("GET", one("fraud-scoring"), nullptr, bob).json["permission_level"], "CAN_VIEW");
}

TEST(SimulatedServing, IdsAreThirtyTwoHexDigits) {
  Stage stage;
  const auto id = stage.get(one("fraud-scoring")).json["id"].get<std::string>();
  EXPECT_EQ(id.size(), 32U);
  EXPECT_EQ(id.find_first_not_of("0123456789abcdef"), std::string::npos);
}

TEST(SimulatedServing, RouteOptimisedEndpointsTellTheirUrl) {
  Stage stage;
  const auto heard = stage.get(one("optimised-llm"));
  EXPECT_EQ(heard.json["route_optimized"], true);
  const auto url = heard.json["endpoint_url"].get<std::string>();
  EXPECT_TRUE(url.starts_with("https://"));
  EXPECT_TRUE(
      url.ends_with(".serving.cloud.databricks.com/1234567890123456/serving-endpoints/optimised-llm/invocations"));
  EXPECT_EQ(heard.json["data_plane_info"]["query_info"]["endpoint_url"], url);
  EXPECT_FALSE(stage.get(one("churn")).json.contains("endpoint_url"));
}

TEST(SimulatedServing, AMissingEndpointIsNamed) {
  Stage stage;
  const auto heard = stage.get(one("nothing"));
  EXPECT_EQ(heard.status, 404);
  EXPECT_EQ(heard.json["error_code"], "RESOURCE_DOES_NOT_EXIST");
  EXPECT_EQ(heard.json["message"], "Endpoint with name 'nothing' does not exist.");
}

TEST(SimulatedServing, AnEndpointThatMayNotBeViewedIsRefusedOrMissing) {
  Stage stage;
  const auto heard = stage.get(one("private-model"));
  EXPECT_EQ(heard.status, 403);
  EXPECT_EQ(heard.json["error_code"], "PERMISSION_DENIED");
  EXPECT_EQ(heard.json["message"], "User does not have permission 'View' on Endpoint private-model");
  stage.set_switch("hidden_endpoint", "not_found");
  EXPECT_EQ(stage.get(one("private-model")).status, 404);
}

TEST(SimulatedServing, CreatesAsynchronously) {
  Stage stage;
  const auto heard = stage.call("POST", kEndpoints, {{"name", "new-model"}, {"config", config()}});
  EXPECT_EQ(heard.status, 200);
  EXPECT_EQ(heard.json["state"], Json::parse(R"({"ready":"NOT_READY","config_update":"IN_PROGRESS"})"));
  EXPECT_EQ(heard.json["permission_level"], "CAN_MANAGE");
  EXPECT_FALSE(heard.json.contains("config"));
  stage.clock.advance(std::chrono::seconds(30));
  const auto later = stage.get(one("new-model")).json;
  EXPECT_EQ(later["state"], Json::parse(R"({"ready":"READY","config_update":"NOT_UPDATING"})"));
  EXPECT_EQ(later["config"]["config_version"], 1);
  EXPECT_EQ(stage.direct("new-model"), Json({{kOperatorReference, "CAN_MANAGE"}}));
}

TEST(SimulatedServing, KeepsWhatIsAskedForBesideTheConfiguration) {
  Stage stage;
  const Json asked = Json::parse(R"({
    "name": "new-model",
    "ai_gateway": {"rate_limits": [{"calls": 10, "key": "user", "renewal_period": "minute"}],
                   "usage_tracking_config": {"enabled": true}},
    "telemetry_config": {"enabled_telemetry_features": ["TELEMETRY_FEATURE_LOGS"]},
    "email_notifications": {"on_update_failure": ["ops@example.com"]},
    "usage_policy_id": "u-1", "budget_policy_id": "b-1",
    "rate_limits": [{"calls": 5, "renewal_period": "minute"}]})");
  const auto made = stage.call("POST", kEndpoints, asked).json;
  const auto read = stage.get(one("new-model")).json;
  const auto listed = item(stage.get(kEndpoints).json, "new-model");
  for (const auto* name : {"ai_gateway", "telemetry_config", "usage_policy_id"})
    for (const auto& told : {made, read, listed}) EXPECT_EQ(told[name], asked[name]) << name;
  EXPECT_EQ(read["email_notifications"], asked["email_notifications"]);
  EXPECT_FALSE(listed.contains("email_notifications"));
  for (const auto* name : {"budget_policy_id", "rate_limits"})
    for (const auto& told : {made, read, listed}) EXPECT_FALSE(told.contains(name)) << name;
  EXPECT_EQ(stage.control("GET", "/state").json["serving_endpoints"]["new-model"]["settings"]["budget_policy_id"],
            "b-1");
}

TEST(SimulatedServing, RefusesSettingsThatItWouldNotUnderstand) {
  Stage stage;
  const auto create = [&](const std::string& name, const Json& value) {
    return stage.call("POST", kEndpoints, {{"name", "new-model"}, {name, value}}).json.value("error_code", "");
  };
  EXPECT_EQ(create("ai_gateway", Json::array()), "MALFORMED_REQUEST");
  EXPECT_EQ(create("telemetry_config", "x"), "MALFORMED_REQUEST");
  EXPECT_EQ(create("ai_gateway", {{"rate_limit", Json::array()}}), "MALFORMED_REQUEST");
  const Json limit = {{"calls", 1}, {"key", "user_group"}, {"principal", "a"}, {"renewal_period", "minute"}};
  Json hourly = limit;
  hourly["renewal_period"] = "hour";
  EXPECT_EQ(create("ai_gateway", {{"rate_limits", Json::array({hourly})}}), "INVALID_PARAMETER_VALUE");
  EXPECT_EQ(create("ai_gateway", {{"rate_limits", std::vector<Json>(6, limit)}}), "INVALID_PARAMETER_VALUE");
  EXPECT_EQ(create("ai_gateway", {{"rate_limits", std::vector<Json>(5, limit)}}), "");
}

TEST(SimulatedServing, AnEndpointWithoutConfigIsNeitherReadyNorUpdating) {
  Stage stage;
  const auto heard = stage.call("POST", kEndpoints, {{"name", "empty"}});
  EXPECT_EQ(heard.json["state"], Json::parse(R"({"ready":"NOT_READY","config_update":"NOT_UPDATING"})"));
}

TEST(SimulatedServing, ATakenNameIsAConflict) {
  Stage stage;
  const auto heard = stage.call("POST", kEndpoints, {{"name", "churn"}, {"config", config()}});
  EXPECT_EQ(heard.status, 409);
  EXPECT_EQ(heard.json["error_code"], "RESOURCE_ALREADY_EXISTS");
}

TEST(SimulatedServing, ABadNameIsRefused) {
  Stage stage;
  const auto heard = stage.call("POST", kEndpoints, {{"name", "a.b"}});
  EXPECT_EQ(heard.status, 400);
  EXPECT_EQ(heard.json["error_code"], "INVALID_PARAMETER_VALUE");
}

TEST(SimulatedServing, ConfigUpdatesStayReadyAndRefuseASecondOne) {
  Stage stage;
  const auto path = one("fraud-scoring") + "/config";
  const auto first = stage.call("PUT", path, config());
  EXPECT_EQ(first.json["state"], Json::parse(R"({"ready":"READY","config_update":"IN_PROGRESS"})"));
  EXPECT_EQ(first.json["pending_config"]["config_version"], 2);
  const auto second = stage.call("PUT", path, config());
  EXPECT_EQ(second.status, 409);
  EXPECT_EQ(second.json["error_code"], "RESOURCE_CONFLICT");
  EXPECT_EQ(second.json["message"],
            "Endpoint fraud-scoring is currently updating. Please wait until the update is finished.");
  stage.set_switch("config_conflict", "invalid_state");
  EXPECT_EQ(stage.call("PUT", path, config()).json["error_code"], "INVALID_STATE");
  stage.clock.advance(std::chrono::seconds(30));
  EXPECT_EQ(stage.get(one("fraud-scoring")).json["config"]["config_version"], 2);
  EXPECT_EQ(stage.call("PUT", path, config()).status, 200);
}

TEST(SimulatedServing, UpdatesCanFail) {
  Stage stage;
  stage.set_switch("update_outcome", "fails");
  EXPECT_EQ(stage.call("PUT", one("churn") + "/config", config()).status, 200);
  stage.clock.advance(std::chrono::seconds(30));
  const auto heard = stage.get(one("churn")).json;
  EXPECT_EQ(heard["state"], Json::parse(R"({"ready":"READY","config_update":"UPDATE_FAILED"})"));
  EXPECT_EQ(heard["config"]["config_version"], 1);
}

TEST(SimulatedServing, TagsAreAddedAndDeletedAndComeBackInAnotherOrder) {
  Stage stage;
  const auto heard = stage.call(
      "PATCH", one("fraud-scoring") + "/tags",
      Json::parse(R"({"add_tags":[{"key":"a","value":"1"},{"key":"b"}],"delete_tags":["sallyport-namespace"]})"));
  EXPECT_EQ(heard.status, 200);
  EXPECT_EQ(heard.json, Json::parse(R"({"tags":[{"key":"b"},{"key":"a","value":"1"}]})"));
  EXPECT_EQ(stage.get(one("fraud-scoring")).json["tags"], heard.json["tags"]);
}

TEST(SimulatedServing, TagsAreRefusedWhileUpdating) {
  Stage stage;
  EXPECT_EQ(stage.call("PUT", one("churn") + "/config", config()).status, 200);
  const Json change = Json::parse(R"({"add_tags":[{"key":"a","value":"1"}]})");
  EXPECT_EQ(stage.call("PATCH", one("churn") + "/tags", change).status, 409);
  stage.set_switch("tags_while_updating", "accepted");
  EXPECT_EQ(stage.call("PATCH", one("churn") + "/tags", change).status, 200);
}

TEST(SimulatedServing, AMissingTagIsIgnoredOrRefused) {
  Stage stage;
  const Json change = Json::parse(R"({"delete_tags":["nothing"]})");
  EXPECT_EQ(stage.call("PATCH", one("churn") + "/tags", change).status, 200);
  stage.set_switch("missing_tag", "refused");
  EXPECT_EQ(stage.call("PATCH", one("churn") + "/tags", change).status, 400);
}

TEST(SimulatedServing, ChangesNeedTheRightToManage) {
  Stage stage;
  const auto bob = stage.token_of("user:bob@example.com");
  const auto heard = stage.call("PATCH", one("fraud-scoring") + "/tags", Json::object(), bob);
  EXPECT_EQ(heard.status, 403);
  EXPECT_EQ(heard.json["message"], "User does not have permission 'Manage' on Endpoint fraud-scoring");
  EXPECT_EQ(stage.call("DELETE", one("fraud-scoring"), nullptr, bob).status, 403);
}

TEST(SimulatedServing, ARecreatedNameHasANewId) {
  Stage stage;
  const auto old_id = stage.endpoint_id("fraud-scoring");
  EXPECT_EQ(stage.call("DELETE", one("fraud-scoring")).body, "{}");
  EXPECT_EQ(stage.get(one("fraud-scoring")).status, 404);
  EXPECT_EQ(stage.call("POST", kEndpoints, {{"name", "fraud-scoring"}}).status, 200);
  EXPECT_NE(stage.endpoint_id("fraud-scoring"), old_id);
}

TEST(SimulatedServing, UnknownMembersWrongTypesAndWrongMethodsAreRefused) {
  Stage stage;
  EXPECT_EQ(stage.call("POST", kEndpoints, {{"name", "x"}, {"permissions", Json::array()}}).json["error_code"],
            "MALFORMED_REQUEST");
  http::Incoming plain{"POST", kEndpoints, {{"Authorization", std::string("Bearer ") + kToken}}, R"({"name":"x"})", {}};
  plain.headers["Content-Type"] = "text/plain";
  EXPECT_EQ(stage.send(plain).json["error_code"], "MALFORMED_REQUEST");
  EXPECT_EQ(stage.call("PATCH", one("churn"), Json::object()).json["message"],
            "No API found for 'PATCH /serving-endpoints/churn'");
  EXPECT_EQ(stage.call("PUT", one("churn") + "/ai-gateway", Json::object()).status, 404);
}

}  // namespace
}  // namespace sallyport::simulators::databricks
