// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/protected_endpoint/decide.hpp"

#include <gmock/gmock.h>

#include <functional>

#include "tests/reconcilers/protected_endpoint/world.hpp"

namespace sallyport::protected_endpoint {
namespace {

using ir::Wish;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using testing::World;

TEST(DecideEndpoint, PublishesNothingWithoutATokenPolicy) {
  World world;
  world.endpoint.spec.identity.enforcement.reset();

  const Validated v = world.validated();

  EXPECT_EQ(v.edge.wish, Wish::Absent);
  EXPECT_EQ(v.token_policy.reason, "NoPolicy");
  EXPECT_EQ(v.client.wish, Wish::Present);
}

TEST(DecideEndpoint, PublishesNothingWithAPolicyThatTheGatewayDoesNotAllow) {
  World world;
  world.endpoint.spec.identity.enforcement->per_request_policy = "/Common/everything_goes";

  const Validated v = world.validated();

  EXPECT_EQ(v.edge.wish, Wish::Absent);
  EXPECT_EQ(v.token_policy.reason, "NotAllowed");
  EXPECT_THAT(v.token_policy.message, HasSubstr("spec.identity.enforcement.perRequestPolicy"));
}

TEST(DecideEndpoint, RefusesAScopeThatIsNotAllowed) {
  World world;
  world.endpoint.spec.identity.required_scopes = {"fraud:score", "payroll:read"};

  const Validated v = world.validated();

  EXPECT_TRUE(v.client.withdrawn);
  EXPECT_THAT(v.accepted.message, HasSubstr("spec.identity.requiredScopes[1]"));
}

TEST(DecideEndpoint, OpensNoDoorToTokensOfAProviderThatDoesNotAllowItThoughItManagesNoClient) {
  World world;
  world.endpoint.spec.client = api::Client{false, "", {}};
  EXPECT_EQ(world.validated().client.why.reason, "NotManaged");
  EXPECT_EQ(world.validated().edge.wish, Wish::Present);

  world.endpoint.spec.identity.required_scopes = {"payroll:read"};
  EXPECT_TRUE(world.validated().edge.withdrawn);
  EXPECT_THAT(world.validated().accepted.message, HasSubstr("spec.identity.requiredScopes[0]"));

  world.endpoint.spec.identity.required_scopes.clear();
  world.endpoint.spec.identity.audience = "https://payroll.example.com";
  EXPECT_TRUE(world.validated().edge.withdrawn);

  Found found = World().found();
  auto unmanaged = std::make_shared<store::Object<api::ProtectedEndpoint>>(*found.object);
  unmanaged->spec.client = api::Client{false, "", {}};
  found.object = unmanaged;
  found.provider = nullptr;
  const Validated unresolved = validate(found);
  EXPECT_EQ(unresolved.resolved_refs.reason, "RefNotFound");
  EXPECT_EQ(unresolved.edge.wish, Wish::Hold);
}

TEST(DecideEndpoint, WithdrawsAClientThatIsNoLongerManagedFromANamespaceThatIsNoLongerAllowed) {
  for (const api::Management management : {api::Management::UpsertOnly, api::Management::Observe}) {
    World world;
    world.endpoint.spec.client = api::Client{false, "", {}};
    world.endpoint.spec.management = management;
    EXPECT_EQ(world.validated().client.wish, Wish::Hold) << "management keeps it";

    world.provider.spec.allow.clear();

    EXPECT_EQ(world.validated().client.wish, Wish::Absent);
    EXPECT_TRUE(world.validated().client.withdrawn);
    EXPECT_TRUE(world.validated().edge.withdrawn);
  }
}

TEST(DecideEndpoint, SeparatesGrantsThatAreNotAllowedFromThoseThatAre) {
  World world;
  world.endpoint.spec.access->grants = {{api::GrantPrincipalType::Group, "risk-analysts", api::AccessLevel::CanQuery},
                                        {api::GrantPrincipalType::Group, "risk-leads", api::AccessLevel::CanManage},
                                        {api::GrantPrincipalType::Group, "marketing", api::AccessLevel::CanQuery}};

  const Validated v = world.validated();

  ASSERT_THAT(v.backends.front().grants, SizeIs(1));
  EXPECT_EQ(v.backends.front().grants.front().principal, "risk-analysts");
  EXPECT_THAT(v.backends.front().refused, SizeIs(2));
}

TEST(DecideEndpoint, NeverLetsAWildcardCoverTheGroupsThatMeanEverybody) {
  World world;
  world.workspace.spec.allow.front().principals = {"*"};
  world.endpoint.spec.access->grants = {{api::GrantPrincipalType::Group, "Users", api::AccessLevel::CanQuery},
                                        {api::GrantPrincipalType::Group, "account users", api::AccessLevel::CanQuery},
                                        {api::GrantPrincipalType::Group, "admins", api::AccessLevel::CanQuery}};

  EXPECT_THAT(world.validated().backends.front().grants, IsEmpty());

  world.workspace.spec.allow.front().principals = {"*", "users"};
  EXPECT_THAT(world.validated().backends.front().grants, SizeIs(1));
}

TEST(DecideEndpoint, GivesAHostToTheOlderEndpointOnly) {
  World world;
  Found found = world.found();
  auto winner = std::make_shared<store::Object<api::ProtectedEndpoint>>(world.endpoint);
  winner->meta.name = "elder";
  winner->meta.ns = "alpha";
  found.host_winner = winner;

  const Validated v = validate(found);

  EXPECT_EQ(v.edge.wish, Wish::Absent);
  EXPECT_THAT(v.conflicted.message, HasSubstr("alpha/elder"));
}

TEST(DecideEndpoint, HoldsAClientThatIsAskedToBecomeAnotherOne) {
  World world;
  world.endpoint.meta.annotations["sallyport.dev/adopt-client"] = "payroll";

  const Validated v = world.validated();

  EXPECT_EQ(v.client.wish, Wish::Hold);
  EXPECT_EQ(v.edge.wish, Wish::Hold);
  EXPECT_EQ(v.accepted.reason, "NotAllowed");
  EXPECT_THAT(v.accepted.message, HasSubstr("'payroll' may not be taken over"));
}

TEST(DecideEndpoint, KeepsAClientThatWasTakenOverBeforeItsOwnerTidiedTheList) {
  World world;
  world.endpoint.meta.annotations["sallyport.dev/adopt-client"] = "legacy";
  world.endpoint.status.client = api::ClientStatus{"legacy", "fraud-scoring-client", 0, {}};
  world.endpoint.status.placements = {{api::PlacementSystem::OIDC, "corporate", "client/4d1c", "", "", 0}};
  EXPECT_EQ(world.validated().client.wish, Wish::Hold) << "it is not taken over yet";

  world.endpoint.status.placements.front().hash = "h";
  EXPECT_EQ(world.validated().client.wish, Wish::Present);
  EXPECT_TRUE(world.validated().accepted.ok());
}

TEST(DecideEndpoint, PlacesNothingNewOnAConnectionThatIsBeingDeleted) {
  World world;
  world.gateway.meta.deletion_timestamp = "2026-11-22T00:00:00Z";
  world.provider.meta.deletion_timestamp = "2026-11-22T00:00:00Z";
  world.workspace.meta.deletion_timestamp = "2026-11-22T00:00:00Z";

  Validated v = world.validated();
  for (const Decision* decision : v.decisions()) {
    EXPECT_EQ(decision->wish, Wish::Hold);
    EXPECT_EQ(decision->why.reason, "ConnectionDeleting");
  }
  EXPECT_THAT(v.resolved_refs.message, HasSubstr("name another one"));

  world.endpoint.status.placements = places_of(World().fragments());
  v = world.validated();
  for (const Decision* decision : v.decisions())
    EXPECT_EQ(decision->wish, Wish::Present) << "what is placed there goes on";
  EXPECT_TRUE(v.resolved_refs.ok());
}

TEST(DecideEndpoint, WantsNothingOfAConnectionThatIsDeclaredGoneForGood) {
  World world;
  world.workspace.meta.annotations["sallyport.dev/force-release"] = "prod-eu";

  const Validated v = world.validated();

  EXPECT_EQ(v.backends.front().grant.wish, Wish::Hold);
  EXPECT_EQ(v.backends.front().grant.why.reason, "ConnectionReleased");
  EXPECT_THAT(v.resolved_refs.message, HasSubstr("name another one"));
}

TEST(DecideGrant, GrantsNothingNewThroughAYoungerConnectionToTheSameWorkspace) {
  World world;
  Found found = world.found();
  auto older = std::make_shared<store::Object<api::DatabricksWorkspace>>(world.workspace);
  older->meta.name = "first";
  found.backends.front().winner = older;

  const Validated fresh = validate(found);
  EXPECT_EQ(fresh.backends.front().grant.wish, Wish::Hold);
  EXPECT_EQ(fresh.backends.front().grant.why.reason, "Conflicted");
  EXPECT_THAT(fresh.resolved_refs.message, HasSubstr("'first' is older"));

  world.endpoint.status.placements = {
      {api::PlacementSystem::Databricks, "prod-eu", grant_placement_id("fraud-scoring"), "", "h", 1}};
  Found placed = world.found();
  placed.backends.front().winner = older;
  EXPECT_EQ(validate(placed).backends.front().grant.wish, Wish::Present);
}

TEST(DecideEndpoint, LetsAnNginxCheckTokensItself) {
  World world;
  world.use_nginx();
  EXPECT_EQ(world.validated().edge.wish, Wish::Present);
  EXPECT_TRUE(world.validated().token_policy.ok());
}

TEST(DecideEndpoint, PublishesNothingThatItsKindOfGatewayCannotSeeTo) {
  struct Case {
    std::function<void(World&)> edit;
    std::string field;
  };
  const api::Enforcement generated{api::EnforcementType::Generated, {}, {}};
  const api::Enforcement reference{api::EnforcementType::Reference, "/Common/corp_oauth", "/Common/corp_oauth_api"};
  const std::vector<Case> on_bigip{
      {[&](World& w) { w.endpoint.spec.identity.enforcement = generated; }, "spec.identity.enforcement.type"},
      {[](World& w) { w.endpoint.spec.identity.required_groups = {"risk"}; }, "spec.identity.requiredGroups"},
      {[](World& w) { w.endpoint.spec.identity.cache_window = std::chrono::seconds(1); }, "spec.identity.cacheWindow"},
      {[](World& w) {
         w.endpoint.spec.traffic.emplace().rate_limit = {1, 1};
       },
       "spec.traffic.rateLimit"},
      {[](World& w) { w.endpoint.spec.upstream = {api::UpstreamType::TokenExchange}; }, "spec.upstream.type"}};
  const std::vector<Case> on_nginx{
      {[&](World& w) { w.endpoint.spec.identity.enforcement = reference; }, "spec.identity.enforcement.type"},
      {[](World& w) { w.endpoint.spec.upstream = {api::UpstreamType::ByPolicy}; }, "spec.upstream.type"},
      {[](World& w) {
         w.gateway.spec.allow[0].references.emplace_back("/Common/waf");
         w.endpoint.spec.security.emplace().waf_policy = "/Common/waf";
       },
       "spec.security.wafPolicy"},
      {[](World& w) { w.provider.spec.tokens.reset(); }, "spec.identity.audience"}};
  const auto check = [](World world, const Case& one) {
    one.edit(world);
    const Validated v = world.validated();
    EXPECT_EQ(v.edge.wish, Wish::Absent) << one.field;
    EXPECT_THAT(v.token_policy.message, ::testing::StartsWith(one.field + ":"));
  };
  for (const Case& one : on_bigip) check(World(), one);
  World nginx;
  nginx.use_nginx();
  for (const Case& one : on_nginx) check(nginx, one);
}

TEST(DecideEndpoint, HoldsWhatItsIssuersKeysAreNotKnownFor) {
  World world;
  world.use_nginx();
  world.provider.status.jwks_uri.clear();
  EXPECT_EQ(world.validated().edge.wish, Wish::Hold);
  EXPECT_THAT(world.validated().edge.why.message, HasSubstr("IdentityProvider 'corporate'"));
}

TEST(DecideGrants, LeavesOutWhatHasEnded) {
  World world;
  const auto entry = [](const char* name, const char* until) {
    return api::AccessEntry{api::GrantPrincipalType::Group, name, api::AccessLevel::CanQuery, until};
  };
  world.endpoint.spec.access->grants = {entry("risk-a", ""), entry("risk-b", "2026-11-22T00:00:00Z"),
                                        entry("risk-c", "2026-11-22T00:00:01Z"), entry("risk-d", "never")};
  Found found = world.found();
  found.now = *parse_rfc3339("2026-11-22T00:00:00Z");

  const Validated v = validate(found);

  ASSERT_THAT(v.backends.front().grants, SizeIs(2));
  EXPECT_EQ(v.backends.front().grants[0].principal, "risk-a");
  EXPECT_EQ(v.backends.front().grants[1].principal, "risk-c");
  EXPECT_THAT(v.backends.front().ended, SizeIs(2));
  EXPECT_THAT(v.backends.front().refused, IsEmpty());
  EXPECT_EQ(next_end(found), found.now + std::chrono::seconds(1));
  found.now += std::chrono::seconds(1);
  EXPECT_EQ(next_end(found), std::nullopt);
}

/// The workspace's owner allows the one principal that goes upstream, and its Secret is there.
World with_one_principal() {
  World world;
  world.use_nginx();
  world.workspace.spec.allow[0].principals.emplace_back("6f1c*");
  world.workspace.status.identity = "5a11";
  world.endpoint.spec.upstream = {api::UpstreamType::ServicePrincipal,
                                  api::UpstreamPrincipal{"6f1c", "fraud-upstream"}};
  world.upstream = {SecretState::Standing::Usable, {"risk", "fraud-upstream", "uid-up", "1"}};
  return world;
}

TEST(DecideEndpoint, SendsAllCallersOnAsOnePrincipalThatTheWorkspaceAllows) {
  const Validated v = with_one_principal().validated();

  EXPECT_EQ(v.edge.wish, Wish::Present) << v.token_policy.message;
  ASSERT_TRUE(v.backends.front().upstream.has_value());
  EXPECT_EQ(v.backends.front().upstream->principal, "6f1c");
  EXPECT_THAT(v.backends.front().grants, SizeIs(1)) << "it is no caller";
}

TEST(DecideEndpoint, SendsNobodyOnAsAPrincipalThatIsNotAllowedOrTheOperatorsOwn) {
  World stranger = with_one_principal();
  stranger.workspace.spec.allow[0].principals.pop_back();
  World own = with_one_principal();
  own.workspace.status.identity = "6f1c";
  for (const World& world : {stranger, own}) {
    const Validated v = world.validated();

    EXPECT_EQ(v.edge.wish, Wish::Absent);
    EXPECT_EQ(v.token_policy.reason, "NotAllowed");
    EXPECT_THAT(v.token_policy.message, HasSubstr("spec.upstream.servicePrincipal.applicationId: '6f1c'"));
  }
}

TEST(DecideEndpoint, HoldsTheRouteWhileItIsNotKnownAsWhomTheOperatorSignsIn) {
  World world = with_one_principal();
  world.workspace.status.identity.clear();

  EXPECT_EQ(world.validated().edge.wish, Wish::Hold);
}

TEST(DecideEndpoint, HoldsTheRouteWhileTheSecretOfTheOnePrincipalIsMissingAndWithdrawsItWithoutItsLabel) {
  World world = with_one_principal();
  world.upstream = {};
  EXPECT_EQ(world.validated().edge.wish, Wish::Hold);
  EXPECT_EQ(world.validated().resolved_refs.reason, "SecretNotFound");
  EXPECT_THAT(world.validated().resolved_refs.message, HasSubstr("spec.upstream.servicePrincipal.secretName"));

  world.upstream.standing = SecretState::Standing::NotUsable;
  EXPECT_TRUE(world.validated().edge.withdrawn);
}

}  // namespace
}  // namespace sallyport::protected_endpoint
