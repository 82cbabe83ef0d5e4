// SPDX-License-Identifier: Apache-2.0
// Behind an NGINX, which checks tokens itself and has agents to wait for.
#include <gmock/gmock.h>

#include "tests/reconcilers/protected_endpoint/told_status.hpp"

namespace sallyport::protected_endpoint {
namespace {

using testing::all_applied;
using testing::condition;
using ::testing::HasSubstr;
using testing::kNow;
using testing::World;

TEST(EndpointStatus, SaysThatAnNginxChecksTokensItself) {
  World world;
  world.use_nginx();

  const auto status = status_of(world.validated(), world.fragments(), all_applied(), kNow);

  EXPECT_EQ(condition(status, "TokenPolicyAttached").reason, "Enforced");
  EXPECT_THAT(condition(status, "Ready").message, HasSubstr("the gateway checks tokens"));
  EXPECT_EQ(status.virtual_server->address, "edge.example.com");
  EXPECT_EQ(status.virtual_server->path, world.fragments().edges.front().fragment.place.application);
}

TEST(EndpointStatus, SaysWhatIsWaitedForAndCallsThatNoDrift) {
  World world;
  world.use_nginx();
  Verdicts verdicts = all_applied();
  verdicts.edges[0] = ir::Verdict{};
  verdicts.edges[0]->notes = {"published; agent edge-1 has not taken it yet"};

  const auto status = status_of(world.validated(), world.fragments(), verdicts, kNow);

  EXPECT_EQ(condition(status, "RouteProgrammed").message, "published; agent edge-1 has not taken it yet");
  EXPECT_EQ(schema::find_condition(status.conditions, "DriftDetected"), nullptr);
}

TEST(EndpointStatus, TellsWhenAGrantEnds) {
  World world;
  world.endpoint.spec.access->grants[0].until = "2026-12-24T18:00:00Z";
  const auto status = status_of(world.validated(), world.fragments(), all_applied(), kNow);
  EXPECT_EQ(status.databricks.front().grants.at(0).until, "2026-12-24T18:00:00Z");
}

}  // namespace
}  // namespace sallyport::protected_endpoint
