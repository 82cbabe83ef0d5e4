// SPDX-License-Identifier: Apache-2.0
#include "e2e/simulators/databricks/scim.hpp"

#include "tests/e2e/simulators/databricks/stage.hpp"

namespace sallyport::simulators::databricks {
namespace {

const std::string kScim = "/api/2.0/preview/scim/v2/";

TEST(SimulatedScim, MeIsTheCaller) {
  Stage stage;
  const auto heard = stage.get(kScim + "Me");
  EXPECT_EQ(heard.status, 200);
  EXPECT_EQ(heard.json["applicationId"], kClient);
  EXPECT_EQ(heard.content_type, "application/scim+json");
  const auto alice = stage.token_of("user:alice@example.com");
  const auto me = stage.call("GET", kScim + "Me", nullptr, alice).json;
  EXPECT_EQ(me["userName"], "alice@example.com");
  EXPECT_EQ(me["emails"][0]["value"], "alice@example.com");
}

TEST(SimulatedScim, ListsAreWalkedInPagesAndEndWithAnEmptyOne) {
  Stage stage;
  const auto first = stage.get(kScim + "Groups?count=3&startIndex=1").json;
  EXPECT_EQ(first["schemas"], Json::array({"urn:ietf:params:scim:api:messages:2.0:ListResponse"}));
  EXPECT_EQ(first["totalResults"], 5);
  EXPECT_EQ(first["itemsPerPage"], 3);
  EXPECT_EQ(first["startIndex"], 1);
  const auto second = stage.get(kScim + "Groups?count=3&startIndex=4").json;
  EXPECT_EQ(second["Resources"].size(), 2U);
  EXPECT_NE(first["Resources"][0]["id"], second["Resources"][0]["id"]);
  const auto last = stage.get(kScim + "Groups?count=3&startIndex=6").json;
  EXPECT_EQ(last["itemsPerPage"], 0);
  EXPECT_EQ(last["startIndex"], 6);
  EXPECT_FALSE(last.contains("Resources"));
}

TEST(SimulatedScim, APageIsNeverLongerThanItsCap) {
  Stage stage;
  stage.set_switch("scim_page_cap", 2);
  EXPECT_EQ(stage.get(kScim + "Users?count=10000").json["Resources"].size(), 2U);
}

TEST(SimulatedScim, FiltersByName) {
  Stage stage;
  const auto groups = stage.get(kScim + "Groups?filter=displayName%20eq%20%22risk-analysts%22").json;
  ASSERT_EQ(groups["totalResults"], 1);
  EXPECT_EQ(groups["Resources"][0]["meta"]["resourceType"], "Group");
  EXPECT_EQ(groups["Resources"][0]["members"].size(), 2U);
  EXPECT_EQ(stage.get(kScim + "ServicePrincipals?filter=applicationId+eq+%22" + kBatch + "%22").json["totalResults"],
            1);
  EXPECT_EQ(stage.get(kScim + "Users?filter=userName+eq+%22MARIA.silva@example.com%22").json["totalResults"], 1);
  EXPECT_EQ(stage.get(kScim + "Users?filter=userName+eq+%22nobody@example.com%22").json["totalResults"], 0);
}

TEST(SimulatedScim, ABadFilterIsRefused) {
  Stage stage;
  const auto heard = stage.get(kScim + "Groups?filter=displayName+like+%22x%22");
  EXPECT_EQ(heard.status, 400);
  EXPECT_EQ(heard.json, Json::parse(R"({"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],
      "detail":"Given filter operator is not supported.","status":"400","scimType":"invalidFilter"})"));
  EXPECT_EQ(stage.get(kScim + "Groups?count=x").status, 400);
}

TEST(SimulatedScim, LocalAndSystemGroupsAreWorkspaceGroups) {
  Stage stage;
  for (const auto* name : {"legacy-team", "admins", "users"}) {
    const auto heard = stage.get(kScim + "Groups?filter=displayName+eq+%22" + name + "%22").json;
    EXPECT_EQ(heard["Resources"][0]["meta"]["resourceType"], "WorkspaceGroup") << name;
  }
}

TEST(SimulatedScim, ResourcesAreReadById) {
  Stage stage;
  const auto id = stage.get(kScim + "Groups?filter=displayName+eq+%22risk-analysts%22")
                      .json["Resources"][0]["id"]
                      .get<std::string>();
  EXPECT_EQ(id.find_first_not_of("0123456789"), std::string::npos);
  const auto heard = stage.get(kScim + "Groups/" + id);
  EXPECT_EQ(heard.json["displayName"], "risk-analysts");
  EXPECT_EQ(heard.json["groups"][0]["display"], "data-scientists");
}

TEST(SimulatedScim, AMissingResourceHasAScimError) {
  Stage stage;
  const auto heard = stage.get(kScim + "Groups/42");
  EXPECT_EQ(heard.status, 404);
  EXPECT_EQ(heard.json, Json::parse(R"({"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],
      "detail":"Group with id 42 not found.","status":"404"})"));
  const auto user = stage.get(kScim + "Users").json["Resources"][0]["id"].get<std::string>();
  EXPECT_EQ(stage.get(kScim + "Groups/" + user).status, 404);
}

TEST(SimulatedScim, AttributesAreChosen) {
  Stage stage;
  const auto chosen = stage.get(kScim + "Groups?attributes=displayName").json["Resources"][0];
  EXPECT_EQ(chosen.size(), 2U);
  EXPECT_TRUE(chosen.contains("id"));
  EXPECT_FALSE(stage.get(kScim + "Groups?excludedAttributes=members").json["Resources"][0].contains("members"));
}

TEST(SimulatedScim, NothingIsCreatedOrDeletedInTheWorkspace) {
  Stage stage;
  EXPECT_EQ(stage.call("POST", kScim + "Groups", {{"displayName", "x"}}).status, 404);
  EXPECT_EQ(stage.call("DELETE", kScim + "Groups/42").status, 404);
  EXPECT_EQ(stage.get(kScim + "Roles").json["error_code"], "ENDPOINT_NOT_FOUND");
}

}  // namespace
}  // namespace sallyport::simulators::databricks
