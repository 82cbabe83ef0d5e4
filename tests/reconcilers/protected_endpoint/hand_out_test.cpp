// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/protected_endpoint/hand_out.hpp"

#include <gmock/gmock.h>

#include <functional>

#include "tests/reconcilers/memory_store.hpp"
#include "tests/reconcilers/protected_endpoint/world.hpp"
#include "tests/reconcilers/surroundings.hpp"

namespace sallyport::protected_endpoint {
namespace {

using ir::Outcome;
using ir::Wish;
using sallyport::testing::verdict_of;
using ::testing::SizeIs;

class HandOut : public ::testing::Test {
 protected:
  ~HandOut() override {
    former->stop(std::chrono::seconds(5));
    gateway->stop(std::chrono::seconds(5));
    provider->stop(std::chrono::seconds(5));
    workspace->stop(std::chrono::seconds(5));
  }
  /// As if every connection had been reached.
  void connect() {
    world.gateways.put("edge", gateway);
    world.providers.put("corporate", provider);
    world.workspaces.put("prod-eu", workspace);
  }
  Verdicts hand_out() { return hand_out_fragments(world, objects.validated(), objects.fragments()); }
  void record_client(Outcome outcome) {
    const auto fragment = objects.fragments().clients.front().fragment;
    provider->record(shared::client_target(fragment.owner.uid), fragment, verdict_of(outcome));
  }
  void record_grant(Outcome outcome) {
    const auto fragment = objects.fragments().grants.front().fragment;
    workspace->record(shared::serving_target(fragment.serving_endpoint), fragment, verdict_of(outcome));
  }
  bool route_is_wanted() {
    const auto fragment = objects.fragments().edges.front().fragment;
    return gateway->knows(shared::tenant_target("edge", fragment.place.tenant), fragment.owner.uid);
  }

  sallyport::testing::World objects;
  sallyport::testing::Surroundings around;
  shared::Caches caches;
  sallyport::testing::MemoryStore store{caches};
  shared::World world{store, caches, InstanceId("abcd1234"), around.around(), {}};
  std::shared_ptr<shared::GatewayLink> gateway = std::make_shared<shared::GatewayLink>(
      Key{"F5Gateway", "", "edge"}, sallyport::testing::no_step<shared::GatewayLink>, 1, around.around());
  std::shared_ptr<shared::GatewayLink> former = std::make_shared<shared::GatewayLink>(
      Key{"F5Gateway", "", "former"}, sallyport::testing::no_step<shared::GatewayLink>, 1, around.around());
  std::shared_ptr<shared::IdentityLink> provider = std::make_shared<shared::IdentityLink>(
      Key{"IdentityProvider", "", "corporate"}, sallyport::testing::no_step<shared::IdentityLink>, 1, around.around());
  std::shared_ptr<shared::WorkspaceLink> workspace =
      std::make_shared<shared::WorkspaceLink>(Key{"DatabricksWorkspace", "", "prod-eu"},
                                              sallyport::testing::no_step<shared::WorkspaceLink>, 1, around.around());
};

TEST_F(HandOut, WaitsForConnectionsThatHaveNotBeenMadeYet) {
  const Verdicts verdicts = hand_out();
  ASSERT_TRUE(verdicts.clients[0].has_value());
  EXPECT_EQ(verdicts.clients[0]->outcome, Outcome::Pending);
  EXPECT_EQ(verdicts.grants[0]->outcome, Outcome::Pending);
  EXPECT_FALSE(verdicts.edges[0].has_value());
}

TEST_F(HandOut, OpensNoRouteBeforeItsClientAndItsAccessAreThere) {
  connect();
  (void)hand_out();
  EXPECT_FALSE(route_is_wanted());

  record_client(Outcome::Applied);
  (void)hand_out();
  EXPECT_FALSE(route_is_wanted());

  record_grant(Outcome::Unknown);
  (void)hand_out();
  EXPECT_FALSE(route_is_wanted());

  record_grant(Outcome::Applied);
  (void)hand_out();
  EXPECT_TRUE(route_is_wanted());
}

TEST_F(HandOut, KeepsARouteUpWhileItsClientIsUpdated) {
  connect();
  objects.endpoint.status.placements = places_of(objects.fragments());
  for (api::Placement& placement : objects.endpoint.status.placements) placement.hash = "of an earlier generation";
  (void)hand_out();
  EXPECT_TRUE(route_is_wanted());
}

TEST_F(HandOut, NeedsNoClientWhereNoneIsManaged) {
  connect();
  objects.endpoint.spec.client = api::Client{false, "", {}};
  (void)hand_out();
  record_grant(Outcome::Applied);
  (void)hand_out();
  EXPECT_TRUE(route_is_wanted());
}

TEST_F(HandOut, StaysOpenWithAClientThatIsOnlyKept) {
  objects.endpoint.spec.management = api::Management::UpsertOnly;
  objects.endpoint.spec.client = api::Client{false, "", {}};
  objects.endpoint.status.placements = {
      {api::PlacementSystem::OIDC, "corporate", "client/4d1c", "", "h", 1},
      {api::PlacementSystem::Databricks, "prod-eu", "serving-endpoints/fraud-scoring", "", "h", 1}};
  EXPECT_TRUE(may_open_route(objects.validated(), {}));

  objects.endpoint.status.placements.front().hash.clear();
  EXPECT_FALSE(may_open_route(objects.validated(), {})) << "it never was there";
}

TEST_F(HandOut, AsksNobodyToTakeAwayWhatNoLedgerKnows) {
  connect();
  objects.endpoint.meta.deletion_timestamp = "2026-11-22T10:00:00Z";
  const Verdicts verdicts = hand_out();
  EXPECT_FALSE(verdicts.clients[0].has_value());
  EXPECT_FALSE(provider->knows(shared::client_target(objects.endpoint.meta.uid), objects.endpoint.meta.uid));
  EXPECT_FALSE(route_is_wanted());
}

TEST_F(HandOut, ClosesEveryDoorAtOnceOnDeletion) {
  connect();
  objects.endpoint.status.placements = places_of(objects.fragments());
  objects.endpoint.meta.deletion_timestamp = "2026-11-22T10:00:00Z";
  (void)hand_out();
  EXPECT_TRUE(route_is_wanted());
  const Uid uid = objects.endpoint.meta.uid;
  EXPECT_EQ(provider->wanted(shared::client_target(uid)).at(0).wish, Wish::Absent);
  EXPECT_EQ(workspace->wanted(shared::serving_target("fraud-scoring")).at(0).wish, Wish::Absent);
}

TEST_F(HandOut, OpensNoRouteToAnotherServingEndpointBeforeItHasGranted) {
  objects.endpoint.status.placements = {
      {api::PlacementSystem::OIDC, "corporate", "client/4d1c", "", "h", 1},
      {api::PlacementSystem::Databricks, "prod-eu", "serving-endpoints/former", "", "h", 1}};
  Verdicts verdicts = verdicts_so_far(world, objects.fragments());
  EXPECT_FALSE(may_open_route(objects.validated(), verdicts));

  verdicts.grants.front() = verdict_of(Outcome::Applied);
  EXPECT_TRUE(may_open_route(objects.validated(), verdicts));
}

TEST_F(HandOut, LeavesAFormerPlaceAloneWhileTheNewOneIsNotKnown) {
  connect();
  world.gateways.put("former", former);
  const ir::EdgePlace place{"sp_abcd1234_x_1", "pe_fraud"};
  objects.endpoint.status.placements = {
      {api::PlacementSystem::F5, "former", edge_placement_id(place), "192.0.2.40", "h", 1}};
  objects.endpoint.spec.gateway_ref.name = "edgee";
  objects.gateway.meta.name = "edge";
  protected_endpoint::Found found = objects.found();
  found.gateway = nullptr;
  const Validated unresolved = validate(found);
  const Fragments fragments = build(unresolved, {InstanceId("abcd1234"), std::nullopt});

  (void)hand_out_fragments(world, unresolved, fragments);

  const Key target = shared::tenant_target("former", place.tenant);
  EXPECT_FALSE(former->knows(target, objects.endpoint.meta.uid));

  ir::EdgeFragment going;
  going.wish = Wish::Absent;
  going.owner.uid = objects.endpoint.meta.uid;
  going.place = place;
  former->submit(target, going, runtime::Priority::High);
  (void)hand_out_fragments(world, unresolved, fragments);
  EXPECT_EQ(former->wanted(target).at(0).wish, Wish::Hold) << "what was to go already is taken back";
}

TEST_F(HandOut, ClosesAFormerPlaceAtOnceThatItsOwnerNoLongerAllows) {
  connect();
  world.gateways.put("former", former);
  const ir::EdgePlace place{"sp_abcd1234_x_1", "pe_fraud"};
  objects.endpoint.status.placements = {
      {api::PlacementSystem::F5, "former", edge_placement_id(place), "192.0.2.40", "h", 1}};
  objects.former_gateways = {objects.gateway};
  objects.former_gateways.front().meta.name = "former";
  const Key target = shared::tenant_target("former", place.tenant);
  (void)hand_out();
  EXPECT_FALSE(former->knows(target, objects.endpoint.meta.uid)) << "it stays until the new one is open";

  objects.former_gateways.front().spec.allow.clear();
  (void)hand_out();

  ASSERT_TRUE(former->knows(target, objects.endpoint.meta.uid));
  EXPECT_EQ(former->wanted(target).at(0).wish, Wish::Absent);
}

class Consent : public HandOut {
 protected:
  Consent() {
    connect();
    (void)hand_out();
  }
  void refuse() { say(Outcome::Rejected, Code::Refused); }
  void say(Outcome outcome, std::optional<Code> code = {}) {
    ir::Verdict verdict = verdict_of(outcome);
    if (code) verdict.error = Error{*code, "it does not consent: give it the tag sallyport-namespace=risk", "", {}};
    const auto fragment = objects.fragments().grants.front().fragment;
    workspace->record(shared::serving_target(fragment.serving_endpoint), fragment, verdict);
  }
  Decision edge() {
    Validated validated = objects.validated();
    (void)heed_workspaces(world, validated);
    return validated.edge;
  }
  /// As status tells of it afterwards.
  void tell(const Decision& edge) {
    objects.endpoint.status.conditions = {
        {"RouteProgrammed", schema::ConditionStatus::False, 1, "", edge.why.reason, edge.why.message}};
  }
};

TEST_F(Consent, TakenBackWithdrawsTheRouteUntilItIsThereAgain) {
  say(Outcome::Applied);
  EXPECT_EQ(edge().wish, Wish::Present);

  refuse();
  const Decision refused = edge();
  EXPECT_EQ(refused.wish, Wish::Absent);
  EXPECT_TRUE(refused.withdrawn);
  EXPECT_EQ(refused.why.reason, "NoConsent");
  EXPECT_THAT(refused.why.message, ::testing::HasSubstr("sallyport-namespace=risk"));

  tell(refused);
  say(Outcome::Applied);
  EXPECT_EQ(edge().wish, Wish::Present);
}

TEST_F(Consent, IsNotGivenBackByAnEditOrByAWorkspaceThatDoesNotAnswer) {
  refuse();
  const Decision refused = edge();
  tell(refused);

  say(Outcome::Unknown, Code::Unavailable);
  EXPECT_EQ(edge().why.message, refused.why.message) << "the same words: nothing turns";

  objects.endpoint.spec.access->grants.front().level = api::AccessLevel::CanView;
  (void)hand_out();
  EXPECT_EQ(edge().wish, Wish::Absent) << "no verdict on the new wish yet";
}

TEST_F(Consent, IsNotTakenBackByAWorkspaceThatDoesNotAnswer) {
  EXPECT_EQ(edge().wish, Wish::Present);
  for (const Code code : {Code::Unavailable, Code::Refused, Code::Unauthorized}) {
    say(Outcome::Unknown, code);
    EXPECT_EQ(edge().wish, Wish::Present);
  }
  say(Outcome::Rejected, Code::NotFound);
  EXPECT_EQ(edge().wish, Wish::Present);
}

TEST_F(Consent, OfOneOfSeveralKeepsRequestsFromThatOneAlone) {
  objects.use_second_backend();
  const auto serving = [&] {
    Validated validated = objects.validated();
    return std::pair(heed_workspaces(world, validated), validated);
  };
  const auto second =
      std::make_shared<shared::WorkspaceLink>(Key{"DatabricksWorkspace", "", "prod-us"},
                                              sallyport::testing::no_step<shared::WorkspaceLink>, 1, around.around());
  world.workspaces.put("prod-us", second);
  (void)hand_out();
  const auto say_of = [&](const auto& link, std::size_t backend, ir::Verdict verdict, const char* url) {
    verdict.facts["invocations_url"] = url;
    const auto fragment = objects.fragments().grants[backend].fragment;
    link->record(shared::serving_target(fragment.serving_endpoint), fragment, verdict);
  };
  say_of(workspace, 0, verdict_of(Outcome::Applied), sallyport::testing::World::kInvocations);
  EXPECT_TRUE(serving().first[0].open);
  EXPECT_FALSE(serving().first[1].open) << "its access is not granted yet";

  say_of(second, 1, verdict_of(Outcome::Applied), sallyport::testing::World::kInvocationsOfSecond);
  EXPECT_EQ(serving().first[1].invocations_url, sallyport::testing::World::kInvocationsOfSecond);

  refuse();
  const auto [known, validated] = serving();
  EXPECT_EQ(validated.backends[0].barred.reason, "NoConsent");
  EXPECT_THAT(validated.backends[0].barred.message, ::testing::HasSubstr("spec.backends[0]"));
  EXPECT_TRUE(validated.backends[1].barred.ok());
  EXPECT_EQ(validated.edge.wish, Wish::Present);
  second->stop(std::chrono::seconds(5));
}

TEST_F(Consent, TakenBackClosesTheRouteAndIsToldThoughNothingElseIsDone) {
  const auto paused = [&] { objects.endpoint.meta.annotations["sallyport.dev/paused"] = "true"; };
  const auto observing = [&] { objects.endpoint.spec.management = api::Management::Observe; };
  const auto unreadable = [&] { objects.endpoint.errors = {{"spec.access.grants[0].level", "must be CanView"}}; };
  const sallyport::testing::World fresh = objects;
  for (const auto& [state, wish] : std::vector<std::pair<std::function<void()>, Wish>>{
           {paused, Wish::Observe}, {observing, Wish::Observe}, {unreadable, Wish::Hold}}) {
    objects = fresh;
    state();
    (void)hand_out();
    ASSERT_EQ(workspace->wanted(shared::serving_target("fraud-scoring")).at(0).wish, wish);
    say(Outcome::Unknown);
    EXPECT_NE(edge().wish, Wish::Absent);

    refuse();

    EXPECT_EQ(edge().wish, Wish::Absent);
    EXPECT_EQ(edge().why.reason, "NoConsent");
    const auto told = hand_out().grants.front();
    ASSERT_TRUE(told.has_value());
    EXPECT_EQ(told->outcome, Outcome::Rejected);
  }
}

TEST_F(HandOut, HasTheConsentToWhatIsHeldLookedAtThoughTheProcessIsNew) {
  connect();
  objects.endpoint.errors = {{"spec.access.grants[0].level", "must be CanView"}};
  const Key target = shared::serving_target("fraud-scoring");
  objects.endpoint.status.placements = {
      {api::PlacementSystem::Databricks, "prod-eu", "serving-endpoints/fraud-scoring", "", "", 1}};
  EXPECT_FALSE(hand_out().grants.front().has_value());
  EXPECT_FALSE(workspace->knows(target, objects.endpoint.meta.uid)) << "nothing was granted there";

  objects.endpoint.status.placements.front().hash = "h";
  EXPECT_FALSE(hand_out().grants.front().has_value());
  ASSERT_TRUE(workspace->knows(target, objects.endpoint.meta.uid));
  EXPECT_EQ(workspace->wanted(target).at(0).wish, Wish::Hold);
}

TEST_F(HandOut, KnowsWhatHasBecomeOfExactlyTheseFragments) {
  connect();
  (void)hand_out();
  record_client(Outcome::Applied);
  EXPECT_EQ(verdicts_so_far(world, objects.fragments()).clients.front()->outcome, Outcome::Applied);
  EXPECT_FALSE(verdicts_so_far(world, objects.fragments()).grants.front().has_value());

  objects.endpoint.spec.identity.required_scopes = {"fraud:train"};
  EXPECT_FALSE(verdicts_so_far(world, objects.fragments()).clients.front().has_value()) << "of another wish";
}

TEST_F(HandOut, TakesAWishOffTheBoardOnceItIsSeenFulfilled) {
  connect();
  objects.endpoint.status.placements = places_of(objects.fragments());
  objects.endpoint.meta.deletion_timestamp = "2026-11-22T10:00:00Z";
  (void)hand_out();
  const auto fragment = objects.fragments().edges.front().fragment;
  gateway->record(shared::tenant_target("edge", fragment.place.tenant), fragment, verdict_of(Outcome::Gone));

  forget_gone(world, objects.fragments(), hand_out());

  EXPECT_FALSE(route_is_wanted());
  EXPECT_TRUE(provider->knows(shared::client_target(objects.endpoint.meta.uid), objects.endpoint.meta.uid))
      << "that one is not gone yet";
}

TEST_F(HandOut, ForgetsAnObjectThatIsGone) {
  connect();
  (void)hand_out();
  record_client(Outcome::Applied);
  record_grant(Outcome::Applied);
  (void)hand_out();
  forget_fragments(world, objects.fragments());
  EXPECT_FALSE(route_is_wanted());
  EXPECT_FALSE(provider->knows(shared::client_target(objects.endpoint.meta.uid), objects.endpoint.meta.uid));
}

}  // namespace
}  // namespace sallyport::protected_endpoint
