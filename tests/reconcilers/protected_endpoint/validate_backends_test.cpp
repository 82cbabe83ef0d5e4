// SPDX-License-Identifier: Apache-2.0
// Several backends: what one lacks takes nothing from the others, and what one is refused is closed for it.
#include <gmock/gmock.h>

#include "reconcilers/protected_endpoint/validate.hpp"
#include "tests/reconcilers/protected_endpoint/world.hpp"

namespace sallyport::protected_endpoint {
namespace {

using ir::Wish;
using sallyport::testing::World;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

World of_two() {
  World world;
  world.use_second_backend();
  return world;
}

/// The owner of the second workspace lets nobody in any more.
World refused_at_second() {
  World world = of_two();
  world.second.spec.allow.clear();
  return world;
}

TEST(ValidateBackends, WantsTheDeclaredGrantsAtEach) {
  const Validated v = of_two().validated();

  ASSERT_THAT(v.backends, SizeIs(2));
  for (const BackendDecision& backend : v.backends) {
    EXPECT_EQ(backend.grant.wish, Wish::Present) << backend.grant.why.message;
    EXPECT_THAT(backend.grants, SizeIs(1));
  }
  EXPECT_EQ(v.edge.wish, Wish::Present) << v.edge.why.message;
}

TEST(ValidateBackends, GrantsAtEachWhatItsOwnerAllows) {
  World world = of_two();
  world.second.spec.allow[0].principals = {"others-*"};

  const Validated v = world.validated();

  EXPECT_THAT(v.backends[0].grants, SizeIs(1));
  EXPECT_THAT(v.backends[1].grants, IsEmpty());
  EXPECT_THAT(v.backends[1].refused, SizeIs(1));
}

TEST(ValidateBackends, LetsOneThatIsMissingHoldNothingElse) {
  World world = of_two();
  Found found = world.found();
  found.backends[1].workspace = nullptr;

  const Validated v = validate(found);

  EXPECT_EQ(v.backends[0].grant.wish, Wish::Present);
  EXPECT_EQ(v.backends[1].grant.wish, Wish::Hold);
  EXPECT_EQ(v.edge.wish, Wish::Present);
  EXPECT_THAT(v.resolved_refs.message, HasSubstr("spec.backends[1].workspaceRef.name"));
}

TEST(ValidateBackends, HoldTheRouteWhereNoneIsKnown) {
  World world = of_two();
  Found found = world.found();
  for (FoundBackend& backend : found.backends) backend.workspace = nullptr;

  EXPECT_EQ(validate(found).edge.wish, Wish::Hold);
}

TEST(ValidateBackends, CloseTheRouteOnlyWhenTheLastOneIsRefused) {
  World world = refused_at_second();
  Validated v = world.validated();
  EXPECT_TRUE(v.backends[1].grant.withdrawn);
  EXPECT_THAT(v.accepted.message, HasSubstr("spec.backends[1]"));
  EXPECT_EQ(v.edge.wish, Wish::Present);

  world.workspace.spec.allow.clear();
  v = world.validated();
  EXPECT_TRUE(v.edge.withdrawn);
}

TEST(ValidateBackends, LeaveTheRouteToTheOneThatIsOpenWhenAnotherIsRefused) {
  Validated v = refused_at_second().validated();

  close_door_on_refusal(v, {true, true});

  EXPECT_EQ(v.edge.wish, Wish::Present);
}

TEST(ValidateBackends, CloseTheRouteWhereTheOneThatIsLeftIsNotOpenYet) {
  Validated v = refused_at_second().validated();

  close_door_on_refusal(v, {false, true});

  EXPECT_TRUE(v.edge.withdrawn) << "the gateway still sends requests to the one that was refused";
  EXPECT_THAT(v.edge.why.message, HasSubstr("spec.backends[1]"));
}

TEST(ValidateBackends, CloseARouteThatMayNotBeWrittenWhenOneIsRefused) {
  World paused = refused_at_second();
  paused.endpoint.meta.annotations["sallyport.dev/paused"] = "true";
  World watched = refused_at_second();
  watched.endpoint.spec.management = api::Management::Observe;
  for (const World& world : {paused, watched}) {
    Validated v = world.validated();
    EXPECT_FALSE(v.edge.withdrawn);

    close_door_on_refusal(v, {true, true});

    EXPECT_TRUE(v.edge.withdrawn);
  }
}

TEST(ValidateBackends, StayAsTheyAreWhileNobodyIsRefused) {
  World world = of_two();
  world.endpoint.meta.annotations["sallyport.dev/paused"] = "true";
  Validated v = world.validated();

  close_door_on_refusal(v, {true, false});

  EXPECT_EQ(v.edge.wish, Wish::Observe);
}

TEST(ValidateBackends, AreOneOnABigIp) {
  World world;
  world.second = world.workspace;
  world.second.meta.name = "prod-us";
  world.endpoint.spec.backends.push_back({"us", {"prod-us"}, api::Serving{"fraud-us"}});

  const Validated v = world.validated();

  EXPECT_EQ(v.edge.wish, Wish::Hold) << "what is there goes on";
  EXPECT_EQ(v.accepted.reason, "NotSupported");
  EXPECT_THAT(v.accepted.message, HasSubstr("spec.backends"));
}

TEST(ValidateBackends, AllHaveToAllowThatSomethingStaysBehind) {
  World world = of_two();
  world.gateway.spec.allow[0].orphan = world.provider.spec.allow[0].orphan = world.workspace.spec.allow[0].orphan =
      true;
  world.endpoint.spec.deletion_policy = api::DeletionPolicy::Orphan;
  EXPECT_THAT(world.validated().accepted.message, HasSubstr("spec.deletionPolicy"));

  world.second.spec.allow[0].orphan = true;
  EXPECT_TRUE(world.validated().accepted.ok());
}

TEST(ValidateBackends, AreAskedOneByOneWhetherThePrincipalMayGoThere) {
  World world = of_two();
  for (auto* workspace : {&world.workspace, &world.second}) {
    workspace->spec.allow[0].principals.emplace_back("6f1c*");
    workspace->status.identity = "5a11";
  }
  world.endpoint.spec.upstream = {api::UpstreamType::ServicePrincipal,
                                  api::UpstreamPrincipal{"6f1c", "fraud-upstream"}};
  world.upstream = {SecretState::Standing::Usable, {"risk", "fraud-upstream", "uid-up", "1"}};
  EXPECT_EQ(world.validated().edge.wish, Wish::Present);

  world.second.status.identity = "6f1c";
  EXPECT_TRUE(world.validated().edge.withdrawn) << "there it is the operator's own";
}

}  // namespace
}  // namespace sallyport::protected_endpoint
