// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/edge/bigip/persistence.hpp"

#include <gmock/gmock.h>

#include "tests/reconcilers/providers/edge/bigip/fixtures.hpp"
#include "tests/reconcilers/providers/edge/bigip/script.hpp"
#include "tests/testing/fake_clock.hpp"

namespace sallyport::edge::bigip {
namespace {

constexpr const char* kSave = "/mgmt/tm/task/sys/config";
constexpr const char* kSync = "/mgmt/tm/task/cm/config-sync";
constexpr const char* kStatus = "GET /mgmt/tm/cm/sync-status";
constexpr const char* kGroups = "GET /mgmt/tm/cm/device-group";

http::Response state(const char* text) {
  return testing::json({{"_taskId", 7}, {"_taskState", text}});
}
http::Response status(const char* text) {
  return testing::answer(200, testing::stat("status", text));
}

class Persisting : public ::testing::Test {
 protected:
  void task(const std::string& target, std::vector<Result<http::Response>> states) {
    script.on("POST " + target, state("STARTED"))
        .on("PUT " + target + "/7", state("VALIDATING"))
        .on("GET " + target + "/7", std::move(states));
  }
  testing::Script script;
  testing::MemorySecrets secrets;
  sallyport::testing::FakeClock clock;
  Device device{"https://unit", script.client(), {testing::connection().credentials, secrets, clock}};
  Persistence persistence{device, clock, {"F5Gateway", "", "edge", Uid("uid-edge"), "41", 3}};
};

TEST_F(Persisting, SavesByATaskAndSeesItsEnd) {
  task(kSave, {state("VALIDATING"), state("COMPLETED")});

  EXPECT_TRUE(persistence.save({}).has_value());
  EXPECT_EQ(script.count("GET " + std::string(kSave) + "/7"), 2U);
}

TEST_F(Persisting, TellsTheAuditTrailWhatItSavesAndSyncsForWhomAndHowThatEnded) {
  script.on(kGroups, testing::answer(200, R"({"items":[{"name":"dg","type":"sync-failover"}]})"));
  script.on(kStatus, status("In Sync"));
  task(kSave, {state("COMPLETED")});
  task(kSync, {state("FAILED")});
  ASSERT_TRUE(persistence.save({}).has_value());
  ASSERT_FALSE(persistence.sync(2, {}).has_value());

  std::vector<std::string> told;
  for (const http::Request& request : script.asked) {
    if (request.method == "GET" || request.target == "/mgmt/shared/authn/login") continue;
    EXPECT_FALSE(request.session) << request.target;
    ASSERT_EQ(request.changes.size(), 1U) << request.target;
    const http::Change& change = request.changes.front();
    EXPECT_EQ(change.object, "F5Gateway edge");
    EXPECT_EQ(change.uid, "uid-edge");
    EXPECT_EQ(change.resource_version, "41");
    EXPECT_EQ(change.generation, 3);
    told.push_back(request.method + " " + change.action + " " + change.target);
  }
  EXPECT_THAT(told, ::testing::ElementsAre("POST update bigip edge: saved configuration",
                                           "PUT update bigip edge: saved configuration",
                                           "POST update bigip edge: configuration of device group dg",
                                           "PUT update bigip edge: configuration of device group dg"));
  EXPECT_THAT(script.endings(), ::testing::ElementsAre(std::pair(std::string(kSave) + "/7", http::Ending::Done),
                                                       std::pair(std::string(kSync) + "/7", http::Ending::NotDone)));
}

TEST_F(Persisting, ReportsASaveThatFailedOrDoesNotEnd) {
  task(kSave, {state("FAILED")});
  EXPECT_EQ(persistence.save({}).error().code, Code::Unavailable);
  task(kSave, {state("VALIDATING")});
  EXPECT_EQ(persistence.save({}).error().code, Code::Unavailable);
  script.on("POST " + std::string(kSave), testing::json({{"code", 403}}, 403));
  EXPECT_EQ(persistence.save({}).error().code, Code::Refused);
}

TEST_F(Persisting, HasNothingToSyncOnADeviceThatStandsAlone) {
  script.on(kStatus, status("Standalone"));

  EXPECT_TRUE(persistence.sync(1, {}).has_value());
  EXPECT_EQ(persistence.sync(2, {}).error().code, Code::Conflict);
}

TEST_F(Persisting, AsksForASyncAndWaitsUntilTheUnitsAgree) {
  script.on(
      kGroups,
      testing::answer(
          200,
          R"({"items":[{"name":"gtm","type":"sync-only"},{"name":"dg","type":"sync-failover","autoSync":"disabled"}]})"));
  script.on(kStatus, {status("Changes Pending"), status("Changes Pending"), status("In Sync")});
  task(kSync, {state("COMPLETED")});

  EXPECT_TRUE(persistence.sync(2, {}).has_value());

  bool named = false;
  for (const http::Request& request : script.asked)
    named = named || request.body == R"({"command":"run","options":[{"to-group":"dg"}]})";
  EXPECT_TRUE(named);
}

TEST_F(Persisting, LeavesAGroupThatSyncsByItselfAlone) {
  script.on(kGroups, testing::answer(200, R"({"items":[{"name":"dg","type":"sync-failover","autoSync":"enabled"}]})"));
  script.on(kStatus, {status("Syncing"), status("In Sync")});

  EXPECT_TRUE(persistence.sync(2, {}).has_value());
  EXPECT_EQ(script.count("POST " + std::string(kSync)), 0U);
}

TEST_F(Persisting, DoesNotCallSyncedWhatIsNot) {
  script.on(kGroups, testing::answer(200, R"({"items":[{"name":"dg","type":"sync-failover"}]})"));
  script.on(kStatus, status("Sync Failure"));
  task(kSync, {state("COMPLETED")});

  const Result<void> synced = persistence.sync(2, {});

  EXPECT_EQ(synced.error().code, Code::Unavailable);
  EXPECT_THAT(synced.error().message, ::testing::HasSubstr("Sync Failure"));
}

}  // namespace
}  // namespace sallyport::edge::bigip
