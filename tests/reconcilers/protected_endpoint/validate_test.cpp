// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/protected_endpoint/validate.hpp"

#include <gmock/gmock.h>

#include "reconcilers/protected_endpoint/place.hpp"
#include "tests/reconcilers/protected_endpoint/world.hpp"

namespace sallyport::protected_endpoint {
namespace {

using ir::Wish;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using testing::World;

std::vector<api::Placement> granted_at(const std::string& serving_endpoint) {
  return {{api::PlacementSystem::Databricks, "prod-eu", grant_placement_id(serving_endpoint), "", "h", 1}};
}

TEST(ValidateEndpoint, WantsEverythingOfAValidObject) {
  const Validated v = World().validated();

  EXPECT_EQ(v.client.wish, Wish::Present);
  EXPECT_EQ(v.backends.front().grant.wish, Wish::Present);
  EXPECT_EQ(v.edge.wish, Wish::Present);
  EXPECT_TRUE(v.accepted.ok()) << v.accepted.message;
  EXPECT_TRUE(v.resolved_refs.ok()) << v.resolved_refs.message;
  EXPECT_EQ(v.audience, "https://ml.example.com");
}

TEST(ValidateEndpoint, WithdrawsTheRouteOfAHostThatIsNotAllowed) {
  World world;
  world.endpoint.spec.host = "fraud.other.example.com";

  const Validated v = world.validated();

  EXPECT_EQ(v.edge.wish, Wish::Absent);
  EXPECT_TRUE(v.edge.withdrawn);
  EXPECT_EQ(v.accepted.reason, "NotAllowed");
  EXPECT_THAT(v.accepted.message, HasSubstr("spec.host"));
  EXPECT_THAT(v.accepted.message, HasSubstr("spec.allow"));
  EXPECT_EQ(v.client.wish, Wish::Present);
}

TEST(ValidateEndpoint, WithdrawsTheRouteWhenTheServingEndpointIsNoLongerAllowed) {
  World world;
  world.workspace.spec.allow.front().serving_endpoints = {"churn-*"};

  const Validated v = world.validated();

  EXPECT_TRUE(v.backends.front().grant.withdrawn);
  EXPECT_TRUE(v.edge.withdrawn);
  EXPECT_EQ(v.edge.wish, Wish::Absent);
  EXPECT_FALSE(v.client.withdrawn);
}

TEST(ValidateEndpoint, WithdrawsEverythingFromANamespaceThatLostItsLabel) {
  World world;
  world.ns.labels.clear();

  const Validated v = world.validated();

  for (const Decision* decision : v.decisions()) {
    EXPECT_EQ(decision->wish, Wish::Absent);
    EXPECT_TRUE(decision->withdrawn);
  }
}

TEST(ValidateEndpoint, WithdrawalHeedsNeitherPauseNorObserveNorOrphan) {
  World world;
  world.ns.labels.clear();
  world.endpoint.meta.annotations["sallyport.dev/paused"] = "true";
  world.endpoint.spec.management = api::Management::Observe;
  world.endpoint.spec.deletion_policy = api::DeletionPolicy::Orphan;
  world.endpoint.meta.deletion_timestamp = "2026-11-22T00:00:00Z";

  const Validated v = world.validated();

  for (const Decision* decision : v.decisions()) EXPECT_EQ(decision->wish, Wish::Absent);
  EXPECT_FALSE(v.releasing);
}

TEST(ValidateEndpoint, HoldsTheRouteWhenTheCertificateIsMissing) {
  World world;
  world.tls = {};

  const Validated v = world.validated();

  EXPECT_EQ(v.edge.wish, Wish::Hold);
  EXPECT_EQ(v.resolved_refs.reason, "SecretNotFound");
  EXPECT_THAT(v.resolved_refs.message, HasSubstr("risk/fraud-tls"));
}

TEST(ValidateEndpoint, WithdrawsTheRouteWhenTheCertificateMayNoLongerBeUsed) {
  World world;
  world.tls.standing = SecretState::Standing::NotUsable;

  const Validated v = world.validated();

  EXPECT_EQ(v.edge.wish, Wish::Absent);
  EXPECT_TRUE(v.edge.withdrawn);
  EXPECT_THAT(v.resolved_refs.message, HasSubstr("sallyport.dev/usable-by: ProtectedEndpoint"));
}

TEST(ValidateEndpoint, RemovesEverythingOfADeletedObject) {
  World world;
  world.endpoint.meta.deletion_timestamp = "2026-11-22T00:00:00Z";

  const Validated v = world.validated();

  for (const Decision* decision : v.decisions()) EXPECT_EQ(decision->wish, Wish::Absent);
}

TEST(ValidateEndpoint, LeavesThingsBehindOnlyWhenEveryOwnerAllowsIt) {
  World world;
  world.endpoint.spec.deletion_policy = api::DeletionPolicy::Orphan;
  world.endpoint.meta.deletion_timestamp = "2026-11-22T00:00:00Z";
  world.gateway.spec.allow.front().orphan = true;
  world.provider.spec.allow.front().orphan = true;

  EXPECT_EQ(world.validated().edge.wish, Wish::Absent);
  EXPECT_THAT(world.validated().accepted.message, HasSubstr("spec.deletionPolicy"));

  world.workspace.spec.allow.front().orphan = true;
  EXPECT_EQ(world.validated().edge.wish, Wish::Release);
}

TEST(ValidateEndpoint, LetsADeletionWaitThatManagementForbids) {
  for (const api::Management management : {api::Management::Observe, api::Management::UpsertOnly}) {
    World world;
    world.endpoint.spec.management = management;
    world.endpoint.meta.deletion_timestamp = "2026-11-22T00:00:00Z";

    const Validated v = world.validated();

    for (const Decision* decision : v.decisions()) {
      EXPECT_EQ(decision->wish, Wish::Hold);
      EXPECT_EQ(decision->why.reason, "KeptByManagement");
      EXPECT_THAT(decision->why.message, HasSubstr("set spec.management to Enforce"));
    }
  }
}

TEST(ValidateEndpoint, LeavesBehindWhatManagementForbidsToRemoveWhereItMay) {
  World world;
  world.endpoint.spec.management = api::Management::Observe;
  world.endpoint.meta.deletion_timestamp = "2026-11-22T00:00:00Z";
  world.gateway.spec.allow.front().orphan = true;
  world.provider.spec.allow.front().orphan = true;
  world.workspace.spec.allow.front().orphan = true;

  EXPECT_EQ(world.validated().edge.wish, Wish::Release);
}

TEST(ValidateEndpoint, OnlyLooksWhilePaused) {
  World world;
  world.endpoint.meta.annotations["sallyport.dev/paused"] = "true";

  const Validated v = world.validated();

  EXPECT_TRUE(v.paused);
  for (const Decision* decision : v.decisions()) {
    EXPECT_EQ(decision->wish, Wish::Observe);
    EXPECT_EQ(decision->why.reason, "Paused");
  }
}

TEST(ValidateEndpoint, TakesNothingAwayWhilePaused) {
  World world;
  world.endpoint.meta.annotations["sallyport.dev/paused"] = "true";
  world.endpoint.meta.deletion_timestamp = "2026-11-22T00:00:00Z";

  const Validated v = world.validated();

  for (const Decision* decision : v.decisions()) EXPECT_EQ(decision->wish, Wish::Hold);
}

TEST(ValidateEndpoint, TakesFromAPrincipalWhatItsOwnerNoLongerAllowsWhateverTheTeamSays) {
  World paused;
  paused.endpoint.meta.annotations["sallyport.dev/paused"] = "true";
  World observing;
  observing.endpoint.spec.management = api::Management::Observe;
  World keeping;
  keeping.endpoint.spec.management = api::Management::UpsertOnly;
  for (World* world : {&paused, &observing, &keeping}) {
    const api::AccessEntry allowed{api::GrantPrincipalType::Group, "risk-analysts", api::AccessLevel::CanQuery};
    const api::AccessEntry refused{api::GrantPrincipalType::Group, "strangers", api::AccessLevel::CanQuery};
    world->endpoint.spec.access->grants = {allowed, refused};
    world->endpoint.status.databricks = World::told({allowed, refused});
    world->endpoint.status.placements = {
        {api::PlacementSystem::Databricks, "prod-eu", "serving-endpoints/fraud-scoring", "", "h", 1}};

    const Validated v = world->validated();

    EXPECT_EQ(v.backends.front().grant.wish, Wish::Present);
    for (const api::AccessEntry& entry : v.backends.front().grants) EXPECT_EQ(entry.principal, "risk-analysts");
    EXPECT_NE(v.edge.wish, Wish::Absent);
  }
}

TEST(ValidateEndpoint, TakesNothingFromAnybodyWhereWeGrantedNothing) {
  World observing;
  observing.endpoint.spec.management = api::Management::Observe;
  World moved = observing;
  moved.endpoint.status.placements = {
      {api::PlacementSystem::Databricks, "prod-eu", "serving-endpoints/fraud-former", "", "h", 1}};
  for (World* world : {&observing, &moved}) {
    const api::AccessEntry refused{api::GrantPrincipalType::Group, "strangers", api::AccessLevel::CanQuery};
    world->endpoint.status.databricks = World::told({refused});

    EXPECT_EQ(world->validated().backends.front().grant.wish, Wish::Observe);
  }
}

TEST(ValidateEndpoint, TakesFromAPrincipalWhatItsOwnerNoLongerAllowsThoughTheGrantIsHeld) {
  World waiting;
  waiting.endpoint.spec.management = api::Management::UpsertOnly;
  waiting.endpoint.meta.deletion_timestamp = "2026-11-22T00:00:00Z";
  World paused;
  paused.endpoint.meta.annotations["sallyport.dev/paused"] = "true";
  paused.endpoint.meta.deletion_timestamp = "2026-11-22T00:00:00Z";
  World invalid;
  invalid.endpoint.errors = {{"spec.access.grants[1].level", "must be one of CanView"}};
  for (World* world : {&waiting, &paused, &invalid}) {
    const api::AccessEntry allowed{api::GrantPrincipalType::Group, "risk-analysts", api::AccessLevel::CanQuery};
    const api::AccessEntry refused{api::GrantPrincipalType::Group, "strangers", api::AccessLevel::CanQuery};
    world->endpoint.status.databricks = World::told({allowed, refused});
    EXPECT_EQ(world->validated().backends.front().grant.wish, Wish::Hold) << "we granted nothing there";
    world->endpoint.status.placements = {
        {api::PlacementSystem::Databricks, "prod-eu", "serving-endpoints/fraud-scoring", "", "h", 1}};

    const Validated v = world->validated();

    EXPECT_EQ(v.backends.front().grant.wish, Wish::Present);
    ASSERT_THAT(v.backends.front().grants, SizeIs(1));
    EXPECT_EQ(v.backends.front().grants.front().principal, "risk-analysts");
    Found unseen = world->found();
    unseen.ns = nullptr;
    EXPECT_EQ(validate(unseen).backends.front().grant.wish, Wish::Hold)
        << "nor is it while the namespace has not been seen";
    unseen = world->found();
    unseen.backends.front().workspace = nullptr;
    EXPECT_EQ(validate(unseen).backends.front().grant.wish, Wish::Hold) << "what is allowed is not known";
  }
}

TEST(ValidateEndpoint, OnlyLooksWhenToldToObserve) {
  World world;
  world.endpoint.spec.management = api::Management::Observe;

  const Validated v = world.validated();

  for (const Decision* decision : v.decisions()) EXPECT_EQ(decision->wish, Wish::Observe);
}

TEST(ValidateEndpoint, TakesNothingAwayWhenToldToUpsertOnly) {
  World world;
  world.endpoint.spec.management = api::Management::UpsertOnly;
  world.endpoint.spec.client = api::Client{false, "", {}};
  world.endpoint.status.databricks =
      World::told({{api::GrantPrincipalType::Group, "risk-former", api::AccessLevel::CanQuery}});
  world.endpoint.status.placements = {
      {api::PlacementSystem::Databricks, "prod-eu", "serving-endpoints/fraud-scoring", "", "h", 1}};

  const Validated v = world.validated();

  EXPECT_EQ(v.client.wish, Wish::Hold);
  EXPECT_THAT(v.backends.front().grants, SizeIs(2));
}

TEST(ValidateEndpoint, GivesNobodyMoreThanStatusCanTellOfWhenToldToUpsertOnly) {
  World world;
  world.endpoint.spec.management = api::Management::UpsertOnly;
  world.endpoint.status.placements = granted_at("fraud-scoring");
  std::vector<api::AccessEntry> held;
  for (int i = 0; i < 40; ++i) {
    const std::string number = std::to_string(100 + i);
    held.push_back({api::GrantPrincipalType::Group, "risk-held-" + number, api::AccessLevel::CanView});
    world.endpoint.spec.access->grants.push_back(
        {api::GrantPrincipalType::Group, "risk-new-" + number, api::AccessLevel::CanView});
  }
  world.endpoint.spec.access->grants.push_back(held.back());
  world.endpoint.spec.access->grants.back().level = api::AccessLevel::CanQuery;
  world.endpoint.status.databricks = World::told(held);

  const Validated v = world.validated();

  EXPECT_THAT(v.backends.front().surplus, SizeIs(17)) << "41 more, and room for 24";
  EXPECT_THAT(world.fragments().grants.front().fragment.grants, SizeIs(64));
  EXPECT_EQ(v.backends.front().grants.back().principal, "risk-held-139");
  EXPECT_EQ(v.backends.front().grants.back().level, api::AccessLevel::CanQuery) << "who is held needs no room";
}

TEST(ValidateEndpoint, HoldsWhatDependsOnAConnectionThatIsNotThere) {
  World world;
  Found found = world.found();
  found.backends.front().workspace = nullptr;

  const Validated v = validate(found);

  EXPECT_EQ(v.backends.front().grant.wish, Wish::Hold);
  EXPECT_EQ(v.edge.wish, Wish::Hold);
  EXPECT_EQ(v.client.wish, Wish::Present);
  EXPECT_THAT(v.resolved_refs.message, HasSubstr("DatabricksWorkspace 'prod-eu'"));
}

TEST(ValidateEndpoint, AsksForAConnectionWhereNoneIsNamed) {
  World world;
  world.endpoint.spec.identity.provider_ref.name = "";
  Found found = world.found();
  found.provider = nullptr;

  EXPECT_THAT(validate(found).resolved_refs.message,
              HasSubstr("spec.identity.providerRef.name: must name the IdentityProvider"));
}

TEST(ValidateManagement, NamesAPrincipalOnceThoughItIsHeldAndWanted) {
  World world;
  world.endpoint.spec.management = api::Management::UpsertOnly;
  world.endpoint.status.placements = {
      {api::PlacementSystem::Databricks, "prod-eu", "serving-endpoints/fraud-scoring", "", "h", 1}};
  const auto entry = [](const char* name, const char* until = "") {
    return api::AccessEntry{api::GrantPrincipalType::Group, name, api::AccessLevel::CanQuery, until};
  };
  world.endpoint.status.databricks = World::told({entry("risk-a"), entry("risk-dropped"), entry("risk-ended")});
  world.endpoint.spec.access->grants = {entry("risk-a", "2030-01-01T00:00:00Z"),
                                        entry("risk-ended", "1970-01-01T00:00:00Z")};

  const Validated v = world.validated();

  ASSERT_THAT(v.backends.front().grants, SizeIs(2));
  EXPECT_EQ(v.backends.front().grants[0], entry("risk-dropped"));
  EXPECT_EQ(v.backends.front().grants[1], entry("risk-a", "2030-01-01T00:00:00Z"));
}

}  // namespace
}  // namespace sallyport::protected_endpoint
