// SPDX-License-Identifier: Apache-2.0
// Behind an NGINX, which checks tokens itself and has agents to wait for.
#include <gmock/gmock.h>

#include "reconcilers/protected_endpoint/status.hpp"
#include "tests/reconcilers/protected_endpoint/world.hpp"

namespace sallyport::protected_endpoint {
namespace {

using ir::Outcome;
using schema::ConditionStatus;
using ::testing::HasSubstr;
using testing::World;

const SystemTime kNow = std::chrono::sys_days{std::chrono::year(2026) / 11 / 22};

ir::Verdict applied(ir::Facts facts = {}) {
  ir::Verdict verdict;
  verdict.outcome = Outcome::Applied;
  verdict.facts = std::move(facts);
  return verdict;
}

Verdicts all_applied() {
  return {{applied({{"client_id", "c-1"}})},
          {applied({{"endpoint_id", "e-1"}, {"invocations_url", World::kInvocations}})},
          {applied()},
          std::nullopt};
}

const schema::Condition& condition(const api::ProtectedEndpointStatus& status, std::string_view type) {
  static const schema::Condition kNone;
  const schema::Condition* found = schema::find_condition(status.conditions, type);
  EXPECT_NE(found, nullptr) << type;
  return found == nullptr ? kNone : *found;
}

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
  EXPECT_EQ(status.databricks->grants.at(0).until, "2026-12-24T18:00:00Z");
}

}  // namespace
}  // namespace sallyport::protected_endpoint
