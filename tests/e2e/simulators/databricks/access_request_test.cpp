// SPDX-License-Identifier: Apache-2.0
#include "e2e/simulators/databricks/access_request.hpp"

#include "tests/e2e/simulators/databricks/stage.hpp"

namespace sallyport::simulators::databricks {
namespace {

void expect_refusal(const Heard& heard, int status, const std::string& code, const std::string& message) {
  EXPECT_EQ(heard.status, status);
  EXPECT_EQ(heard.json["error_code"], code);
  EXPECT_EQ(heard.json["message"], message);
}

TEST(SimulatedAccessRequest, OfADuplicateTheLastLevelWinsEvenIfLower) {
  Stage stage;
  EXPECT_EQ(stage
                .grant("PATCH", stage.acl_path("churn"),
                       {group("risk-analysts", "CAN_MANAGE"), group("risk-analysts", "CAN_VIEW")})
                .status,
            200);
  EXPECT_EQ(stage.direct("churn")["group:risk-analysts"], "CAN_VIEW");
}

TEST(SimulatedAccessRequest, AUuidAsUserNameComesBackAsAServicePrincipal) {
  Stage stage;
  const auto heard = stage.grant("PATCH", stage.acl_path("churn"), {user(kBatch, "CAN_QUERY")});
  EXPECT_EQ(level_in(heard.json, "service_principal_name", kBatch), "CAN_QUERY");
  EXPECT_TRUE(line_of(heard.json, "user_name", kBatch).is_null());
}

TEST(SimulatedAccessRequest, MailAddressesComeBackInTheirOwnCase) {
  Stage stage;
  const auto heard = stage.grant("PATCH", stage.acl_path("churn"),
                                 {user("ALICE@Example.com", "CAN_QUERY"), user("maria.silva@example.com", "CAN_VIEW")});
  EXPECT_EQ(level_in(heard.json, "user_name", "alice@example.com"), "CAN_QUERY");
  EXPECT_EQ(level_in(heard.json, "user_name", "Maria.Silva@Example.com"), "CAN_VIEW");
}

TEST(SimulatedAccessRequest, AnUnknownPrincipalFailsTheWholeRequest) {
  Stage stage;
  const auto before = stage.direct("churn");
  expect_refusal(stage.grant("PATCH", stage.acl_path("churn"),
                             {group("risk-analysts", "CAN_QUERY"), user("nobody@example.com", "CAN_QUERY")}),
                 404, "RESOURCE_DOES_NOT_EXIST", "Principal: UserName(nobody@example.com) does not exist");
  EXPECT_EQ(stage.direct("churn"), before);
}

TEST(SimulatedAccessRequest, UnknownGroupsAndServicePrincipalsAreNamed) {
  Stage stage;
  expect_refusal(stage.grant("PATCH", stage.acl_path("churn"), {group("Risk-Analysts", "CAN_QUERY")}), 404,
                 "RESOURCE_DOES_NOT_EXIST", "Principal: GroupName(Risk-Analysts) does not exist");
  expect_refusal(stage.grant("PUT", stage.acl_path("churn"), {service_principal("scoring-batch", "CAN_QUERY")}), 404,
                 "RESOURCE_DOES_NOT_EXIST", "Principal: ServicePrincipalName(scoring-batch) does not exist");
}

TEST(SimulatedAccessRequest, AnUnknownPrincipalIsABadRequestInOlderWorkspaces) {
  Stage stage;
  stage.set_switch("unknown_principal", "bad_request");
  expect_refusal(stage.grant("PATCH", stage.acl_path("churn"), {user("nobody@example.com", "CAN_QUERY")}), 400,
                 "BAD_REQUEST", "Principal: UserName(nobody@example.com) does not exist");
}

TEST(SimulatedAccessRequest, TheOthersAreAppliedWhenTheSwitchSaysSo) {
  Stage stage;
  stage.set_switch("partial_write", "others_applied");
  EXPECT_EQ(stage
                .grant("PATCH", stage.acl_path("churn"),
                       {user("nobody@example.com", "CAN_QUERY"), group("risk-analysts", "CAN_QUERY")})
                .status,
            404);
  EXPECT_EQ(stage.direct("churn")["group:risk-analysts"], "CAN_QUERY");
}

TEST(SimulatedAccessRequest, AdminsCannotBeLowered) {
  Stage stage;
  expect_refusal(stage.grant("PATCH", stage.acl_path("churn"), {group("admins", "CAN_VIEW")}), 400, "BAD_REQUEST",
                 "Cannot change permissions for group 'admins' to CAN_VIEW.");
}

TEST(SimulatedAccessRequest, ALevelOfAnotherTypeIsRefused) {
  Stage stage;
  expect_refusal(stage.grant("PATCH", stage.acl_path("churn"), {group("risk-analysts", "CAN_READ")}), 400,
                 "INVALID_PARAMETER_VALUE",
                 "Permission level 'CAN_READ' is not supported for object type 'serving-endpoint'. Supported levels: "
                 "CAN_MANAGE, CAN_QUERY, CAN_VIEW.");
}

TEST(SimulatedAccessRequest, ExactlyOnePrincipalIsWanted) {
  Stage stage;
  Json both = user("alice@example.com", "CAN_QUERY");
  both["group_name"] = "risk-analysts";
  for (const Json& entry : {both, Json{{"permission_level", "CAN_QUERY"}}})
    expect_refusal(stage.grant("PATCH", stage.acl_path("churn"), {entry}), 400, "INVALID_PARAMETER_VALUE",
                   "Exactly one principal must be specified.");
}

TEST(SimulatedAccessRequest, UnknownMembersAreMalformed) {
  Stage stage;
  Json entry = user("alice@example.com", "CAN_QUERY");
  entry["level"] = "CAN_QUERY";
  expect_refusal(stage.grant("PATCH", stage.acl_path("churn"), {entry}), 400, "MALFORMED_REQUEST",
                 "Could not parse request object: Unrecognized field \"level\"");
  expect_refusal(stage.call("PUT", stage.acl_path("churn"), {{"acl", Json::array()}}), 400, "MALFORMED_REQUEST",
                 "Could not parse request object: Unrecognized field \"acl\"");
  expect_refusal(stage.call("PUT", stage.acl_path("churn"), {{"access_control_list", Json::object()}}), 400,
                 "MALFORMED_REQUEST", "Could not parse request object: Expected 'START_ARRAY'");
}

}  // namespace
}  // namespace sallyport::simulators::databricks
