// SPDX-License-Identifier: Apache-2.0
// What becomes of an object whose spec cannot be read as a whole.
#include <gmock/gmock.h>

#include "reconcilers/protected_endpoint/place.hpp"
#include "reconcilers/protected_endpoint/validate.hpp"
#include "tests/reconcilers/protected_endpoint/world.hpp"

namespace sallyport::protected_endpoint {
namespace {

using ir::Wish;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using testing::World;

std::vector<api::Placement> granted_at(const std::string& serving_endpoint) {
  return {{api::PlacementSystem::Databricks, "prod-eu", grant_placement_id(serving_endpoint), "", "h", 1}};
}

TEST(ValidateInvalid, HoldsEverythingOfASpecThatCannotBeRead) {
  World world;
  world.endpoint.errors = {{"spec.traffic.maxConcurrent", "must be a whole number"}};
  world.endpoint.status.databricks =
      World::told({{api::GrantPrincipalType::Group, "risk-analysts", api::AccessLevel::CanQuery}});

  const Validated v = world.validated();

  EXPECT_EQ(v.client.wish, Wish::Hold);
  EXPECT_EQ(v.edge.wish, Wish::Hold);
  EXPECT_THAT(v.accepted.message, HasSubstr("spec.traffic.maxConcurrent must be a whole number"));
}

TEST(ValidateInvalid, CarriesOutARemovalInsideAnOtherwiseInvalidEdit) {
  World world;
  world.endpoint.errors = {{"spec.traffic.maxConcurrent", "must be a whole number"}};
  const api::AccessEntry kept{api::GrantPrincipalType::Group, "risk-analysts", api::AccessLevel::CanQuery};
  const api::AccessEntry removed{api::GrantPrincipalType::Group, "risk-leads", api::AccessLevel::CanQuery};
  const api::AccessEntry added{api::GrantPrincipalType::Group, "risk-interns", api::AccessLevel::CanQuery};
  world.endpoint.status.databricks = World::told({kept, removed});
  world.endpoint.status.placements = granted_at("fraud-scoring");
  world.endpoint.spec.access->grants = {kept, added};

  const Validated v = world.validated();

  EXPECT_EQ(v.backends.front().grant.wish, Wish::Present);
  ASSERT_THAT(v.backends.front().grants, SizeIs(1));
  EXPECT_EQ(v.backends.front().grants.front().principal, "risk-analysts");
}

TEST(ValidateInvalid, LowersALevelInsideAnOtherwiseInvalidEditAndRaisesNone) {
  World world;
  world.endpoint.errors = {{"spec.traffic.maxConcurrent", "must be a whole number"}};
  api::AccessEntry lowered{api::GrantPrincipalType::Group, "risk-analysts", api::AccessLevel::CanQuery};
  api::AccessEntry raised{api::GrantPrincipalType::Group, "risk-leads", api::AccessLevel::CanView};
  world.endpoint.status.databricks = World::told({lowered, raised});
  world.endpoint.status.placements = granted_at("fraud-scoring");
  lowered.level = api::AccessLevel::CanView;
  raised.level = api::AccessLevel::CanQuery;
  world.endpoint.spec.access->grants = {lowered, raised};

  const Validated v = world.validated();

  EXPECT_EQ(v.backends.front().grant.wish, Wish::Present);
  ASSERT_THAT(v.backends.front().grants, SizeIs(2)) << "both are held and wanted";
  for (const api::AccessEntry& entry : v.backends.front().grants) EXPECT_EQ(entry.level, api::AccessLevel::CanView);
}

TEST(ValidateInvalid, GrantsNothingElsewhereByAnEditThatIsOtherwiseInvalid) {
  World world;
  world.endpoint.errors = {{"spec.traffic.maxConcurrent", "must be a whole number"}};
  world.endpoint.status.databricks = World::told(world.endpoint.spec.access->grants);
  world.endpoint.status.placements = granted_at("fraud-former");

  EXPECT_EQ(world.validated().backends.front().grant.wish, Wish::Hold);
  for (const auto& [connection, fragment] : world.fragments().grants) EXPECT_EQ(fragment.wish, Wish::Hold);

  world.endpoint.status.placements = granted_at("fraud-scoring");
  EXPECT_EQ(world.validated().backends.front().grant.wish, Wish::Present);
  world.endpoint.status.databricks.clear();
  EXPECT_EQ(world.validated().backends.front().grant.wish, Wish::Hold) << "what is held is not known";
}

TEST(ValidateInvalid, WithdrawsFromANamespaceThatMayNotThoughSomethingElseOfTheSpecCannotBeRead) {
  World world;
  world.gateway.spec.allow.front().namespaces = {};
  world.endpoint.errors = {{"spec.identity.cacheWindow", "is not known"}, {"spec.host", "is no host"}};

  EXPECT_EQ(world.validated().edge.wish, Wish::Absent);

  World unreadable;
  unreadable.endpoint.spec.identity.enforcement.reset();
  unreadable.endpoint.errors = {{"spec.identity.enforcement.accessProfile", "is no path"}};
  EXPECT_EQ(unreadable.validated().edge.wish, Wish::Hold) << "a policy that only cannot be read is not given up";
}

TEST(ValidateInvalid, HoldsAClientAndGrantsThatOnlyCannotBeRead) {
  World world;
  world.endpoint.spec.identity.required_scopes = {""};
  world.endpoint.errors = {{"spec.identity.requiredScopes[0]", "must be a string"}};
  Validated v = world.validated();
  EXPECT_EQ(v.client.wish, Wish::Hold);
  EXPECT_EQ(v.edge.wish, Wish::Hold);
  EXPECT_EQ(v.accepted.reason, "InvalidSpec");

  World bad_name;
  bad_name.endpoint.spec.backends.front().serving->endpoint.clear();
  bad_name.endpoint.errors = {{"spec.backends[0].serving.endpoint", "must be a name"}};
  v = bad_name.validated();
  EXPECT_EQ(v.backends.front().grant.wish, Wish::Hold);
  EXPECT_EQ(v.edge.wish, Wish::Hold);
  EXPECT_EQ(v.client.wish, Wish::Hold);
}

TEST(ValidateInvalid, WithdrawsWhatIsReallyNotAllowedBesideWhatCannotBeRead) {
  World world;
  world.endpoint.spec.identity.required_scopes = {""};
  world.endpoint.errors = {{"spec.identity.requiredScopes[0]", "must be a string"},
                           {"spec.backends[0].workspaceRef.colour", "is no known field"}};
  world.workspace.spec.allow.clear();

  const Validated v = world.validated();

  EXPECT_EQ(v.client.wish, Wish::Hold);
  EXPECT_TRUE(v.backends.front().grant.withdrawn) << "the namespace may not, whatever else is written there";
  EXPECT_EQ(v.edge.wish, Wish::Absent);
}

}  // namespace
}  // namespace sallyport::protected_endpoint
