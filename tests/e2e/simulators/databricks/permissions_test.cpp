// SPDX-License-Identifier: Apache-2.0
#include "e2e/simulators/databricks/permissions.hpp"

#include "tests/e2e/simulators/databricks/stage.hpp"

namespace sallyport::simulators::databricks {
namespace {

TEST(SimulatedPermissions, ShowDirectEntriesAndTheInheritedAdmins) {
  Stage stage;
  const auto heard = stage.get(stage.acl_path("fraud-scoring"));
  EXPECT_EQ(heard.status, 200);
  EXPECT_EQ(heard.json["object_id"], "/serving-endpoints/" + stage.endpoint_id("fraud-scoring"));
  EXPECT_EQ(heard.json["object_type"], "serving-endpoint");
  EXPECT_EQ(line_of(heard.json, "group_name", "admins"),
            Json::parse(R"({"group_name":"admins","all_permissions":[{"permission_level":"CAN_MANAGE","inherited":true,
                            "inherited_from_object":["/serving-endpoints/"]}]})"));
  EXPECT_EQ(line_of(heard.json, "user_name", "bob@example.com"),
            Json::parse(R"({"user_name":"bob@example.com","display_name":"Bob Builder",
                            "all_permissions":[{"permission_level":"CAN_VIEW","inherited":false}]})"));
  EXPECT_EQ(level_in(heard.json, "service_principal_name", kClient), "CAN_MANAGE");
}

TEST(SimulatedPermissions, PatchMergesAndLeavesTheOthers) {
  Stage stage;
  const auto path = stage.acl_path("fraud-scoring");
  const auto heard = stage.grant("PATCH", path, {group("risk-analysts", "CAN_QUERY")});
  EXPECT_EQ(heard.status, 200);
  EXPECT_EQ(level_in(heard.json, "group_name", "risk-analysts"), "CAN_QUERY");
  EXPECT_EQ(level_in(heard.json, "user_name", "bob@example.com"), "CAN_VIEW");
  EXPECT_EQ(level_in(stage.get(path).json, "group_name", "risk-analysts"), "CAN_QUERY");
}

TEST(SimulatedPermissions, PutReplacesAllDirectEntriesButNotTheInheritedOne) {
  Stage stage;
  const auto heard = stage.grant("PUT", stage.acl_path("fraud-scoring"),
                                 {service_principal(kClient, "CAN_MANAGE"), group("risk-analysts", "CAN_QUERY")});
  EXPECT_EQ(heard.status, 200);
  EXPECT_EQ(heard.json["access_control_list"].size(), 3U);
  EXPECT_EQ(level_in(heard.json, "group_name", "admins"), "CAN_MANAGE");
  EXPECT_TRUE(line_of(heard.json, "user_name", "bob@example.com").is_null());
}

TEST(SimulatedPermissions, PutWithoutAListTakesAllDirectEntriesAway) {
  Stage stage;
  EXPECT_EQ(stage.call("PUT", stage.acl_path("fraud-scoring"), Json::object()).status, 200);
  EXPECT_EQ(stage.direct("fraud-scoring"), Json::object());
}

TEST(SimulatedPermissions, PutThatDoesNotNameTheCallerLocksItOut) {
  Stage stage;
  const auto path = stage.acl_path("fraud-scoring");
  EXPECT_EQ(stage.grant("PUT", path, {group("risk-analysts", "CAN_QUERY")}).status, 200);
  const auto heard = stage.get(path);
  EXPECT_EQ(heard.status, 403);
  EXPECT_EQ(heard.json["error_code"], "PERMISSION_DENIED");
  EXPECT_EQ(heard.json["message"], std::string(kClient) + " does not have Manage permissions on " +
                                       stage.endpoint_id("fraud-scoring") +
                                       ". Please contact your administrator for access.");
  EXPECT_EQ(stage.grant("PATCH", path, {service_principal(kClient, "CAN_MANAGE")}).status, 403);
}

TEST(SimulatedPermissions, PutDoesNotLockOutAnAdmin) {
  Stage stage;
  const auto token = stage.token_of("user:admin@example.com");
  const auto path = stage.acl_path("fraud-scoring");
  EXPECT_EQ(stage.call("PUT", path, Json::object(), token).status, 200);
  EXPECT_EQ(stage.call("GET", path, nullptr, token).status, 200);
}

TEST(SimulatedPermissions, PutKeepsTheCreatorWhenTheSwitchSaysSo) {
  Stage stage;
  stage.set_switch("creator_on_put", "kept");
  EXPECT_EQ(stage.call("PUT", stage.acl_path("fraud-scoring"), Json::object()).status, 200);
  EXPECT_EQ(stage.direct("fraud-scoring"), Json({{kOperatorReference, "CAN_MANAGE"}}));
}

TEST(SimulatedPermissions, TheHighestOfDirectAndInheritedLevelsIsShownAlone) {
  Stage stage;
  const auto path = stage.acl_path("fraud-scoring");
  const auto heard = stage.grant("PATCH", path, {group("admins", "CAN_MANAGE")});
  EXPECT_EQ(heard.status, 200);
  EXPECT_EQ(line_of(heard.json, "group_name", "admins")["all_permissions"].size(), 1U);
  EXPECT_EQ(line_of(heard.json, "group_name", "admins")["all_permissions"][0]["inherited"], true);
}

TEST(SimulatedPermissions, ThereIsNoDelete) {
  Stage stage;
  const auto id = stage.endpoint_id("churn");
  const auto heard = stage.call("DELETE", "/api/2.0/permissions/serving-endpoints/" + id);
  EXPECT_EQ(heard.status, 404);
  EXPECT_EQ(heard.json["error_code"], "ENDPOINT_NOT_FOUND");
  EXPECT_EQ(heard.json["message"], "No API found for 'DELETE /permissions/serving-endpoints/" + id + "'");
}

TEST(SimulatedPermissions, AnUnknownTypeIsNotRecognized) {
  Stage stage;
  const auto heard = stage.get("/api/2.0/permissions/serving-endpoint/" + stage.endpoint_id("churn"));
  EXPECT_EQ(heard.status, 400);
  EXPECT_EQ(heard.json["message"], "request_object_type is not recognized");
}

TEST(SimulatedPermissions, AKnownTypeWithoutObjectsIsMissing) {
  Stage stage;
  EXPECT_EQ(stage.get("/api/2.0/permissions/sql/warehouses/625bc13752520b8b").status, 404);
  EXPECT_EQ(stage.get("/api/2.0/permissions/jobs/1").json["error_code"], "RESOURCE_DOES_NOT_EXIST");
}

TEST(SimulatedPermissions, ANameInsteadOfAnIdIsRefused) {
  Stage stage;
  const auto heard = stage.get("/api/2.0/permissions/serving-endpoints/fraud-scoring");
  EXPECT_EQ(heard.status, 400);
  EXPECT_EQ(heard.json["message"], "'fraud-scoring' is not a valid Inference Endpoint ID.");
}

TEST(SimulatedPermissions, AnEmptyIdHasNoApi) {
  Stage stage;
  const auto heard = stage.get("/api/2.0/permissions/serving-endpoints/");
  EXPECT_EQ(heard.status, 404);
  EXPECT_EQ(heard.json["message"], "No API found for 'GET /permissions/serving-endpoints/'");
}

TEST(SimulatedPermissions, RootIsRefusedForServingEndpoints) {
  Stage stage;
  const auto heard = stage.grant("PUT", "/api/2.0/permissions/serving-endpoints/root", {});
  EXPECT_EQ(heard.status, 400);
  EXPECT_EQ(heard.json["message"], "Cannot change permissions for group 'admins' to None.");
}

TEST(SimulatedPermissions, AnUnknownIdIsMissing) {
  Stage stage;
  const auto heard = stage.get("/api/2.0/permissions/serving-endpoints/00000000000000000000000000000000");
  EXPECT_EQ(heard.status, 404);
  EXPECT_EQ(heard.json["error_code"], "RESOURCE_DOES_NOT_EXIST");
}

TEST(SimulatedPermissions, TheListOfTheOldIdOutlivesARecreatedEndpoint) {
  Stage stage;
  const auto old_path = stage.acl_path("fraud-scoring");
  EXPECT_EQ(stage.grant("PATCH", old_path, {group("risk-analysts", "CAN_QUERY")}).status, 200);
  EXPECT_EQ(stage.control("POST", "/serving-endpoints/fraud-scoring/recreate").status, 201);
  const auto new_path = stage.acl_path("fraud-scoring");
  ASSERT_NE(old_path, new_path);
  const auto heard = stage.get(old_path);
  EXPECT_EQ(heard.status, 200);
  EXPECT_EQ(level_in(heard.json, "group_name", "risk-analysts"), "CAN_QUERY");
  EXPECT_EQ(level_in(stage.get(new_path).json, "group_name", "risk-analysts"), "");
}

TEST(SimulatedPermissions, LevelsAreListed) {
  Stage stage;
  const auto heard = stage.get(stage.acl_path("churn") + "/permissionLevels");
  EXPECT_EQ(heard.status, 200);
  ASSERT_EQ(heard.json["permission_levels"].size(), 3U);
  EXPECT_EQ(heard.json["permission_levels"][1]["permission_level"], "CAN_QUERY");
  EXPECT_EQ(stage.call("PUT", stage.acl_path("churn") + "/permissionLevels", Json::object()).status, 404);
}

TEST(SimulatedPermissions, ReadsLagBehindAWriteForAsLongAsTold) {
  Stage stage;
  ASSERT_EQ(stage.control("PUT", "/switches", {{"stale_reads", "lag"}, {"stale_read_count", 2}}).status, 200);
  const auto path = stage.acl_path("fraud-scoring");
  const auto written = stage.grant("PATCH", path, {group("risk-analysts", "CAN_QUERY")});
  EXPECT_EQ(level_in(written.json, "group_name", "risk-analysts"), "CAN_QUERY");
  EXPECT_EQ(level_in(stage.get(path).json, "group_name", "risk-analysts"), "");
  EXPECT_EQ(level_in(stage.get(path).json, "group_name", "risk-analysts"), "");
  EXPECT_EQ(level_in(stage.get(path).json, "group_name", "risk-analysts"), "CAN_QUERY");
}

TEST(SimulatedPermissions, ReadsGoBackInTimeWhenTheyAlternate) {
  Stage stage;
  ASSERT_EQ(stage.control("PUT", "/switches", {{"stale_reads", "alternate"}, {"stale_read_count", 1}}).status, 200);
  const auto path = stage.acl_path("fraud-scoring");
  EXPECT_EQ(stage.grant("PATCH", path, {group("risk-analysts", "CAN_QUERY")}).status, 200);
  EXPECT_EQ(level_in(stage.get(path).json, "group_name", "risk-analysts"), "CAN_QUERY");
  EXPECT_EQ(level_in(stage.get(path).json, "group_name", "risk-analysts"), "");
  EXPECT_EQ(level_in(stage.get(path).json, "group_name", "risk-analysts"), "CAN_QUERY");
}

TEST(SimulatedPermissions, ReadsRelapseWhenTheSwitchSaysSo) {
  Stage stage;
  const auto path = stage.acl_path("fraud-scoring");
  EXPECT_EQ(stage.grant("PATCH", path, {group("risk-analysts", "CAN_QUERY")}).status, 200);
  EXPECT_EQ(level_in(stage.get(path).json, "group_name", "risk-analysts"), "CAN_QUERY");
  ASSERT_EQ(stage.control("PUT", "/switches", {{"stale_reads", "relapse"}, {"stale_read_count", 1}}).status, 200);
  EXPECT_EQ(level_in(stage.get(path).json, "group_name", "risk-analysts"), "");
  EXPECT_EQ(level_in(stage.get(path).json, "group_name", "risk-analysts"), "CAN_QUERY");
}

TEST(SimulatedPermissions, ADeletedPrincipalMayStayListedAndFailsARequestThatNamesIt) {
  Stage stage;
  stage.set_switch("deleted_principals", "listed");
  const auto path = stage.acl_path("fraud-scoring");
  ASSERT_EQ(stage.control("DELETE", "/principals/user:bob@example.com").status, 200);
  EXPECT_EQ(level_in(stage.get(path).json, "user_name", "bob@example.com"), "CAN_VIEW");
  for (const char* method : {"PUT", "PATCH"}) {
    const auto heard =
        stage.grant(method, path, {service_principal(kClient, "CAN_MANAGE"), user("bob@example.com", "CAN_VIEW")});
    EXPECT_EQ(heard.status, 404) << method;
    EXPECT_EQ(heard.json["message"], "Principal: UserName(bob@example.com) does not exist");
  }
}

TEST(SimulatedPermissions, MembersOfAManagingGroupMayManage) {
  Stage stage;
  const auto path = stage.acl_path("fraud-scoring");
  const auto alice = stage.token_of("user:alice@example.com");
  EXPECT_EQ(stage.call("GET", path, nullptr, alice).status, 403);
  // risk-analysts, and with it Alice, is inside data-scientists.
  EXPECT_EQ(stage.grant("PATCH", path, {group("data-scientists", "CAN_MANAGE")}).status, 200);
  EXPECT_EQ(stage.call("GET", path, nullptr, alice).status, 200);
}

}  // namespace
}  // namespace sallyport::simulators::databricks
