// SPDX-License-Identifier: Apache-2.0
#include "e2e/simulators/databricks/control.hpp"

#include "tests/e2e/simulators/databricks/stage.hpp"

namespace sallyport::simulators::databricks {
namespace {

TEST(SimulatedControl, StateTellsEverythingButSecrets) {
  Stage stage;
  const auto heard = stage.control("GET", "/state");
  EXPECT_EQ(heard.json["serving_endpoints"]["fraud-scoring"]["tags"]["sallyport-namespace"], "risk");
  EXPECT_EQ(heard.json["inherited_permissions"], Json::parse(R"({"group:admins":"CAN_MANAGE"})"));
  EXPECT_EQ(heard.json["switches"]["stale_reads"], "fresh");
  EXPECT_EQ(heard.body.find(kToken), std::string::npos);
  EXPECT_EQ(heard.body.find(kClientSecret), std::string::npos);
}

TEST(SimulatedControl, EndpointsComeGoAndAreBornAgain) {
  Stage stage;
  const auto made = stage.control(
      "POST", "/serving-endpoints",
      Json::parse(R"({"name":"new","tags":{"a":"b"},"permissions":{"user:bob@example.com":"CAN_QUERY"}})"));
  EXPECT_EQ(made.status, 201);
  EXPECT_EQ(stage.direct("new"), Json::parse(R"({"user:bob@example.com":"CAN_QUERY"})"));
  const auto again = stage.control("POST", "/serving-endpoints/new/recreate");
  EXPECT_NE(again.json["id"], made.json["id"]);
  EXPECT_EQ(stage.control("DELETE", "/serving-endpoints/new").status, 200);
  EXPECT_EQ(stage.control("DELETE", "/serving-endpoints/new").status, 404);
  EXPECT_EQ(stage.control("POST", "/serving-endpoints", {{"nam", "x"}}).json["message"],
            "serving_endpoints.nam: unknown member");
}

TEST(SimulatedControl, ListsAndTagsAreEditedBehindTheOperatorsBack) {
  Stage stage;
  EXPECT_EQ(stage
                .control("PATCH", "/serving-endpoints/fraud-scoring/permissions",
                         {{"group:legacy-team", "CAN_QUERY"}, {"user:bob@example.com", ""}})
                .status,
            200);
  EXPECT_EQ(stage.direct("fraud-scoring"),
            Json({{kOperatorReference, "CAN_MANAGE"}, {"group:legacy-team", "CAN_QUERY"}}));
  EXPECT_EQ(stage.control("PUT", "/serving-endpoints/fraud-scoring/permissions", {{"user:bob@example.com", "CAN_VIEW"}})
                .status,
            200);
  EXPECT_EQ(stage.direct("fraud-scoring"), Json::parse(R"({"user:bob@example.com":"CAN_VIEW"})"));
  EXPECT_EQ(stage.control("PUT", "/serving-endpoints/churn/tags", {{"owner", "x"}}).status, 200);
  EXPECT_EQ(stage.get("/api/2.0/serving-endpoints/churn").json["tags"],
            Json::parse(R"([{"key":"owner","value":"x"}])"));
  EXPECT_EQ(stage.control("PUT", "/serving-endpoints/churn/permissions", {{"user:nobody", "CAN_VIEW"}}).status, 400);
}

TEST(SimulatedControl, PrincipalsComeAndGo) {
  Stage stage;
  EXPECT_EQ(stage.control("POST", "/users", {{"user_name", "carol@example.com"}, {"token", "dapi-carol"}}).status, 201);
  EXPECT_EQ(
      stage.control("POST", "/groups", {{"display_name", "new-team"}, {"members", {"user:carol@example.com"}}}).status,
      201);
  EXPECT_EQ(stage.grant("PATCH", stage.acl_path("churn"), {group("new-team", "CAN_MANAGE")}).status, 200);
  EXPECT_EQ(stage.call("GET", stage.acl_path("churn"), nullptr, "dapi-carol").status, 200);
  EXPECT_EQ(stage.control("PUT", "/groups/new-team/members", Json::array()).status, 200);
  EXPECT_EQ(stage.call("GET", stage.acl_path("churn"), nullptr, "dapi-carol").status, 403);
  EXPECT_EQ(stage.control("DELETE", "/principals/group:new-team").status, 200);
  EXPECT_FALSE(stage.direct("churn").contains("group:new-team"));
  EXPECT_EQ(stage.control("DELETE", "/principals/user:carol@example.com").status, 200);
  EXPECT_EQ(stage.call("GET", "/api/2.0/serving-endpoints", nullptr, "dapi-carol").json["message"],
            "Invalid access token.");
}

TEST(SimulatedControl, TokensAreRevoked) {
  Stage stage;
  EXPECT_EQ(stage.control("DELETE", "/tokens", {{"token", kToken}}).json["revoked"], 1);
  EXPECT_EQ(stage.get("/api/2.0/serving-endpoints").status, 403);
  stage.token_of(kOperatorReference);
  EXPECT_EQ(stage.control("DELETE", "/tokens", {{"principal", kOperatorReference}}).json["revoked"], 1);
}

TEST(SimulatedControl, ReplacingAPrincipalKeepsItsIdAndMemberships) {
  Stage stage;
  const auto alice = stage.token_of("user:alice@example.com");
  EXPECT_EQ(stage.control("POST", "/users", {{"user_name", "alice@example.com"}, {"display_name", "Alice B."}}).status,
            201);
  const auto me = stage.call("GET", "/api/2.0/preview/scim/v2/Me", nullptr, alice).json;
  EXPECT_EQ(me["displayName"], "Alice B.");
  EXPECT_EQ(me["groups"].size(), 2U);
}

TEST(SimulatedControl, UnknownPathsSwitchesAndClientsAreRefused) {
  Stage stage;
  EXPECT_EQ(stage.control("PUT", "/nothing").status, 404);
  EXPECT_EQ(stage.control("PUT", "/switches", {{"stale", true}}).json["message"], "switches.stale: unknown switch");
  EXPECT_EQ(stage.control("PUT", "/client-secret", {{"client_id", "x"}, {"secret", "y"}}).status, 400);
  EXPECT_EQ(stage.control("DELETE", "/principals/user:nobody").status, 404);
}

}  // namespace
}  // namespace sallyport::simulators::databricks
