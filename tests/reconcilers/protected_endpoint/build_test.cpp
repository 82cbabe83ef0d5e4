// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/protected_endpoint/build.hpp"

#include <gmock/gmock.h>

#include "tests/reconcilers/protected_endpoint/world.hpp"

namespace sallyport::protected_endpoint {
namespace {

using ir::Wish;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using testing::World;

TEST(BuildFragments, DescribesTheRouteInOurOwnWords) {
  const ir::EdgeFragment edge = World().fragments().edges.front().fragment;

  EXPECT_EQ(edge.wish, Wish::Present);
  EXPECT_EQ(edge.host, "fraud.ml.example.com");
  EXPECT_EQ(edge.address, "192.0.2.33");
  EXPECT_EQ(edge.upstream.host, "adb-1.7.azuredatabricks.net");
  EXPECT_EQ(edge.upstream.port, 443);
  EXPECT_THAT(edge.allowed_paths, ElementsAre("/serving-endpoints/fraud-scoring/invocations"));
  EXPECT_EQ(edge.policy.access_profile, "/Common/corp_oauth");
  EXPECT_EQ(edge.certificate.name, "fraud-tls");
}

TEST(BuildFragments, SendsRequestsToTheRouteOptimisedHostWithItsOwnPath) {
  const World world;
  const Fragments fragments =
      build(world.validated(),
            {InstanceId("abcd1234"),
             Slot{{"t", "a"}, "192.0.2.33"},
             {{"https://x1.serving.cloud.databricks.com/1234/serving-endpoints/fraud-scoring/invocations"}}});

  EXPECT_EQ(fragments.edges.front().fragment.upstream.host, "x1.serving.cloud.databricks.com");
  EXPECT_THAT(fragments.edges.front().fragment.allowed_paths,
              ElementsAre("/1234/serving-endpoints/fraud-scoring/invocations"));
}

TEST(BuildFragments, HoldsTheRouteUntilItIsKnownWhereItGoes) {
  const World world;
  const Fragments fragments = build(world.validated(), {InstanceId("abcd1234"), Slot{{"t", "a"}, "192.0.2.33"}});

  EXPECT_EQ(fragments.edges.front().fragment.wish, Wish::Hold);
  EXPECT_THAT(places_of(fragments), SizeIs(2));
}

TEST(BuildFragments, KeepsTheHighestLevelOfAPrincipalNamedTwice) {
  World world;
  world.workspace.spec.allow.front().max_level = api::AccessLevel::CanManage;
  world.endpoint.spec.access->grants = {
      {api::GrantPrincipalType::ServicePrincipal, "risk-AA", api::AccessLevel::CanQuery},
      {api::GrantPrincipalType::ServicePrincipal, "risk-aa", api::AccessLevel::CanView}};

  const auto grants = world.fragments().grants.front().fragment.grants;

  ASSERT_THAT(grants, SizeIs(1));
  EXPECT_EQ(grants.front().level, ir::Level::CanQuery);
}

TEST(BuildFragments, KnowsTheClientThatWasAppliedAtThisProviderAndNoOther) {
  World world;
  world.endpoint.status.client = api::ClientStatus{"c1", "fraud-scoring-client", 0, {}};
  const auto known_with = [&world](const std::string& connection, const std::string& hash) {
    world.endpoint.status.placements = {
        {api::PlacementSystem::OIDC, connection, "client/" + world.endpoint.meta.uid.str(), "", hash, 1}};
    return world.fragments().clients.front().fragment.known_id;
  };
  const std::string here = world.endpoint.spec.identity.provider_ref.name;

  EXPECT_EQ(known_with(here, "h"), "c1");
  EXPECT_EQ(known_with(here, ""), "") << "not applied yet";
  EXPECT_EQ(known_with("old-idp", "h"), "") << "during a move, status tells of the former one";
  EXPECT_EQ(known_with(here, "h"), "c1");
  world.endpoint.status.placements.push_back({api::PlacementSystem::OIDC, "old-idp", "client/x", "", "h", 1});
  EXPECT_EQ(world.fragments().clients.front().fragment.known_id, "") << "it may be the other provider's";
}

TEST(BuildFragments, HandsOnWhatTheStatusCountedOfAKnownClient) {
  World world;
  world.endpoint.status.client = api::ClientStatus{"c1", "fraud-scoring-client", 3, {"c0"}};
  EXPECT_EQ(world.fragments().clients.front().fragment.known_lost, 0) << "not sure whose it is";
  world.endpoint.status.placements = {{api::PlacementSystem::OIDC, world.endpoint.spec.identity.provider_ref.name,
                                       "client/" + world.endpoint.meta.uid.str(), "", "h", 1}};

  const ir::ClientFragment fragment = world.fragments().clients.front().fragment;

  EXPECT_EQ(fragment.known_lost, 3);
  EXPECT_EQ(fragment.known_abandoned, std::vector<std::string>{"c0"});
}

TEST(BuildFragments, CleansUpBehindAMovedEndpoint) {
  World world;
  world.endpoint.status.placements = {
      {api::PlacementSystem::F5, "old-edge", "sp_x/pe_y", "192.0.2.9", "h", 1},
      {api::PlacementSystem::Databricks, "prod-eu", "serving-endpoints/fraud-old", "", "h", 1}};

  const Fragments fragments = world.fragments();

  ASSERT_THAT(fragments.edges, SizeIs(2));
  EXPECT_EQ(fragments.edges[1].connection, "old-edge");
  EXPECT_EQ(fragments.edges[1].fragment.wish, Wish::Absent);
  EXPECT_EQ(fragments.edges[1].fragment.place, (ir::EdgePlace{"sp_x", "pe_y"}));
  ASSERT_THAT(fragments.grants, SizeIs(2));
  EXPECT_EQ(fragments.grants[1].fragment.serving_endpoint, "fraud-old");
}

class FormerPlaces : public ::testing::Test {
 protected:
  FormerPlaces() {
    world.former_gateways = {world.gateway};
    world.former_gateways.front().meta.name = "old-edge";
    world.former_providers = {world.provider};
    world.former_providers.front().meta.name = "old-idp";
    world.endpoint.status.placements = {
        {api::PlacementSystem::F5, "old-edge", "sp_x/pe_y", "192.0.2.9", "h", 1},
        {api::PlacementSystem::OIDC, "old-idp", "client/4d1c", "", "h", 1},
        {api::PlacementSystem::Databricks, "prod-eu", "serving-endpoints/fraud-old", "", "h", 1}};
  }
  /// Of the former gateway, the former provider and the former serving endpoint.
  [[nodiscard]] std::vector<Wish> wishes() const {
    const Fragments fragments = world.fragments();
    return {fragments.edges.at(1).fragment.wish, fragments.clients.at(1).fragment.wish,
            fragments.grants.at(1).fragment.wish};
  }
  void shut_out() {
    world.former_gateways.front().spec.allow.clear();
    world.former_providers.front().spec.allow.clear();
    world.workspace.spec.allow.front().serving_endpoints = {"fraud-scoring"};
  }
  void allow_orphans() {
    world.gateway.spec.allow.front().orphan = true;
    world.provider.spec.allow.front().orphan = true;
    world.workspace.spec.allow.front().orphan = true;
  }

  World world;
};

TEST_F(FormerPlaces, GoWhenTheirOwnConnectionNoLongerAllowsThemWhateverTheTeamSays) {
  world.endpoint.spec.management = api::Management::UpsertOnly;
  EXPECT_THAT(wishes(), ElementsAre(Wish::Hold, Wish::Hold, Wish::Hold));
  shut_out();
  EXPECT_THAT(wishes(), ElementsAre(Wish::Absent, Wish::Absent, Wish::Absent));

  world.endpoint.spec.management = api::Management::Enforce;
  world.endpoint.meta.annotations["sallyport.dev/paused"] = "true";
  EXPECT_THAT(wishes(), ElementsAre(Wish::Absent, Wish::Absent, Wish::Absent));
}

TEST_F(FormerPlaces, StayBehindOnlyWhereTheirOwnOwnerAllowsIt) {
  world.endpoint.spec.deletion_policy = api::DeletionPolicy::Orphan;
  world.endpoint.meta.deletion_timestamp = "2026-11-22T00:00:00Z";
  allow_orphans();
  EXPECT_THAT(wishes(), ElementsAre(Wish::Absent, Wish::Absent, Wish::Release));

  world.former_gateways.front().spec.allow.front().orphan = true;
  EXPECT_THAT(wishes(), ElementsAre(Wish::Release, Wish::Absent, Wish::Release));

  world.former_gateways.clear();
  EXPECT_EQ(wishes().front(), Wish::Release) << "that a connection is not known refuses nothing";
}

TEST_F(FormerPlaces, KeepADeletionWaitingThatMayNeitherRemoveNorLeaveThem) {
  world.endpoint.spec.management = api::Management::UpsertOnly;
  world.endpoint.meta.deletion_timestamp = "2026-11-22T00:00:00Z";
  allow_orphans();

  EXPECT_EQ(world.validated().edge.why.reason, "KeptByManagement");
  EXPECT_THAT(wishes(), ElementsAre(Wish::Hold, Wish::Hold, Wish::Hold));
}

TEST_F(FormerPlaces, NeedTheConsentThatTheirOwnWorkspaceAsksFor) {
  for (const auto& [connection, fragment] : world.fragments().grants) EXPECT_TRUE(fragment.require_tag);

  Found unknown = world.found();
  unknown.backends.front().workspace = nullptr;
  unknown.placed_at.workspaces.clear();
  const Fragments fragments = build(validate(unknown), {InstanceId("abcd1234"), std::nullopt});
  EXPECT_EQ(fragments.grants.size(), 2U);
  for (const auto& [connection, fragment] : fragments.grants)
    EXPECT_FALSE(fragment.require_tag) << "nothing follows from a workspace that has not been seen";

  world.workspace.spec.consent = api::Consent::None;
  for (const auto& [connection, fragment] : world.fragments().grants) EXPECT_FALSE(fragment.require_tag);
}

TEST_F(FormerPlaces, StayAsTheyAreWhileTheServingEndpointCannotBeRead) {
  world.endpoint.status.placements.push_back(
      {api::PlacementSystem::Databricks, "prod-eu", "serving-endpoints/fraud-scoring", "", "h", 1});
  world.endpoint.spec.backends.front().serving->endpoint.clear();
  world.endpoint.errors = {{"spec.backends[0].serving.endpoint", "must be a name"}};

  const Fragments fragments = world.fragments();

  ASSERT_THAT(fragments.grants, SizeIs(3));
  for (const auto& placed : fragments.grants) EXPECT_EQ(placed.fragment.wish, Wish::Hold);
}

TEST(BuildFragments, RecordsEveryPlaceBeforeItIsWrittenTo) {
  const auto places = places_of(World().fragments());

  ASSERT_THAT(places, SizeIs(3));
  EXPECT_EQ(places[0].system, api::PlacementSystem::F5);
  EXPECT_EQ(places[0].address, "192.0.2.33");
  EXPECT_THAT(places[0].hash, IsEmpty());
  EXPECT_EQ(places[1].id, "client/4d1c");
  EXPECT_EQ(places[2].id, "serving-endpoints/fraud-scoring");
}

TEST(BuildFragments, GivesTheSameHashForTheSameWishWhateverTheGeneration) {
  World world;
  const std::string before = world.fragments().edges.front().fragment.hash();
  world.endpoint.meta.generation = 9;
  world.endpoint.meta.resource_version = "200";

  EXPECT_EQ(world.fragments().edges.front().fragment.hash(), before);

  world.tls.handle.resource_version = "8";
  EXPECT_NE(world.fragments().edges.front().fragment.hash(), before);
}

TEST(BuildFragments, DescribesTheTokenCheckOfAnNginx) {
  World world;
  world.use_nginx();
  world.provider.spec.ca_bundle = "issuer's";
  world.provider.spec.keys.emplace().refresh = std::chrono::minutes(1);
  world.provider.spec.tokens->algorithms = {api::TokenAlgorithm::PS256};
  world.workspace.spec.ca_bundle = "workspace's";
  world.endpoint.spec.identity.required_groups = {"b", "a"};
  world.endpoint.spec.traffic.emplace().rate_limit = {50, 100};
  world.endpoint.spec.access->grants.push_back(
      {api::GrantPrincipalType::Group, "risk-leavers", api::AccessLevel::CanQuery, "1970-01-01T00:00:00Z"});

  const ir::EdgeFragment edge = world.fragments().edges.front().fragment;

  ASSERT_TRUE(edge.check.has_value());
  const ir::TokenCheck& check = *edge.check;
  EXPECT_EQ(check.issuer.issuer, "https://login.example.com");
  EXPECT_EQ(check.issuer.jwks_uri, "https://login.example.com/jwks");
  EXPECT_EQ(check.issuer.ca_bundle, "issuer's");
  EXPECT_EQ(check.issuer.refresh, std::chrono::minutes(1));
  EXPECT_EQ(check.issuer.stale_after, std::chrono::hours(24));
  EXPECT_EQ(check.profile, "RFC9068");
  EXPECT_THAT(check.algorithms, ElementsAre("PS256"));
  EXPECT_EQ(check.audience, "https://ml.example.com");
  EXPECT_THAT(check.scopes, ElementsAre("fraud:score"));
  EXPECT_THAT(check.groups, ElementsAre("a", "b"));
  EXPECT_EQ(check.cache_window, std::chrono::seconds(30));
  EXPECT_EQ(check.rate_limit->burst, 100);
  ASSERT_THAT(check.backends, SizeIs(1));
  EXPECT_EQ(check.backends.front().name, "eu");
  EXPECT_EQ(check.backends.front().host.host, "adb-1.7.azuredatabricks.net");
  EXPECT_EQ(check.backends.front().path, "/serving-endpoints/fraud-scoring/invocations");
  EXPECT_EQ(check.backends.front().token_endpoint, "https://adb-1.7.azuredatabricks.net/oidc/v1/token");
  EXPECT_EQ(check.backends.front().ca_bundle, "workspace's");
  ASSERT_THAT(check.admitted, SizeIs(2));  // the gateway refuses by itself whose time is over
  EXPECT_EQ(check.admitted[1].until, "1970-01-01T00:00:00Z");
  EXPECT_THAT(world.fragments().grants.front().fragment.grants, SizeIs(1));
  EXPECT_EQ(edge.address, "edge.example.com");
}

TEST(BuildFragments, KeepsTheSharedAddressOfAnNginxOutOfTheLedger) {
  World world;
  world.use_nginx();
  EXPECT_EQ(places_of(world.fragments()).front().address, "");
  EXPECT_EQ(places_of(World().fragments()).front().address, "192.0.2.33");
}

TEST(BuildFragments, ReadsKeycloaksTokensAsKeycloaks) {
  World world;
  world.use_nginx();
  world.provider.spec.type = api::IdentityProviderType::Keycloak;
  EXPECT_EQ(world.fragments().edges.front().fragment.check->profile, "Keycloak");
  world.provider.spec.tokens->profile = api::TokenProfile::Entra;
  EXPECT_EQ(world.fragments().edges.front().fragment.check->profile, "Entra");
  EXPECT_THAT(world.fragments().edges.front().fragment.check->algorithms, ElementsAre("ES256", "RS256"));
}

TEST(BuildFragments, AsksForTokensOfARouteOptimisedEndpointAsItsWorkspaceSays) {
  World world;
  world.use_nginx();
  const Fragments fragments =
      build(world.validated(), {InstanceId("abcd1234"), Slot{{"t", "a"}, ""}, {{World::kInvocations, "[details]"}}});
  EXPECT_EQ(fragments.edges.front().fragment.check->backends.front().authorization_details, "[details]");
}

TEST(BuildEndpoint, GrantsTheOnePrincipalThatGoesUpstreamAndLetsInOnlyTheDeclaredCallers) {
  World world;
  world.use_nginx();
  world.workspace.spec.allow[0].principals.emplace_back("6f1c*");
  world.endpoint.spec.upstream = {api::UpstreamType::ServicePrincipal,
                                  api::UpstreamPrincipal{"6f1c", "fraud-upstream"}};
  world.upstream = {SecretState::Standing::Usable, {"risk", "fraud-upstream", "uid-up", "1"}};

  const Fragments fragments = world.fragments();

  std::vector<std::string> granted;
  for (const ir::Grant& grant : fragments.grants.front().fragment.grants) granted.push_back(grant.principal.value);
  EXPECT_EQ(granted, (std::vector<std::string>{"risk-analysts", "6f1c"}));
  const ir::TokenCheck& check = *fragments.edges.front().fragment.check;
  ASSERT_TRUE(check.principal.has_value());
  EXPECT_EQ(check.principal->application_id, "6f1c");
  EXPECT_EQ(check.principal->credentials.name, "fraud-upstream");
  ASSERT_EQ(check.admitted.size(), 1U);
  EXPECT_EQ(check.admitted[0].principal, "risk-analysts");

  const std::string before = fragments.edges.front().fragment.hash();
  world.upstream.handle.resource_version = "2";  // rotated
  EXPECT_NE(world.fragments().edges.front().fragment.hash(), before);
}

}  // namespace
}  // namespace sallyport::protected_endpoint
