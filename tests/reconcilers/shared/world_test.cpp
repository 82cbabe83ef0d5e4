// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/shared/world.hpp"

#include <gtest/gtest.h>

#include "tests/reconcilers/memory_store.hpp"
#include "tests/reconcilers/surroundings.hpp"

namespace sallyport::shared {
namespace {

struct Stage {
  sallyport::testing::Surroundings around;
  Caches caches;
  sallyport::testing::MemoryStore store{caches};
  World world{store, caches, InstanceId("inst0001"), around.around(), {}};
};

TEST(World, HasOneLockADeviceHoweverManyConnectionsLeadToIt) {
  Stage stage;
  const std::vector<std::string> pair{"https://a.example.com", "https://b.example.com"};
  EXPECT_EQ(stage.world.device_lock(pair), stage.world.device_lock(pair));
  EXPECT_NE(stage.world.device_lock(pair), stage.world.device_lock({"https://c.example.com"}));
}

TEST(World, CountsStatusesByWhatCameOfThem) {
  Stage stage;
  const Key key{"DatabricksWorkspace", "", "prod-eu"};
  stage.store.apply({{"kind", key.kind}, {"metadata", {{"name", key.name}}}, {"spec", nlohmann::json::object()}});
  const auto meta = stage.caches.workspaces.get("", key.name)->meta;

  EXPECT_TRUE(stage.world.write_status(key, meta, R"({"users": 3})").has_value());
  stage.world.keep_status(key);
  stage.store.refuse_status_of(key, {Code::Conflict, "changed", {}, {}});
  EXPECT_FALSE(stage.world.write_status(key, meta, R"({"users": 4})").has_value());

  EXPECT_EQ(stage.caches.workspaces.get("", key.name)->status.users, 3);
  for (const std::string_view result : {"written", "unchanged", "failed"})
    EXPECT_EQ(stage.around.metrics.value(metrics::Metric::StatusWrites, {key.kind, result}), 1) << result;
}

TEST(World, NamesTargetsByWhatTheyWriteTo) {
  EXPECT_NE(tenant_target("edge", "t1"), tenant_target("edge", "t2"));
  EXPECT_NE(tenant_target("edge", "t1"), tenant_target("other", "t1"));
  EXPECT_NE(client_target(Uid("a")), client_target(Uid("b")));
  EXPECT_NE(serving_target("a"), serving_target("b"));
}

}  // namespace
}  // namespace sallyport::shared
