// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/shared/world.hpp"

#include <gtest/gtest.h>

#include <future>
#include <mutex>
#include <thread>

#include "tests/reconcilers/memory_store.hpp"
#include "tests/reconcilers/surroundings.hpp"

namespace sallyport::shared {
namespace {

struct Stage {
  sallyport::testing::Surroundings around;
  Caches caches;
  sallyport::testing::MemoryStore store{caches};
  World world{store, caches, InstanceId("inst0001"), around.around(), {}};

  /// Asked on a thread of its own, as another connection would.
  bool is_taken(const std::vector<std::string>& units) {
    Turn turn = world.turn_at(units);
    return std::async(std::launch::async,
                      [&turn] {
                        const std::unique_lock lock(turn, std::try_to_lock);
                        return !lock.owns_lock();
                      })
        .get();
  }
};

TEST(World, GivesOneTurnAtAUnitHoweverManyConnectionsLeadToIt) {
  Stage stage;
  const std::vector<std::string> pair{"https://a.example.com", "https://b.example.com"};
  Turn turn = stage.world.turn_at(pair);
  const std::lock_guard lock(turn);

  EXPECT_TRUE(stage.is_taken(pair));
  EXPECT_TRUE(stage.is_taken({"https://b.example.com", "https://a.example.com"}));
  EXPECT_FALSE(stage.is_taken({"https://c.example.com"}));
}

TEST(World, LetsConnectionsThatHaveAUnitInCommonExcludeEachOther) {
  Stage stage;
  const std::vector<std::string> pair{"https://a.example.com", "https://b.example.com"};
  for (const std::string& one : pair) {
    Turn turn = stage.world.turn_at({one});
    const std::lock_guard lock(turn);
    EXPECT_TRUE(stage.is_taken(pair)) << one;
    EXPECT_TRUE(stage.is_taken({"https://c.example.com", one})) << one;
  }
  EXPECT_FALSE(stage.is_taken(pair)) << "nothing of what could not be had whole is kept";
}

TEST(World, KnowsAUnitInWhateverSpelling) {
  Stage stage;
  Turn turn = stage.world.turn_at({"https://A.example.com:443/"});
  const std::lock_guard lock(turn);

  EXPECT_TRUE(stage.is_taken({"https://a.example.com"}));
  EXPECT_FALSE(stage.is_taken({"https://a.example.com:8443"}));
}

TEST(World, GivesTurnsInOneOrderSoThatNobodyWaitsInACircle) {
  Stage stage;
  int turns = 0;
  const auto take_often = [&](const std::vector<std::string>& units) {
    for (int i = 0; i < 1000; ++i) {
      Turn turn = stage.world.turn_at(units);
      const std::lock_guard lock(turn);
      ++turns;
    }
  };
  std::thread other([&] { take_often({"https://b.example.com", "https://a.example.com"}); });
  take_often({"https://a.example.com", "https://b.example.com"});
  other.join();

  EXPECT_EQ(turns, 2000);
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
