// SPDX-License-Identifier: Apache-2.0
#include "e2e/simulators/databricks/scim_patch.hpp"

#include "tests/e2e/simulators/databricks/stage.hpp"

namespace sallyport::simulators::databricks {
namespace {

const std::string kScim = "/api/2.0/preview/scim/v2/";

struct Admin {
  std::string id_of(const std::string& collection, const std::string& filter) {
    return stage.get(kScim + collection + "?filter=" + filter).json["Resources"][0]["id"].get<std::string>();
  }
  Heard patch(const Json& operation, const std::string& bearer) {
    return stage.call("PATCH", kScim + "Groups/" + group,
                      {{"schemas", Json::array({"urn:ietf:params:scim:api:messages:2.0:PatchOp"})},
                       {"Operations", Json::array({operation})}},
                      bearer);
  }

  Stage stage;
  std::string token = stage.token_of("user:admin@example.com");
  std::string group = id_of("Groups", "displayName+eq+%22risk-analysts%22");
  std::string bob = id_of("Users", "userName+eq+%22bob@example.com%22");
};

TEST(SimulatedPatch, AddsAndRemovesMembers) {
  Admin admin;
  const Json add = {{"op", "add"}, {"path", "members"}, {"value", Json::array({{{"value", admin.bob}}})}};
  EXPECT_EQ(admin.patch(add, admin.token).json["members"].size(), 3U);
  const Json remove = {{"op", "remove"}, {"path", "members[value eq \"" + admin.bob + "\"]"}};
  EXPECT_EQ(admin.patch(remove, admin.token).json["members"].size(), 2U);
  const Json replace = {{"op", "replace"}, {"path", "members"}, {"value", Json::array({{{"value", admin.bob}}})}};
  EXPECT_EQ(admin.patch(replace, admin.token).json["members"].size(), 1U);
}

TEST(SimulatedPatch, RefusesUpperCaseOperationsUnknownMembersAndOthersThanAdmins) {
  Admin admin;
  const Json add = {{"op", "add"}, {"path", "members"}, {"value", Json::array({{{"value", admin.bob}}})}};
  EXPECT_EQ(admin.patch(add, kToken).status, 403);
  Json upper = add;
  upper["op"] = "Add";
  EXPECT_EQ(admin.patch(upper, admin.token).json["scimType"], "invalidSyntax");
  Json nobody = add;
  nobody["value"][0]["value"] = "42";
  EXPECT_EQ(admin.patch(nobody, admin.token).status, 404);
  EXPECT_EQ(admin.patch({{"op", "remove"}, {"path", "members"}}, admin.token).json["scimType"], "invalidPath");
}

}  // namespace
}  // namespace sallyport::simulators::databricks
