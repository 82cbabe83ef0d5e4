// SPDX-License-Identifier: Apache-2.0
#include "e2e/simulators/databricks/world.hpp"

#include <gtest/gtest.h>

#include "tests/testing/fake_clock.hpp"

namespace sallyport::simulators::databricks {
namespace {

struct SmallWorld {
  SmallWorld() {
    world.clock = &clock;
    Principal user;
    user.name = "a@b";
    user_id = world.directory.put(user).id;
    Endpoint endpoint;
    endpoint.name = "m";
    endpoint.id = new_endpoint_id();
    world.open_endpoint(endpoint, user_id);
  }
  testing::FakeClock clock;
  World world;
  std::string user_id;
};

TEST(SimulatedWorldState, TheHighestLevelCounts) {
  SmallWorld small;
  const auto id = small.world.endpoint("m")->id;
  small.world.inherited[small.user_id] = Level::CanQuery;
  EXPECT_EQ(small.world.level_on(id, small.user_id), Level::CanManage);
  small.world.acls.write(id, {{small.user_id, Level::CanView}});
  EXPECT_EQ(small.world.level_on(id, small.user_id), Level::CanQuery);
}

TEST(SimulatedWorldState, UpdatesSettleWhenTheirWindowIsOver) {
  SmallWorld small;
  small.world.time_scale = 10;
  small.world.roll_out(*small.world.endpoint("m"), Json::object());
  small.clock.advance(std::chrono::milliseconds(2999));
  EXPECT_EQ(small.world.endpoint("m")->update, Update::InProgress);
  small.clock.advance(std::chrono::milliseconds(1));
  EXPECT_EQ(small.world.endpoint("m")->update, Update::None);
  EXPECT_EQ(small.world.endpoint("m")->config["config_version"], 1);
}

TEST(SimulatedWorldState, AClosedEndpointLeavesItsList) {
  SmallWorld small;
  const auto id = small.world.endpoint("m")->id;
  EXPECT_TRUE(small.world.close_endpoint("m"));
  EXPECT_EQ(small.world.endpoint("m"), nullptr);
  EXPECT_TRUE(small.world.acls.knows(id));
}

}  // namespace
}  // namespace sallyport::simulators::databricks
