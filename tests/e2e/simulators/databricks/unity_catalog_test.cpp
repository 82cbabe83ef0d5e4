// SPDX-License-Identifier: Apache-2.0
#include "e2e/simulators/databricks/unity_catalog.hpp"

#include <algorithm>
#include <set>

#include "tests/e2e/simulators/databricks/stage.hpp"

namespace sallyport::simulators::databricks {
namespace {

const std::string kCatalog = "/api/2.1/unity-catalog/";
const std::string kModel = kCatalog + "permissions/function/main.models.fraud";

Json changes(const std::vector<Json>& list) {
  return {{"changes", list}};
}
Json add(const std::string& principal, const std::vector<std::string>& privileges) {
  return {{"principal", principal}, {"add", privileges}};
}
Json take(const std::string& principal, const std::vector<std::string>& privileges) {
  return {{"principal", principal}, {"remove", privileges}};
}

/// What an answer says that a principal holds.
std::set<std::string> held(const Heard& heard, const std::string& principal) {
  for (const auto& item : member(heard.json, "privilege_assignments"))
    if (item["principal"] == principal) return item["privileges"].get<std::set<std::string>>();
  return {};
}

void expect_refused(const Heard& heard, int status, const std::string& code, const std::string& message) {
  EXPECT_EQ(heard.status, status) << heard.body;
  EXPECT_EQ(heard.json["error_code"], code);
  EXPECT_EQ(heard.json["message"], message);
}

TEST(SimulatedUnityCatalog, ListsDirectGrantsButNoOwner) {
  Stage stage;
  const auto heard = stage.get(kModel);
  EXPECT_EQ(heard.json,
            Json::parse(R"({"privilege_assignments":[{"principal":"risk-analysts","privileges":["EXECUTE"]}]})"));
}

TEST(SimulatedUnityCatalog, AddsAndTakesAwayAndDoesNotMindRepetition) {
  Stage stage;
  for (int i = 0; i < 2; ++i)
    EXPECT_EQ(held(stage.call("PATCH", kModel, changes({add("ALICE@example.com", {"execute", "Apply Tag"})})),
                   "alice@example.com"),
              (std::set<std::string>{"EXECUTE", "APPLY_TAG"}));
  for (int i = 0; i < 2; ++i)
    EXPECT_EQ(held(stage.call("PATCH", kModel, changes({take("alice@example.com", {"EXECUTE"})})), "alice@example.com"),
              std::set<std::string>{"APPLY_TAG"});
  EXPECT_EQ(stage
                .call("PATCH", kModel,
                      {{"changes", {take("Risk-Analysts", {"EXECUTE"}), take("alice@example.com", {"APPLY_TAG"})}},
                       {"omit_permissions_in_response", true}})
                .body,
            "{}");
  EXPECT_EQ(stage.get(kModel).body, "{}");
}

TEST(SimulatedUnityCatalog, OnePrivilegeCannotBeAddedAndTakenAwayAtOnce) {
  Stage stage;
  Json both = add("bob@example.com", {"EXECUTE"});
  both["remove"] = Json::array({"execute"});
  expect_refused(stage.call("PATCH", kModel, changes({add("alice@example.com", {"EXECUTE"}), both})), 400,
                 "INVALID_PARAMETER_VALUE", "Duplicate privileges to add and delete for principal bob@example.com.");
  EXPECT_TRUE(held(stage.get(kModel), "alice@example.com").empty());
}

TEST(SimulatedUnityCatalog, NothingIsNamedTwiceInOneRequest) {
  Stage stage;
  expect_refused(
      stage.call("PATCH", kModel, changes({add("bob@example.com", {"EXECUTE"}), take("Bob@example.com", {"MANAGE"})})),
      400, "INVALID_PARAMETER_VALUE", "Duplicate principal Bob@example.com in changes.");
  expect_refused(stage.call("PATCH", kModel, changes({add("bob@example.com", {"EXECUTE", "execute"})})), 400,
                 "INVALID_PARAMETER_VALUE", "Duplicate privilege EXECUTE.");
}

TEST(SimulatedUnityCatalog, GroupsOfTheWorkspaceAreNobody) {
  Stage stage;
  for (const std::string name : {"legacy-team", "users", "nobody"})
    expect_refused(stage.call("PATCH", kModel, changes({add(name, {"EXECUTE"})})), 404, "PRINCIPAL_DOES_NOT_EXIST",
                   "Could not find principal with name " + name + ".");
  EXPECT_EQ(stage.get(kModel + "?principal=nobody").status, 404);
}

TEST(SimulatedUnityCatalog, AllPrivilegesIsToldWithWhatItImpliesAndTakesThatAlongWhenItGoes) {
  Stage stage;
  const auto given = stage.call("PATCH", kModel, changes({add("bob@example.com", {"ALL PRIVILEGES", "MANAGE"})}));
  EXPECT_EQ(held(given, "bob@example.com"),
            (std::set<std::string>{"ALL_PRIVILEGES", "APPLY_TAG", "EXECUTE", "MANAGE"}));
  stage.set_switch("all_privileges", "expanded");
  EXPECT_EQ(held(stage.get(kModel), "bob@example.com"), (std::set<std::string>{"APPLY_TAG", "EXECUTE", "MANAGE"}));
  const auto taken = stage.call("PATCH", kModel, changes({take("bob@example.com", {"ALL_PRIVILEGES"})}));
  EXPECT_EQ(held(taken, "bob@example.com"), std::set<std::string>{"MANAGE"});
}

TEST(SimulatedUnityCatalog, PrivilegesOfAnotherTypeAreRefused) {
  Stage stage;
  expect_refused(stage.call("PATCH", kModel, changes({add("bob@example.com", {"USE_CATALOG"})})), 400,
                 "INVALID_PARAMETER_VALUE", "Privilege USE_CATALOG is not applicable to this entity type: function.");
}

TEST(SimulatedUnityCatalog, PagesHoldAtLeastHundredAndFiftyPrincipalsInNobodysOrder) {
  Stage stage;
  std::vector<Json> many;
  for (int i = 0; i < 200; ++i) {
    const std::string name = "user" + std::to_string(1000 + i) + "@example.com";
    EXPECT_EQ(stage.control("POST", "/users", {{"user_name", name}}).status, 201);
    many.push_back(add(name, {"EXECUTE"}));
  }
  const auto whole = stage.call("PATCH", kModel, changes(many)).json;
  EXPECT_EQ(whole["privilege_assignments"].size(), 201U);
  EXPECT_FALSE(whole.contains("next_page_token"));
  for (const std::string size : {"1", "149", "-1", "x"})
    EXPECT_EQ(stage.get(kModel + "?max_results=" + size).json["error_code"], "INVALID_PARAMETER_VALUE") << size;
  for (const std::string size : {"0", "150"}) {
    const auto first = stage.get(kModel + "?max_results=" + size).json;
    EXPECT_EQ(first["privilege_assignments"].size(), 150U);
    const auto rest =
        stage.get(kModel + "?max_results=" + size + "&page_token=" + first["next_page_token"].get<std::string>()).json;
    EXPECT_FALSE(rest.contains("next_page_token"));
    Json together = first["privilege_assignments"];
    together.insert(together.end(), rest["privilege_assignments"].begin(), rest["privilege_assignments"].end());
    EXPECT_EQ(together, whole["privilege_assignments"]);
    const auto by_name = [](const Json& a, const Json& b) { return a["principal"] < b["principal"]; };
    EXPECT_FALSE(std::is_sorted(together.begin(), together.end(), by_name));
  }
  EXPECT_EQ(stage.get(kModel + "?page_token=made-up").status, 400);
}

TEST(SimulatedUnityCatalog, DeletedPrincipalsStayWithoutAName) {
  Stage stage;
  EXPECT_EQ(stage.control("DELETE", "/principals/group:risk-analysts").status, 200);
  EXPECT_EQ(held(stage.get(kModel), ""), std::set<std::string>{"EXECUTE"});
}

TEST(SimulatedUnityCatalog, EffectivePermissionsTellWhereTheyComeFrom) {
  Stage stage;
  const auto heard = stage.get(kCatalog + "effective-permissions/function/main.models.fraud?principal=data-scientists");
  EXPECT_EQ(heard.json, Json::parse(R"({"privilege_assignments":[{"principal":"data-scientists","privileges":[
    {"privilege":"USE_SCHEMA","inherited_from_type":"SCHEMA","inherited_from_name":"main.models"},
    {"privilege":"USE_CATALOG","inherited_from_type":"CATALOG","inherited_from_name":"main"}]}]})"));
  const auto direct = stage.get(kCatalog + "effective-permissions/function/main.models.fraud?principal=risk-analysts");
  EXPECT_EQ(direct.json["privilege_assignments"][0]["privileges"], Json::parse(R"([{"privilege":"EXECUTE"}])"));
}

TEST(SimulatedUnityCatalog, OnlyOwnersHoldersOfManageAndAdminsMay) {
  Stage stage;
  const auto alice = stage.token_of("user:alice@example.com");
  expect_refused(stage.call("GET", kModel, nullptr, alice), 403, "PERMISSION_DENIED",
                 "User does not have MANAGE on FUNCTION 'main.models.fraud'.");
  EXPECT_EQ(stage.call("PATCH", kModel, changes({add("risk-analysts", {"MANAGE"})})).status, 200);
  EXPECT_EQ(stage.call("GET", kModel, nullptr, alice).status, 200);
  EXPECT_EQ(stage.get(kCatalog + "permissions/catalog/main").status, 403);
  EXPECT_EQ(stage.call("GET", kModel, nullptr, stage.token_of("user:admin@example.com")).status, 200);
}

TEST(SimulatedUnityCatalog, UnknownTypesNamesAndMembersAreRefused) {
  Stage stage;
  EXPECT_EQ(stage.get(kCatalog + "permissions/model/main.models.fraud").status, 400);
  EXPECT_EQ(stage.get(kCatalog + "permissions/function/main.models.other").json["error_code"],
            "RESOURCE_DOES_NOT_EXIST");
  EXPECT_EQ(stage.call("PUT", kModel, changes({})).json["error_code"], "ENDPOINT_NOT_FOUND");
  EXPECT_EQ(stage.call("PATCH", kModel, {{"change", Json::array()}}).json["error_code"], "MALFORMED_REQUEST");
  EXPECT_EQ(stage.control("PUT", "/securables", Json::array({{{"type", "model"}, {"full_name", "x"}}})).status, 400);
}

}  // namespace
}  // namespace sallyport::simulators::databricks
