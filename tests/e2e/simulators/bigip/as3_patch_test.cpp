// SPDX-License-Identifier: Apache-2.0
// f5.md 1.10: entry-wise writes, as measured on AS3 3.56's own code.
#include <gtest/gtest.h>

#include "tests/e2e/simulators/bigip/bigip_testing.hpp"

namespace sallyport::simulators::testing {
namespace {

Json add(const std::string& path, const Json& value) {
  return {{"op", "add"}, {"path", path}, {"value", value}};
}
Json remove(const std::string& path) {
  return {{"op", "remove"}, {"path", path}};
}

/// A device with /T/A1 and /T/A2.
struct As3Patch : ::testing::Test {
  void SetUp() override {
    const Reply reply = device.declare(
        {{"T", Bigip::tenant({{"A1", Bigip::application("192.0.2.41")}, {"A2", Bigip::application("192.0.2.42")}})}});
    ASSERT_EQ(reply.status, 200) << reply.body.dump(1);
  }
  Json stored() { return device.get("/mgmt/shared/appsvcs/declare").body["T"]; }
  Bigip device;
};

TEST_F(As3Patch, AddsReplacesAndRemovesSeveralEntriesAndLeavesTheRestAlone) {
  const Reply reply = device.patch(Json::array({add("/T/A3", Bigip::application("192.0.2.43")),
                                                add("/T/A1", Bigip::application("192.0.2.51")), remove("/T/A2")}),
                                   "/T");

  ASSERT_EQ(reply.status, 200) << reply.body.dump(1);
  EXPECT_EQ(reply.body["results"][0]["declarationId"], "test-1");
  EXPECT_EQ(stored()["label"], "sallyport:test");
  EXPECT_TRUE(stored().contains("A3"));
  EXPECT_FALSE(stored().contains("A2"));
  EXPECT_EQ(stored()["A1"]["vs"]["virtualAddresses"][0], "192.0.2.51");
}

TEST_F(As3Patch, TakesCommonAlongBeforeAndAfter) {
  ASSERT_EQ(device.control("common", {{"trouble", "01070734:3: no"}}).status, 200);

  const Reply reply = device.patch(Json::array({remove("/T/A2")}), "/T");

  EXPECT_EQ(reply.status, 207);
  ASSERT_EQ(reply.body["results"].size(), 3U) << reply.body.dump(1);
  EXPECT_EQ(reply.body["results"][0]["tenant"], "Common");
  EXPECT_EQ(reply.body["results"][1]["message"], "success");
  EXPECT_EQ(reply.body["results"][2]["response"], "01070734:3: no");
  EXPECT_TRUE(device.get("/mgmt/shared/appsvcs/declare/T").body.contains("Common"));
}

TEST_F(As3Patch, RefusesToRemoveAPathThatIsNotThere) {
  const Reply reply = device.patch(Json::array({remove("/T/App")}), "/T");

  EXPECT_EQ(reply.status, 422);
  EXPECT_EQ(reply.body, Json({{"code", 422}, {"message", "InvalidPatchOperationError: path does not exist /T/App"}}));
}

TEST_F(As3Patch, TakesTheWrapperAndHeedsItsPersist) {
  Json request = {{"class", "AS3"}, {"action", "patch"}, {"persist", false}};
  request["patchBody"] = Json::array({remove("/T/A2")});

  ASSERT_EQ(device.send("PATCH", "/mgmt/shared/appsvcs/declare/T", request).status, 200);
  EXPECT_FALSE(stored().contains("A2"));

  device.control("restart", {{"what", "reboot"}});
  EXPECT_EQ(device.get("/mgmt/shared/appsvcs/declare").status, 204) << "nothing was saved so far";
}

TEST_F(As3Patch, IsSavedAtOnceWithoutTheWrapper) {
  ASSERT_EQ(device.patch(Json::array({remove("/T/A2")}), "/T").status, 200);

  device.control("restart", {{"what", "reboot"}});

  EXPECT_TRUE(stored().contains("A1"));
  EXPECT_FALSE(stored().contains("A2"));
}

TEST_F(As3Patch, RefusesAWrapperWithoutOperations) {
  const std::string path = "/mgmt/shared/appsvcs/declare/T";
  Json request = {{"class", "AS3"}, {"action", "patch"}, {"patchBody", Json::object()}};
  EXPECT_EQ(device.send("PATCH", path, request).body["message"], "Invalid request: /patchBody: should be array");

  request["patchBody"] = Json::array();
  EXPECT_EQ(device.send("PATCH", path, request).body["message"],
            "Invalid request: /patchBody: should NOT have fewer than 1 items");
}

TEST_F(As3Patch, RefusesTest) {
  const Reply reply = device.patch(Json::array({{{"op", "test"}, {"path", "/T/A1"}, {"value", 1}}}), "/T");

  EXPECT_EQ(reply.status, 422);
  EXPECT_EQ(reply.body["message"], "invalid patch - op 'test' is not supported");
}

TEST_F(As3Patch, OneBadEntryRefusesTheWholeWriteAndIsNamed) {
  const Reply reply = device.patch(
      Json::array({add("/T/A3", Bigip::application("192.0.2.43")), add("/T/A4", Bigip::application("nonsense"))}),
      "/T");

  EXPECT_EQ(reply.status, 422);
  EXPECT_EQ(reply.body["errors"], Json::array({"/T/A4/vs/virtualAddresses/0: should match format \"f5ip\""}));
  EXPECT_FALSE(stored().contains("A3"));
}

TEST_F(As3Patch, NamesTheUseOfABadPointer) {
  Json wrong = Bigip::application("192.0.2.44");
  wrong["vs"]["pool"] = {{"use", "nope"}};

  const Reply reply = device.patch(Json::array({add("/T/A4", wrong)}), "/T");

  EXPECT_EQ(reply.body["errors"], Json::array({"/T/A4/vs/pool/use: contains path to non-existent object nope"}));
}

TEST_F(As3Patch, HasNullForItsIdWhenAccepted) {
  const Reply accepted = device.send("PATCH", "/mgmt/shared/appsvcs/declare/T?async=true",
                                     Json::array({add("/T/A3", Bigip::application("192.0.2.43"))}));

  EXPECT_EQ(accepted.status, 202);
  EXPECT_TRUE(accepted.body["results"][0]["declarationId"].is_null());
  const Reply record = device.get("/mgmt/shared/appsvcs/task/" + accepted.body["id"].get<std::string>());
  EXPECT_EQ(record.body["results"][0]["declarationId"], "test-1");
}

TEST_F(As3Patch, HeedsADryRun) {
  const Reply reply = device.send("PATCH", "/mgmt/shared/appsvcs/declare/T?controls.dryRun=true",
                                  Json::array({add("/T/A3", Bigip::application("192.0.2.43"))}));

  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body["dryRun"], true);
  EXPECT_FALSE(stored().contains("A3"));
}

TEST_F(As3Patch, CreatesAnotherTenantByItsOwnPath) {
  const Json tenant = {{"class", "Tenant"}, {"label", "sallyport:u"}, {"B", Bigip::application("192.0.2.60")}};

  ASSERT_EQ(device.patch(Json::array({add("/U", tenant)}), "/U").status, 200);

  const Json body = device.get("/mgmt/shared/appsvcs/declare").body;
  EXPECT_EQ(body["U"]["label"], "sallyport:u");
  EXPECT_TRUE(body.contains("T"));
}

TEST_F(As3Patch, RemovingTheLastApplicationRemovesTheTenant) {
  ASSERT_EQ(device.patch(Json::array({remove("/T/A1"), remove("/T/A2")}), "/T").status, 200);

  EXPECT_EQ(device.get("/mgmt/shared/appsvcs/declare").status, 204);
  EXPECT_EQ(device.get("/_sim/virtuals").body.size(), 0U);
}

TEST_F(As3Patch, RefusesToRemoveASharedPoolInUse) {
  const Json shared = {
      {"class", "Application"}, {"template", "shared"}, {"pool_x", {{"class", "Pool"}, {"members", Json::array()}}}};
  Json user = Bigip::application("192.0.2.43");
  user["vs"]["pool"] = "/T/Shared/pool_x";
  ASSERT_EQ(device.patch(Json::array({add("/T/Shared", shared), add("/T/A3", user)}), "/T").status, 200);

  const Reply reply = device.patch(Json::array({remove("/T/Shared/pool_x")}), "/T");

  EXPECT_EQ(reply.status, 422);
  EXPECT_EQ(reply.body["errors"], Json::array({"/T/A3/vs/pool: contains path to non-existent object pool_x"}));
}

TEST_F(As3Patch, RefusesAPointerIntoAnotherApplication) {
  Json user = Bigip::application("192.0.2.43");
  user["vs"]["pool"] = "/T/A1/workspace";

  const Reply reply = device.patch(Json::array({add("/T/A3", user)}), "/T");

  EXPECT_EQ(reply.body["errors"], Json::array({"/T/A3/vs/pool: must contain path pointing into same Application (or "
                                               "/same-Tenant/Shared or /Common/Shared)"}));
}

TEST_F(As3Patch, RefusesABarePointerOfOneCharacter) {
  Json user = Bigip::application("192.0.2.43");
  user["p"] = user["workspace"];
  user["vs"]["pool"] = "p";

  const Reply reply = device.patch(Json::array({add("/T/A3", user)}), "/T");

  EXPECT_EQ(reply.body["errors"], Json::array({"/T/A3/vs/pool: contains an invalid path (invalid character)"}));
}

TEST(As3PatchOfAnEmptyDevice, LacksAnId) {
  Bigip device;

  const Reply reply =
      device.patch(Json::array({add("/T", {{"class", "Tenant"}, {"A", Bigip::application("192.0.2.40")}})}), "/T");

  EXPECT_EQ(reply.status, 422);
  EXPECT_EQ(reply.body["message"], "declaration lacks valid 'id' property");
}

TEST_F(As3Patch, PerApplicationErrorsLackTheTenant) {
  const std::string path = "/mgmt/shared/appsvcs/declare/T/applications";

  const Reply schema = device.send("POST", path, {{"schemaVersion", "3.50.0"}, {"A5", Bigip::application("nonsense")}});
  EXPECT_EQ(schema.body["errors"], Json::array({"/A5/vs/virtualAddresses/0: should match format \"f5ip\""}));

  Json wrong = Bigip::application("192.0.2.45");
  wrong["vs"]["pool"] = "nope";
  const Reply pointer = device.send("POST", path, {{"schemaVersion", "3.50.0"}, {"A5", wrong}});
  EXPECT_EQ(pointer.body["errors"], Json::array({"/T/A5/vs/pool: contains path to non-existent object nope"}));
}

TEST_F(As3Patch, PerApplicationPostLeavesTheOthersAndTheLabelAlone) {
  const std::string path = "/mgmt/shared/appsvcs/declare/T/applications";

  const Reply reply = device.send(
      "POST", path, {{"schemaVersion", "3.50.0"}, {"id", "mine"}, {"A5", Bigip::application("192.0.2.45")}});

  ASSERT_EQ(reply.status, 200) << reply.body.dump(1);
  EXPECT_TRUE(reply.body["results"][0]["declarationId"].get<std::string>().starts_with("autogen_"));
  EXPECT_TRUE(stored().contains("A1"));
  EXPECT_EQ(stored()["label"], "sallyport:test");
  EXPECT_EQ(device.send("DELETE", path + "/A1,A2").status, 400);
  EXPECT_EQ(device.send("PATCH", path, Json::array()).status, 400);
  EXPECT_EQ(device.send("DELETE", path + "/A5").status, 200);
  EXPECT_FALSE(stored().contains("A5"));
}

}  // namespace
}  // namespace sallyport::simulators::testing
