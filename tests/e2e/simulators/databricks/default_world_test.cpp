// SPDX-License-Identifier: Apache-2.0
#include "e2e/simulators/databricks/world_file.hpp"
#include "tests/e2e/simulators/databricks/stage.hpp"

namespace sallyport::simulators::databricks {
namespace {

TEST(SimulatedDefaultWorld, HoldsTheTeamsAndTheirEndpoints) {
  World world;
  ASSERT_TRUE(read_world(default_world(), kOperatorId, world));
  for (const auto* name : {"fraud-scoring", "churn", "optimised-llm"}) EXPECT_NE(world.endpoint(name), nullptr) << name;
  for (const auto* name : {"admins", "users", "risk-analysts", "data-scientists"})
    EXPECT_NE(world.directory.find(PrincipalKind::Group, name), nullptr) << name;
  EXPECT_TRUE(world.endpoint("churn")->tags.empty());
}

TEST(SimulatedDefaultWorld, LetsTheOperatorManageWithoutBeingAnAdmin) {
  World world;
  ASSERT_TRUE(read_world(default_world(), kOperatorId, world));
  const auto& id = world.directory.find(PrincipalKind::ServicePrincipal, kOperatorId)->id;
  EXPECT_FALSE(world.directory.is_admin(id));
  for (const auto* name : {"fraud-scoring", "churn", "optimised-llm"})
    EXPECT_EQ(world.level_of(*world.endpoint(name), id), Level::CanManage) << name;
  EXPECT_EQ(world.level_of(*world.endpoint("private-model"), id), Level::None);
}

}  // namespace
}  // namespace sallyport::simulators::databricks
