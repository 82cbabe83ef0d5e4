// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/protected_endpoint/status.hpp"

#include <gmock/gmock.h>

#include "tests/reconcilers/protected_endpoint/told_status.hpp"

namespace sallyport::protected_endpoint {
namespace {

using ir::Outcome;
using schema::ConditionStatus;
using testing::all_applied;
using testing::applied;
using testing::condition;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::kNow;
using ::testing::SizeIs;
using testing::World;

ir::Verdict failed(Outcome outcome, Code code, std::string message) {
  ir::Verdict verdict;
  verdict.outcome = outcome;
  verdict.error = Error{code, std::move(message), "", {}};
  return verdict;
}

TEST(EndpointStatus, IsReadyWhenAllThatApplyAre) {
  const World world;

  const auto status = status_of(world.validated(), world.fragments(), all_applied(), kNow);

  EXPECT_EQ(condition(status, "Ready").status, ConditionStatus::True);
  EXPECT_EQ(condition(status, "TokenPolicyAttached").reason, "AttachedUnverified");
  EXPECT_THAT(condition(status, "Ready").message, HasSubstr("not verified"));
  EXPECT_EQ(status.url, "https://fraud.ml.example.com/serving-endpoints/fraud-scoring/invocations");
  EXPECT_EQ(status.client->id, "c-1");
  EXPECT_EQ(status.client->secret_name, "fraud-scoring-client");
  EXPECT_EQ(status.databricks.front().endpoint_id, "e-1");
  EXPECT_THAT(status.databricks.front().grants, SizeIs(1));
  EXPECT_EQ(status.observed_generation, 3);
  EXPECT_EQ(schema::find_condition(status.conditions, "Reconciling"), nullptr);
}

TEST(EndpointStatus, NamesTheClientsThatNobodyHereCanDelete) {
  const World world;
  Verdicts verdicts = all_applied();
  verdicts.clients = {applied({{"client_id", "c-1"}, {"orphans", "3"}, {"abandoned", "c-0\nc-00"}})};

  const auto status = status_of(world.validated(), world.fragments(), verdicts, kNow);

  EXPECT_EQ(status.client->lost_registrations, 3);
  EXPECT_THAT(status.client->abandoned, ElementsAre("c-0", "c-00"));
}

TEST(EndpointStatus, IsUnknownBeforeTheFirstVerdict) {
  const World world;

  const auto status = status_of(world.validated(), world.fragments(),
                                {{std::nullopt}, {std::nullopt}, {std::nullopt}, std::nullopt}, kNow);

  EXPECT_EQ(condition(status, "Ready").status, ConditionStatus::Unknown);
  EXPECT_EQ(condition(status, "Reconciling").status, ConditionStatus::True);
}

TEST(EndpointStatus, TellsWhyItsConnectionIsNotReadyWhileNothingIsThereYet) {
  World world;
  world.workspace.status.conditions = {
      {"Ready", ConditionStatus::False, 1, "", "SecretNotFound", "there is no Secret 'dbx'"}};
  Verdicts verdicts = all_applied();
  verdicts.grants = {std::nullopt};

  const auto waiting = status_of(world.validated(), world.fragments(), verdicts, kNow);
  EXPECT_EQ(condition(waiting, "AccessGranted").status, ConditionStatus::Unknown);
  EXPECT_EQ(condition(waiting, "AccessGranted").reason, "ConnectionNotReady");
  EXPECT_EQ(condition(waiting, "AccessGranted").message,
            "DatabricksWorkspace 'prod-eu' is not ready: SecretNotFound: there is no Secret 'dbx'");

  const auto working = status_of(world.validated(), world.fragments(), all_applied(), kNow);
  EXPECT_EQ(condition(working, "AccessGranted").status, ConditionStatus::True);
}

/// After a restart nobody speaks for a connection that has lost its credentials.
TEST(EndpointStatus, SaysWhichConnectionAnEditWaitsForAndThatNothingElseDoes) {
  World world;
  world.endpoint.status.placements = places_of(world.fragments());
  world.endpoint.status = status_of(world.validated(), world.fragments(), all_applied(), kNow);
  world.workspace.status.conditions = {
      {"Ready", ConditionStatus::False, 1, "", "SecretNotFound", "there is no Secret 'dbx'; create it"}};
  Verdicts verdicts = all_applied();
  verdicts.grants = {std::nullopt};

  const auto unchanged = status_of(world.validated(), world.fragments(), verdicts, kNow);
  world.endpoint.spec.access->grants.front().level = api::AccessLevel::CanView;
  verdicts.grants = {ir::Verdict{}};
  const auto edited = status_of(world.validated(), world.fragments(), verdicts, kNow);

  EXPECT_EQ(condition(unchanged, "Synced").status, ConditionStatus::True);
  EXPECT_EQ(schema::find_condition(unchanged.conditions, "Reconciling"), nullptr);
  EXPECT_EQ(condition(edited, "Synced").status, ConditionStatus::False);
  EXPECT_EQ(condition(edited, "Synced").reason, "ConnectionNotReady");
  EXPECT_EQ(condition(edited, "Synced").message,
            "DatabricksWorkspace 'prod-eu' is not ready: SecretNotFound: there is no Secret 'dbx'; create it");
  EXPECT_EQ(condition(edited, "AccessGranted").status, ConditionStatus::True) << "what works is not called down";
}

TEST(EndpointStatus, SaysWhichConnectionADeletionWaitsFor) {
  World world;
  world.endpoint.status.placements = places_of(world.fragments());
  world.endpoint.meta.deletion_timestamp = "2026-11-22T00:00:00Z";
  world.gateway.status.conditions = {
      {"Ready", ConditionStatus::False, 1, "", "SecretNotFound", "there is no Secret 'bigip'; create it"}};
  const Verdicts none{{std::nullopt}, {std::nullopt}, {std::nullopt}, std::nullopt};

  const auto status = status_of(world.validated(), world.fragments(), none, kNow);

  EXPECT_EQ(condition(status, "Ready").reason, "Deleting");
  EXPECT_THAT(condition(status, "Ready").message,
              HasSubstr("held up by: F5Gateway 'edge' is not ready: SecretNotFound: there is no Secret 'bigip'"));
}

TEST(EndpointStatus, IsNotBusyWithWhatIsGoneAlready) {
  World world;
  world.endpoint.spec.client = api::Client{false, "", {}};
  Verdicts verdicts = all_applied();
  verdicts.clients = {std::nullopt};
  const auto busy = [&] {
    const auto status = status_of(world.validated(), world.fragments(), verdicts, kNow);
    return schema::find_condition(status.conditions, "Reconciling") != nullptr;
  };
  EXPECT_FALSE(busy());

  world.endpoint.status.placements = {
      {api::PlacementSystem::OIDC, "corporate", client_placement_id(world.endpoint.meta.uid), "", "", 0}};
  EXPECT_TRUE(busy()) << "the ledger says that there is a client to delete";
}

TEST(EndpointStatus, DoesNotCallAWorkingRouteDownBecauseOfABrokenCredential) {
  World world;
  world.endpoint.status = status_of(world.validated(), world.fragments(), all_applied(), kNow);
  Verdicts verdicts = all_applied();
  verdicts.edges = {failed(Outcome::Unknown, Code::Unauthorized, "the device does not accept the credentials")};

  const auto status = status_of(world.validated(), world.fragments(), verdicts, kNow);

  EXPECT_EQ(condition(status, "RouteProgrammed").status, ConditionStatus::True);
  EXPECT_EQ(condition(status, "Ready").status, ConditionStatus::True);
  EXPECT_EQ(condition(status, "Synced").status, ConditionStatus::False);
  EXPECT_THAT(condition(status, "Synced").message, HasSubstr("credentials"));
}

TEST(EndpointStatus, SaysNothingOfAGenerationThatIsNotCarriedOutYet) {
  World world;
  world.endpoint.status.placements = places_of(world.fragments());
  world.endpoint.status = status_of(world.validated(), world.fragments(), all_applied(), kNow);
  world.endpoint.meta.generation = 4;
  world.endpoint.spec.access->grants.front().level = api::AccessLevel::CanView;
  Verdicts verdicts = all_applied();
  verdicts.grants = {failed(Outcome::Unknown, Code::Unavailable, "timed out")};

  const auto status = status_of(world.validated(), world.fragments(), verdicts, kNow);

  EXPECT_EQ(condition(status, "AccessGranted").status, ConditionStatus::True);
  EXPECT_EQ(condition(status, "AccessGranted").observed_generation, 3);
  EXPECT_EQ(condition(status, "Ready").observed_generation, 3);
  EXPECT_EQ(condition(status, "Reconciling").status, ConditionStatus::True);
  EXPECT_EQ(condition(status, "Accepted").observed_generation, 4);
}

TEST(EndpointStatus, IsNotBusyWithWhatIsInOrderWhileItsSystemIsDown) {
  World world;
  world.endpoint.status.placements = places_of(world.fragments());
  world.endpoint.status = status_of(world.validated(), world.fragments(), all_applied(), kNow);
  Verdicts verdicts = all_applied();
  verdicts.grants = {failed(Outcome::Unknown, Code::Unavailable, "timed out")};

  const auto status = status_of(world.validated(), world.fragments(), verdicts, kNow);

  EXPECT_EQ(schema::find_condition(status.conditions, "Reconciling"), nullptr);
  EXPECT_EQ(condition(status, "Ready").observed_generation, 3);
}

TEST(EndpointStatus, CallsARejectedRouteDown) {
  World world;
  Verdicts verdicts = all_applied();
  verdicts.edges = {failed(Outcome::Rejected, Code::InvalidSpec, "spec.security.wafPolicy: Unable to find /Common/x")};

  const auto status = status_of(world.validated(), world.fragments(), verdicts, kNow);

  EXPECT_EQ(condition(status, "RouteProgrammed").status, ConditionStatus::False);
  EXPECT_EQ(condition(status, "Ready").status, ConditionStatus::False);
  EXPECT_EQ(condition(status, "Stalled").status, ConditionStatus::True);
}

TEST(EndpointStatus, TellsOfAPrincipalThatDoesNotExistWithoutHidingTheOthers) {
  World world;
  world.endpoint.spec.access->grants.push_back(
      {api::GrantPrincipalType::Group, "risk-ghosts", api::AccessLevel::CanQuery});
  Verdicts verdicts = all_applied();
  verdicts.grants.front()->missing = {"group:risk-ghosts"};
  verdicts.grants.front()->notes = {"group 'risk-ghosts' does not exist"};

  const auto status = status_of(world.validated(), world.fragments(), verdicts, kNow);

  EXPECT_EQ(condition(status, "AccessGranted").status, ConditionStatus::False);
  EXPECT_THAT(condition(status, "AccessGranted").message, HasSubstr("risk-ghosts"));
  EXPECT_EQ(condition(status, "PartiallyApplied").status, ConditionStatus::True);
  ASSERT_THAT(status.databricks.front().grants, SizeIs(1));
  EXPECT_EQ(status.databricks.front().grants.front().principal, "risk-analysts");
}

TEST(EndpointStatus, ShortensTheLedgerOnlyForWhatWasSeenGone) {
  World world;
  world.endpoint.meta.deletion_timestamp = "2026-11-22T00:00:00Z";
  world.endpoint.status.placements = {{api::PlacementSystem::F5, "edge", "t/a", "192.0.2.33", "h", 1},
                                      {api::PlacementSystem::OIDC, "corporate", "client/4d1c", "", "h", 1}};
  const Fragments fragments = build(world.validated(), {InstanceId("abcd1234"), Slot{{"t", "a"}, "192.0.2.33"}});
  ir::Verdict gone;
  gone.outcome = Outcome::Gone;
  Verdicts verdicts{{failed(Outcome::Unknown, Code::Unavailable, "timed out")}, {std::nullopt}, {gone}, std::nullopt};

  const auto status = status_of(world.validated(), fragments, verdicts, kNow);

  ASSERT_THAT(status.placements, SizeIs(1));
  EXPECT_EQ(status.placements.front().system, api::PlacementSystem::OIDC);
  EXPECT_EQ(condition(status, "Ready").reason, "Deleting");
  EXPECT_THAT(condition(status, "Ready").message, HasSubstr("held up by: timed out"));
  ASSERT_TRUE(status.retry);
  EXPECT_THAT(status.retry->reason, HasSubstr("timed out"));
}

TEST(EndpointStatus, RemembersTheHashOfWhatWasApplied) {
  World world;
  world.endpoint.status.placements = places_of(world.fragments());

  const auto left = settle(world.endpoint.status.placements, world.fragments(), all_applied());

  ASSERT_THAT(left, SizeIs(3));
  for (const api::Placement& placement : left) {
    EXPECT_THAT(placement.hash, ::testing::Not(IsEmpty()));
    EXPECT_EQ(placement.generation, 3);
  }
}

TEST(EndpointStatus, DoesNotChangeWhenNothingChanged) {
  World world;
  world.endpoint.status.placements = places_of(world.fragments());
  world.endpoint.status = status_of(world.validated(), world.fragments(), all_applied(), kNow);

  const auto again = status_of(world.validated(), world.fragments(), all_applied(), kNow + std::chrono::hours(1));

  EXPECT_EQ(again.conditions, world.endpoint.status.conditions);
}

TEST(EndpointStatus, DoesNotChangeEitherWhileSomethingIsRefused) {
  World refused;
  refused.endpoint.spec.access->grants.push_back(
      {api::GrantPrincipalType::Group, "strangers", api::AccessLevel::CanQuery});
  World unpublished;
  unpublished.endpoint.spec.identity.enforcement.reset();
  for (World* world : {&refused, &unpublished}) {
    world->endpoint.status.placements = places_of(world->fragments());
    world->endpoint.status = status_of(world->validated(), world->fragments(), all_applied(), kNow);
    EXPECT_EQ(condition(world->endpoint.status, "Ready").status, ConditionStatus::False);

    const auto again = status_of(world->validated(), world->fragments(), all_applied(), kNow + std::chrono::hours(1));

    EXPECT_EQ(again.conditions, world->endpoint.status.conditions);
  }
}

TEST(EndpointStatus, SaysWhatToDoAboutASystemThatCannotBeReached) {
  const World world;
  Verdicts verdicts = all_applied();
  verdicts.grants = {failed(Outcome::Unknown, Code::Unavailable, "connection refused")};

  auto status = status_of(world.validated(), world.fragments(), verdicts, kNow);

  const std::string words =
      "connection refused; see that it runs, that the spec of DatabricksWorkspace 'prod-eu' has its right address and "
      "CA (or pin), and that the network lets the operator reach it";
  EXPECT_EQ(condition(status, "Synced").message, words);
  EXPECT_EQ(condition(status, "Ready").message, "AccessGranted: " + words);
  ASSERT_TRUE(status.retry);
  EXPECT_EQ(status.retry->reason, words);

  verdicts.grants = {failed(Outcome::Unknown, Code::RateLimited, "slow down")};
  status = status_of(world.validated(), world.fragments(), verdicts, kNow);
  EXPECT_EQ(condition(status, "Synced").message, "slow down");
}

TEST(EndpointStatus, NamesThosePrincipalsForWhomThereIsNoRoomBesideTheKept) {
  const World world;
  Validated v = world.validated();
  for (int i = 0; i < 12; ++i)
    v.backends.front().surplus.push_back({api::GrantPrincipalType::Group, "risk-" + std::to_string(i), {}});

  const auto status = status_of(v, world.fragments(), all_applied(), kNow);

  EXPECT_EQ(condition(status, "AccessGranted").status, ConditionStatus::False);
  EXPECT_EQ(condition(status, "AccessGranted").reason, "TooManyGrants");
  EXPECT_THAT(condition(status, "AccessGranted").message, HasSubstr("'risk-9' and 2 more"));
  EXPECT_THAT(condition(status, "AccessGranted").message, HasSubstr("set it to Enforce"));
  EXPECT_EQ(condition(status, "PartiallyApplied").status, ConditionStatus::True);
}

TEST(EndpointStatus, TellsThatWhatWasHeldIsTakenBack) {
  World world;
  world.endpoint.status.placements = places_of(world.fragments());
  world.endpoint.status = status_of(world.validated(), world.fragments(), all_applied(), kNow);
  world.endpoint.errors = {{"spec.access.grants[0].level", "must be CanView"}};
  Verdicts held{{std::nullopt}, {std::nullopt}, {std::nullopt}, std::nullopt};
  EXPECT_EQ(condition(status_of(world.validated(), world.fragments(), held, kNow), "AccessGranted").status,
            ConditionStatus::True);

  held.grants = {failed(Outcome::Rejected, Code::Refused, "it does not consent")};
  const auto status = status_of(world.validated(), world.fragments(), held, kNow);

  EXPECT_EQ(condition(status, "AccessGranted").status, ConditionStatus::False);
  EXPECT_EQ(condition(status, "AccessGranted").message, "it does not consent");
  const auto* place = placement_of(status, "prod-eu", grant_placement_id("fraud-scoring"));
  ASSERT_NE(place, nullptr);
  EXPECT_THAT(place->hash, IsEmpty()) << "it opens no route any more";
}

TEST(EndpointStatus, ShowsWhatWouldChangeWhenToldToObserve) {
  World world;
  world.endpoint.spec.management = api::Management::Observe;
  ir::Verdict differs;
  differs.outcome = Outcome::Unknown;
  differs.notes = {"the client is not registered"};

  const auto status =
      status_of(world.validated(), world.fragments(), {{differs}, {applied()}, {applied()}, std::nullopt}, kNow);

  EXPECT_EQ(condition(status, "DriftDetected").message, "the client is not registered");
}

TEST(SettlePlacements, ForgetsThatItGrantedWhereConsentWasTakenBack) {
  World world;
  const std::vector<api::Placement> placements{
      {api::PlacementSystem::Databricks, "prod-eu", grant_placement_id("fraud-scoring"), "", "h", 1}};
  const auto hash_after = [&](ir::Verdict verdict) {
    Verdicts verdicts = all_applied();
    verdicts.grants = {std::move(verdict)};
    return settle(placements, world.fragments(), verdicts).at(0).hash;
  };

  EXPECT_EQ(hash_after(failed(Outcome::Rejected, Code::Refused, "does not consent")), "");
  EXPECT_EQ(hash_after(failed(Outcome::Rejected, Code::NotFound, "is not there")), "h");
  EXPECT_EQ(hash_after(failed(Outcome::Unknown, Code::Unavailable, "reset")), "h");

  world.endpoint.spec.management = api::Management::Observe;
  EXPECT_EQ(hash_after(failed(Outcome::Rejected, Code::Refused, "does not consent")), "");
  EXPECT_EQ(hash_after(applied()), "h") << "who only looks applies nothing";
}

}  // namespace
}  // namespace sallyport::protected_endpoint
