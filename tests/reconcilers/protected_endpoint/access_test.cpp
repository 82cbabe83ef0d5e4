// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/protected_endpoint/access.hpp"

#include "tests/reconcilers/protected_endpoint/told_status.hpp"

namespace sallyport::protected_endpoint {
namespace {

using ir::Outcome;
using sallyport::testing::all_applied;
using sallyport::testing::applied;
using sallyport::testing::condition;
using sallyport::testing::kNow;
using sallyport::testing::World;
using schema::ConditionStatus;
using ::testing::HasSubstr;
using ::testing::SizeIs;

World of_two() {
  World world;
  world.use_second_backend();
  return world;
}

Verdicts both_applied() {
  Verdicts verdicts = all_applied();
  verdicts.grants.push_back(applied({{"endpoint_id", "e-2"}, {"invocations_url", World::kInvocationsOfSecond}}));
  return verdicts;
}

ir::Verdict refused(const std::string& why) {
  ir::Verdict verdict;
  verdict.outcome = Outcome::Rejected;
  verdict.error = Error{Code::Refused, why, "", {}};
  return verdict;
}

api::ProtectedEndpointStatus status_after(const World& world, const Verdicts& verdicts) {
  return status_of(world.validated(), world.fragments(), verdicts, kNow);
}

TEST(AccessStatus, TellsOfEachBackend) {
  const auto status = status_after(of_two(), both_applied());

  ASSERT_THAT(status.databricks, SizeIs(2));
  EXPECT_EQ(status.databricks[0].backend, "eu");
  EXPECT_EQ(status.databricks[1].backend, "us");
  EXPECT_EQ(status.databricks[1].workspace, "prod-us");
  EXPECT_EQ(status.databricks[1].serving_endpoint, "fraud-us");
  EXPECT_EQ(status.databricks[1].endpoint_id, "e-2");
  EXPECT_THAT(status.databricks[1].grants, SizeIs(1));
  EXPECT_EQ(condition(status, "AccessGranted").status, ConditionStatus::True);
  EXPECT_EQ(schema::find_condition(status.conditions, "PartiallyApplied"), nullptr);
}

TEST(AccessStatus, IsThatOfTheBackendWithTheMostTrouble) {
  Verdicts verdicts = both_applied();
  verdicts.grants[1] = refused("it does not consent");

  const auto status = status_after(of_two(), verdicts);

  EXPECT_EQ(condition(status, "AccessGranted").status, ConditionStatus::False);
  EXPECT_THAT(condition(status, "AccessGranted").message, HasSubstr("does not consent"));
  EXPECT_EQ(condition(status, "Ready").status, ConditionStatus::False) << "one of two is not as declared";
}

TEST(AccessStatus, NamesTheBackendsThatNoRequestGoesTo) {
  const World world = of_two();
  const Fragments fragments = build(
      world.validated(), {InstanceId("abcd1234"), Slot{{"t", "a"}, ""}, {{World::kInvocations}, {"", "", false}}});

  const Finding found = partly_applied(world.validated(), fragments, all_applied());

  EXPECT_EQ(found.reason, "SomeBackendsLeftOut");
  EXPECT_THAT(found.message, HasSubstr("'us'"));
}

TEST(AccessStatus, ForgetsABackendThatTheSpecNamesNoMore) {
  World world = of_two();
  world.endpoint.status = status_after(world, both_applied());
  world.endpoint.spec.backends.pop_back();
  EXPECT_THAT(status_after(world, all_applied()).databricks, SizeIs(1));

  world.endpoint.errors = {{"spec.backends[1]", "is no object"}};
  EXPECT_THAT(status_after(world, all_applied()).databricks, SizeIs(2)) << "what cannot be read says nothing";
}

TEST(AccessStatus, KnowsAServingEndpointAgainUnderAnotherName) {
  World world;
  world.endpoint.status.databricks = World::told({{api::GrantPrincipalType::Group, "risk-analysts", {}}});
  world.endpoint.spec.backends[0].name = "west";
  const Verdicts none{{std::nullopt}, {std::nullopt}, {std::nullopt}, {}};

  const auto status = status_after(world, none);

  ASSERT_THAT(status.databricks, SizeIs(1));
  EXPECT_EQ(status.databricks[0].backend, "west");
  EXPECT_THAT(status.databricks[0].grants, SizeIs(1));
}

}  // namespace
}  // namespace sallyport::protected_endpoint
