// SPDX-License-Identifier: Apache-2.0
// Several backends: an access list each, and one route to those that are open.
#include <gmock/gmock.h>

#include "reconcilers/protected_endpoint/build.hpp"
#include "tests/reconcilers/protected_endpoint/world.hpp"

namespace sallyport::protected_endpoint {
namespace {

using ir::Wish;
using sallyport::testing::World;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const Slot kSlot{{"sp_abcd1234_x_1", "pe_fraud"}, ""};

World of_two() {
  World world;
  world.use_second_backend();
  return world;
}

/// Both are known; these are open.
Fragments built(const World& world, bool first_is_open, bool second_is_open) {
  return build(world.validated(), {InstanceId("abcd1234"),
                                   kSlot,
                                   {{World::kInvocations, "", first_is_open},
                                    {World::kInvocationsOfSecond, "[details]", second_is_open}}});
}

std::vector<std::string> names(const ir::EdgeFragment& edge) {
  std::vector<std::string> all;
  for (const ir::Backend& backend : edge.check->backends) all.push_back(backend.name);
  return all;
}

TEST(BuildBackends, SendsRequestsToEachByItsOwnNamePathAndSignIn) {
  World world = of_two();
  world.endpoint.spec.backends[1].weight = 30;
  world.endpoint.spec.backends[1].priority = 1;
  world.second.spec.ca_bundle = "second's";

  const Fragments fragments = built(world, true, true);

  const ir::EdgeFragment& edge = fragments.edges.front().fragment;
  EXPECT_THAT(names(edge), ElementsAre("eu", "us"));
  const ir::Backend& us = edge.check->backends[1];
  EXPECT_EQ(us.host.host, "adb-2.8.azuredatabricks.net");
  EXPECT_EQ(us.path, "/serving-endpoints/fraud-us/invocations");
  EXPECT_EQ(us.weight, 30);
  EXPECT_EQ(us.priority, 1);
  EXPECT_EQ(us.token_endpoint, "https://adb-2.8.azuredatabricks.net/oidc/v1/token");
  EXPECT_EQ(us.authorization_details, "[details]");
  EXPECT_EQ(us.ca_bundle, "second's");
  EXPECT_THAT(edge.allowed_paths, ElementsAre("/serving-endpoints/fraud-scoring/invocations")) << "the first's";
}

TEST(BuildBackends, GrantsAtEachInTheOrderOfTheSpec) {
  const Fragments fragments = built(of_two(), false, false);

  EXPECT_EQ(fragments.backends, 2U);
  ASSERT_THAT(fragments.grants, SizeIs(2));
  EXPECT_EQ(fragments.grants[1].connection, "prod-us");
  EXPECT_EQ(fragments.grants[1].fragment.serving_endpoint, "fraud-us");
  EXPECT_EQ(fragments.grants[1].fragment.field, "spec.backends[1]");
  EXPECT_THAT(places_of(fragments), SizeIs(3)) << "the client and two access lists";
}

TEST(BuildBackends, LeavesOutOfTheRouteWhatIsNotOpen) {
  const Fragments second = built(of_two(), false, true);
  EXPECT_THAT(names(second.edges.front().fragment), ElementsAre("us"));
  EXPECT_THAT(second.edges.front().fragment.allowed_paths, ElementsAre("/serving-endpoints/fraud-scoring/invocations"))
      << "the public path stays";
  EXPECT_EQ(second.edges.front().fragment.wish, Wish::Present);

  const Fragments none = built(of_two(), false, false);
  EXPECT_EQ(none.edges.front().fragment.wish, Wish::Hold);
}

TEST(BuildBackends, LeavesOutOfTheRouteWhoseOwnerRefuses) {
  World world = of_two();
  world.second.spec.allow.clear();

  const Fragments fragments = built(world, true, true);

  EXPECT_THAT(names(fragments.edges.front().fragment), ElementsAre("eu"));
  EXPECT_EQ(fragments.grants[1].fragment.wish, Wish::Absent);
}

TEST(BuildBackends, PublishesNothingBeforeTheFirstHasNamedThePath) {
  const Fragments fragments =
      build(of_two().validated(),
            {InstanceId("abcd1234"), kSlot, {{"", "", false}, {World::kInvocationsOfSecond, "", true}}});

  EXPECT_EQ(fragments.edges.front().fragment.wish, Wish::Hold);
}

TEST(BuildBackends, LetsInAsThePrincipalOnlyWhomEachOwnerAllows) {
  World world = of_two();
  for (auto* workspace : {&world.workspace, &world.second}) workspace->spec.allow[0].principals.emplace_back("6f1c*");
  world.second.spec.allow[0].principals = {"6f1c*"};
  EXPECT_THAT(built(world, true, true).edges.front().fragment.check->admitted, SizeIs(1))
      << "with the callers' own tokens each workspace decides for itself";

  world.endpoint.spec.upstream = {api::UpstreamType::ServicePrincipal,
                                  api::UpstreamPrincipal{"6f1c", "fraud-upstream"}};
  EXPECT_THAT(built(world, true, true).edges.front().fragment.check->admitted, IsEmpty());
}

/// The second was taken out of the spec; its access list is in the ledger.
World with_former() {
  World world;
  world.use_nginx();
  world.endpoint.status.placements = {
      {api::PlacementSystem::Databricks, "prod-us", "serving-endpoints/fraud-us", "", "h", 1}};
  return world;
}

TEST(BuildBackends, TakeTheAccessListOfOneThatWasTakenOut) {
  const Fragments fragments = with_former().fragments();

  ASSERT_THAT(fragments.grants, SizeIs(2));
  EXPECT_EQ(fragments.backends, 1U);
  EXPECT_EQ(fragments.grants[1].fragment.wish, Wish::Absent);
  EXPECT_EQ(fragments.grants[1].fragment.serving_endpoint, "fraud-us");
}

TEST(BuildBackends, KeepTheAccessListOfAFormerOneWhileItIsNotKnownWhereAnotherIs) {
  World world = with_former();
  world.endpoint.spec.backends.push_back({"us", {"prod-uz"}, api::Serving{"fraud-us"}});
  Found found = world.found();
  found.backends[1].workspace = nullptr;

  const Fragments fragments = build(validate(found), {InstanceId("abcd1234"), kSlot, {{World::kInvocations}}});

  ASSERT_THAT(fragments.grants, SizeIs(3));
  EXPECT_EQ(fragments.grants[2].fragment.wish, Wish::Hold) << "a misspelt name takes nothing away";
}

}  // namespace
}  // namespace sallyport::protected_endpoint
