// SPDX-License-Identifier: Apache-2.0
// f5.md 4.2 to 4.7: objects, the system, saving, and the pair.
#include <gtest/gtest.h>

#include "tests/e2e/simulators/bigip/bigip_testing.hpp"

namespace sallyport::simulators::testing {
namespace {

Json tenants() {
  return {{"Ta", Bigip::tenant({{"A", Bigip::application("192.0.2.40")}})}};
}

std::string described(const Reply& reply, const std::string& name) {
  return reply.body["entries"].begin().value()["nestedStats"]["entries"][name]["description"];
}

/// Starts a task, validates it, and returns its last state.
std::string run_task(Bigip& device, const std::string& path, const Json& body, int unit = 0) {
  const Reply started = device.send("POST", path, body, unit);
  const std::string task = path + "/" + std::to_string(started.body["_taskId"].get<long>());
  EXPECT_EQ(device.get(task, unit).body["_taskState"], "STARTED");
  EXPECT_EQ(device.send("PUT", task, {{"_taskState", "VALIDATING"}}, unit).status, 202);
  return device.get(task, unit).body["_taskState"];
}

TEST(IControl, ShowsWhatAs3MadeAndWhatHandsMade) {
  Bigip device;
  ASSERT_EQ(device.declare(tenants()).status, 200);
  device.control("edit", {{"component", "ltm virtual"},
                          {"path", "/Common/hand"},
                          {"properties", {{"destination", "/Common/192.0.2.99:443"}}}});

  const Json items = device.get("/mgmt/tm/ltm/virtual").body["items"];

  ASSERT_EQ(items.size(), 2U);
  EXPECT_EQ(items[0]["destination"], "/Common/192.0.2.99:443");
  EXPECT_EQ(items[1]["fullPath"], "/Ta/A/vs");
  EXPECT_EQ(items[1]["partition"], "Ta");
  EXPECT_EQ(items[1]["destination"], "/Ta/192.0.2.40:443");
  EXPECT_EQ(items[1]["pool"], "/Ta/A/workspace");
  for (const auto& [name, ignored] : items[1].items()) EXPECT_FALSE(name.starts_with('_')) << name;
}

TEST(IControl, LeavesItemsOutOfAnEmptyCollection) {
  Bigip device;

  const Reply reply = device.get("/mgmt/tm/ltm/pool");

  EXPECT_EQ(reply.body["kind"], "tm:ltm:pool:poolcollectionstate");
  EXPECT_FALSE(reply.body.contains("items"));
}

TEST(IControl, ShowsItsOwnAddressesWithTheirMask) {
  Bigip device;
  EXPECT_FALSE(device.get("/mgmt/tm/ltm/snat-translation").body.contains("items"));
  device.control(
      "edit",
      {{"component", "net self"}, {"path", "/Common/internal"}, {"properties", {{"address", "192.0.2.8%1/24"}}}});

  const Json items = device.get("/mgmt/tm/net/self?$select=name,address").body["items"];

  EXPECT_EQ(items, Json::array({{{"name", "internal"}, {"address", "192.0.2.8%1/24"}}}));
}

TEST(IControl, NamesAMissingObjectAsMcpdDoes) {
  Bigip device;

  const Reply reply = device.get("/mgmt/tm/ltm/pool/~Common~x");

  EXPECT_EQ(reply.status, 404);
  EXPECT_EQ(reply.body, Json({{"code", 404},
                              {"message", "01020036:3: The requested Pool (/Common/x) was not found."},
                              {"errorStack", Json::array()},
                              {"apiError", 3}}));
}

TEST(IControl, TellsItsModulesAndVersion) {
  Bigip device;

  EXPECT_EQ(described(device.get("/mgmt/tm/sys/version"), "Version"), "17.1.1");
  bool apm = false;
  const Json items = device.get("/mgmt/tm/sys/provision").body["items"];
  for (const Json& item : items) {
    apm = apm || (item["name"] == "apm" && item["level"] == "nominal");
  }
  EXPECT_TRUE(apm);
}

TEST(Drift, IsUndoneByTheNextPostOfTheSameDeclaration) {
  Bigip device;
  ASSERT_EQ(device.declare(tenants()).status, 200);
  device.control("edit", {{"op", "merge"},
                          {"component", "ltm pool"},
                          {"path", "/Ta/A/workspace"},
                          {"properties", {{"loadBalancingMode", "ratio-member"}}}});
  device.control("edit", {{"component", "ltm rule"}, {"path", "/Ta/A/foreign"}});

  EXPECT_EQ(device.declare(tenants()).body["results"][0]["message"], "success");

  EXPECT_EQ(device.get("/mgmt/tm/ltm/pool/~Ta~A~workspace").body["loadBalancingMode"], "round-robin");
  EXPECT_EQ(device.get("/mgmt/tm/ltm/rule/~Ta~A~foreign").status, 404);
}

TEST(Saving, IsLostByARebootUnlessSaved) {
  Bigip device;
  ASSERT_EQ(device.declare(tenants()).status, 200);

  device.control("restart", {{"what", "reboot"}});
  EXPECT_EQ(device.get("/mgmt/shared/appsvcs/declare").status, 204);

  ASSERT_EQ(device.declare(tenants()).status, 200);
  EXPECT_EQ(run_task(device, "/mgmt/tm/task/sys/config", {{"command", "save"}}), "COMPLETED");
  device.control("restart", {{"what", "reboot"}});
  EXPECT_EQ(device.get("/mgmt/shared/appsvcs/declare").status, 200);
}

TEST(Saving, IsDoneByAs3UnlessToldNotTo) {
  Bigip device;
  Json request = Bigip::wrap(tenants());
  request.erase("persist");
  ASSERT_EQ(device.send("POST", "/mgmt/shared/appsvcs/declare", request).status, 200);

  device.control("restart", {{"what", "reboot"}});

  EXPECT_EQ(device.get("/mgmt/shared/appsvcs/declare").status, 200);
}

TEST(Saving, ByPlainPost) {
  Bigip device;
  ASSERT_EQ(device.declare(tenants()).status, 200);

  EXPECT_EQ(device.send("POST", "/mgmt/tm/sys/config", {{"command", "save"}}).body["kind"], "tm:sys:config:savestate");

  device.control("restart", {{"what", "reboot"}});
  EXPECT_EQ(device.get("/mgmt/shared/appsvcs/declare").status, 200);
}

TEST(Pair, HasOneActiveUnitAndCanBeMadeToHaveTwo) {
  Bigip device(2);
  const std::string path = "/mgmt/tm/cm/failover-status";
  EXPECT_EQ(described(device.get(path, 0), "status"), "ACTIVE");
  EXPECT_EQ(described(device.get(path, 1), "status"), "STANDBY");
  EXPECT_EQ(described(device.get(path, 1), "color"), "gray");

  device.control("failover", {{"active", 1}});
  EXPECT_EQ(described(device.get(path, 0), "status"), "STANDBY");
  device.control("failover", {{"states", {"ACTIVE", "ACTIVE"}}});
  EXPECT_EQ(described(device.get(path, 0), "status"), "ACTIVE");
  EXPECT_EQ(described(device.get(path, 1), "status"), "ACTIVE");
}

TEST(Pair, KeepsTheOldConfigurationUntilItIsSynced) {
  Bigip device(2);
  ASSERT_EQ(device.declare(tenants()).status, 200);
  EXPECT_EQ(described(device.get("/mgmt/tm/cm/sync-status"), "status"), "Changes Pending");
  EXPECT_EQ(device.get("/mgmt/shared/appsvcs/declare", 1).status, 204);

  EXPECT_EQ(run_task(device, "/mgmt/tm/task/cm/config-sync",
                     {{"command", "run"}, {"options", Json::array({{{"to-group", "sync-group"}}})}}),
            "COMPLETED");

  EXPECT_EQ(described(device.get("/mgmt/tm/cm/sync-status"), "status"), "In Sync");
  EXPECT_EQ(device.get("/mgmt/shared/appsvcs/declare", 1).status, 200);
}

TEST(Pair, SyncsByPlainPostAndKnowsItsGroup) {
  Bigip device(2);
  ASSERT_EQ(device.declare(tenants()).status, 200);

  EXPECT_EQ(
      device.send("POST", "/mgmt/tm/cm", {{"command", "run"}, {"utilCmdArgs", "config-sync to-group nope"}}).status,
      404);
  EXPECT_EQ(device.send("POST", "/mgmt/tm/cm", {{"command", "run"}, {"utilCmdArgs", "config-sync to-group sync-group"}})
                .status,
            200);

  EXPECT_EQ(device.get("/_sim/virtuals", 1).body.size(), 1U);
  EXPECT_EQ(device.get("/mgmt/tm/cm/device-group").body["items"][0]["type"], "sync-failover");
}

TEST(Pair, FailsToSyncWithAPeerThatBoots) {
  Bigip device(2);
  device.control("restart", {{"what", "reboot"}, {"seconds", 60}}, 1);

  EXPECT_EQ(run_task(device, "/mgmt/tm/task/cm/config-sync",
                     {{"command", "run"}, {"options", Json::array({{{"to-group", "sync-group"}}})}}),
            "FAILED");
  EXPECT_TRUE(device.get("/mgmt/tm/sys/version", 1).raw.drop_connection);
}

TEST(Pair, DoesNotSaveWhatItGotFromItsPeer) {
  Bigip device(2);
  ASSERT_EQ(device.declare(tenants()).status, 200);
  EXPECT_EQ(run_task(device, "/mgmt/tm/task/cm/config-sync",
                     {{"command", "run"}, {"options", Json::array({{{"to-group", "sync-group"}}})}}),
            "COMPLETED");

  device.control("restart", {{"what", "reboot"}}, 1);

  EXPECT_EQ(device.get("/mgmt/shared/appsvcs/declare", 1).status, 204);
}

TEST(Pair, SyncsByItselfWhenToldTo) {
  Bigip device(2);
  device.control("sync", {{"auto", true}});

  ASSERT_EQ(device.declare(tenants()).status, 200);

  EXPECT_EQ(device.get("/mgmt/tm/cm/device-group").body["items"][0]["autoSync"], "enabled");
  EXPECT_EQ(device.get("/mgmt/shared/appsvcs/declare", 1).status, 200);
  EXPECT_EQ(described(device.get("/mgmt/tm/cm/sync-status"), "status"), "In Sync");
}

TEST(Pair, SaysThatItCouldNotSyncOrIsAtIt) {
  Bigip device(2);
  ASSERT_EQ(device.declare(tenants()).status, 200);
  device.control("sync", {{"fails", true}});
  EXPECT_EQ(run_task(device, "/mgmt/tm/task/cm/config-sync",
                     {{"command", "run"}, {"options", Json::array({{{"to-group", "sync-group"}}})}}),
            "FAILED");
  EXPECT_EQ(described(device.get("/mgmt/tm/cm/sync-status"), "status"), "Sync Failure");

  device.control("sync", {{"fails", false}, {"status", "Syncing"}, {"seconds", 5}});
  EXPECT_EQ(described(device.get("/mgmt/tm/cm/sync-status"), "status"), "Syncing");
  device.clock.advance(std::chrono::seconds(5));
  EXPECT_EQ(described(device.get("/mgmt/tm/cm/sync-status"), "status"), "Changes Pending");
}

TEST(Pair, IsStandaloneAlone) {
  Bigip device;

  EXPECT_EQ(described(device.get("/mgmt/tm/cm/sync-status"), "status"), "Standalone");
}

}  // namespace
}  // namespace sallyport::simulators::testing
