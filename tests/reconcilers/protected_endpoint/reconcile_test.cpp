// SPDX-License-Identifier: Apache-2.0
// When an object tells of its progress, and within which bounds. What a reconcile comes to, with all systems, is in
// tests/effects/stage_test.cpp.
#include "reconcilers/protected_endpoint/reconcile.hpp"

#include <gtest/gtest.h>

#include "tests/reconcilers/memory_store.hpp"
#include "tests/reconcilers/protected_endpoint/world.hpp"
#include "tests/reconcilers/surroundings.hpp"

namespace sallyport::protected_endpoint {
namespace {

using namespace std::chrono_literals;
using ir::Outcome;
using sallyport::testing::verdict_of;

class Progress : public ::testing::Test {
 protected:
  Progress() {
    store.put_namespace("risk", {{"ml-edge", "true"}});
    store.put_secret("risk", "fraud-tls", {}, {{"sallyport.dev/usable-by", "ProtectedEndpoint"}});
    put(caches.gateways, objects.gateway);
    put(caches.providers, objects.provider);
    put(caches.workspaces, objects.workspace);
    put(caches.endpoints, objects.endpoint);
    world.providers.put("corporate", provider);
    world.workspaces.put("prod-eu", workspace);
  }
  ~Progress() override {
    provider->stop(5s);
    workspace->stop(5s);
  }
  template <class K>
  static void put(store::Cache<store::Object<K>>& cache, const store::Object<K>& object) {
    cache.put(object.meta.ns, object.meta.name, std::make_shared<const store::Object<K>>(object));
  }
  shared::Around every_two_seconds() {
    shared::Around around = surroundings.around();
    around.progress_interval = 2s;
    return around;
  }
  runtime::Next reconcile() {
    runtime::Next next = reconciler.reconcile({"ProtectedEndpoint", "risk", "fraud-scoring"}, {});
    EXPECT_FALSE(next.error) << next.error->text();
    return next;
  }
  void register_client(Outcome outcome, std::optional<Error> error = {}) {
    const Uid owner = objects.endpoint.meta.uid;
    for (const ir::ClientFragment& fragment : provider->wanted(shared::client_target(owner))) {
      ir::Verdict verdict = verdict_of(outcome);
      verdict.error = std::move(error);
      provider->record(shared::client_target(owner), fragment, std::move(verdict));
    }
  }
  void annotate(const std::string& name, const std::string& value) {
    store::Object<api::ProtectedEndpoint> object = *caches.endpoints.get("risk", "fraud-scoring");
    object.meta.annotations[name] = value;
    put(caches.endpoints, object);
  }
  [[nodiscard]] api::ProtectedEndpointStatus status() const {
    return caches.endpoints.get("risk", "fraud-scoring")->status;
  }
  [[nodiscard]] std::string told(std::string_view condition) const {
    const api::ProtectedEndpointStatus now = status();
    const schema::Condition* found = schema::find_condition(now.conditions, condition);
    return found == nullptr ? "" : found->reason;
  }

  sallyport::testing::World objects;
  sallyport::testing::Surroundings surroundings;
  shared::Caches caches;
  sallyport::testing::MemoryStore store{caches};
  shared::World world{store, caches, InstanceId("abcd1234"), every_two_seconds(), {}};
  std::shared_ptr<shared::IdentityLink> provider = std::make_shared<shared::IdentityLink>(
      Key{"IdentityProvider", "", "corporate"}, sallyport::testing::no_step<shared::IdentityLink>, 1,
      surroundings.around());
  std::shared_ptr<shared::WorkspaceLink> workspace = std::make_shared<shared::WorkspaceLink>(
      Key{"DatabricksWorkspace", "", "prod-eu"}, sallyport::testing::no_step<shared::WorkspaceLink>, 1,
      surroundings.around());
  Reconciler reconciler{world};
};

TEST_F(Progress, IsToldAfterAWhileWhenItDoesNotChangeWhatIsSaidOfReady) {
  reconcile();
  register_client(Outcome::Applied);
  const int writes = store.writes();

  const runtime::Next later = reconcile();

  EXPECT_EQ(store.writes(), writes);
  EXPECT_EQ(told("ClientRegistered"), "Pending");
  ASSERT_TRUE(later.again_after);
  EXPECT_LE(*later.again_after, 2s);

  surroundings.clock.advance(*later.again_after);
  EXPECT_FALSE(reconcile().again_after);
  EXPECT_EQ(told("ClientRegistered"), "Registered");
  EXPECT_EQ(store.writes(), writes + 1);
}

TEST_F(Progress, IsToldAtOnceWhenSomethingStandsInTheWay) {
  reconcile();
  register_client(Outcome::Rejected, Error{Code::InvalidSpec, "scope refused", "spec.identity.requiredScopes", {}});

  EXPECT_FALSE(reconcile().again_after);

  EXPECT_EQ(told("ClientRegistered"), "Invalid");
}

TEST_F(Progress, LosesThePlacesOfAConnectionThatIsGoneForGoodThoughItLivesOn) {
  reconcile();
  objects.provider.meta.annotations["sallyport.dev/force-release"] = "corporate";
  put(caches.providers, objects.provider);
  reconcile();
  const std::string id = client_placement_id(objects.endpoint.meta.uid);
  objects.provider.status.orphans = {{"risk/fraud-scoring", id, "force-release"}};
  put(caches.providers, objects.provider);

  reconcile();

  for (const api::Placement& placement : caches.endpoints.get("risk", "fraud-scoring")->status.placements)
    EXPECT_NE(placement.id, id);
  EXPECT_FALSE(provider->knows(shared::client_target(objects.endpoint.meta.uid), objects.endpoint.meta.uid));
}

TEST_F(Progress, TellsThatTheServingEndpointDoesNotConsent) {
  reconcile();
  for (const ir::GrantFragment& fragment : workspace->wanted(shared::serving_target("fraud-scoring"))) {
    ir::Verdict verdict = verdict_of(Outcome::Rejected);
    verdict.error = Error{Code::Refused, "its owner has to give it the tag sallyport-namespace=risk", "", {}};
    workspace->record(shared::serving_target("fraud-scoring"), fragment, std::move(verdict));
  }
  register_client(Outcome::Applied);

  reconcile();

  EXPECT_EQ(told("RouteProgrammed"), "NoConsent");
  EXPECT_EQ(told("TokenPolicyAttached"), "NoConsent");
  EXPECT_EQ(told("Ready"), "Refused") << "the workspace's own words";
}

TEST_F(Progress, IsToldWithinTheBoundsOfAStatusHoweverMuchThereIsToSay) {
  reconcile();
  for (const ir::GrantFragment& fragment : workspace->wanted(shared::serving_target("fraud-scoring"))) {
    ir::Verdict verdict = verdict_of(Outcome::Applied);
    verdict.facts = {{"endpoint_id", "e-1"}};
    for (int i = 0; i < 200; ++i) verdict.notes.push_back("entries of others: " + std::string(3000, 'x'));
    workspace->record(shared::serving_target("fraud-scoring"), fragment, std::move(verdict));
  }
  surroundings.clock.advance(2s);

  reconcile();

  ASSERT_EQ(status().databricks.size(), 1U);
  EXPECT_EQ(status().databricks.front().notes.size(), 128U);
  EXPECT_EQ(status().databricks.front().notes.front().size(), 1024U);
  EXPECT_EQ(status().databricks.front().endpoint_id, "e-1");

  const int writes = store.writes();
  surroundings.clock.advance(2s);
  reconcile();
  EXPECT_EQ(store.writes(), writes) << "what is cut is no difference";
}

TEST_F(Progress, IsAnEventOnTransitionsOnly) {
  reconcile();
  const auto reject = [&](const char* message) {
    register_client(Outcome::Rejected, Error{Code::InvalidSpec, message, "spec.identity.requiredScopes", {}});
    reconcile();
    return store.events();
  };
  const auto events = reject("scope refused");
  ASSERT_FALSE(events.empty());
  EXPECT_EQ(events.back().type, store::EventType::Warning);
  EXPECT_EQ(events.back().reason, "Invalid");

  const int writes = store.writes();
  EXPECT_EQ(reject("scope refused once more").size(), events.size());
  EXPECT_EQ(store.writes(), writes + 1) << "the words are others";
  reconcile();
  EXPECT_EQ(store.events().size(), events.size());
}

TEST_F(Progress, EchoesTheLookThatWasAskedFor) {
  reconcile();
  annotate("sallyport.dev/reconcile-at", "monday");
  surroundings.clock.advance(2s);

  reconcile();

  EXPECT_EQ(status().last_handled_reconcile_at, "monday");
  const int writes = store.writes();
  reconcile();
  EXPECT_EQ(store.writes(), writes);
}

TEST_F(Progress, IsReportedOnWhilePaused) {
  reconcile();
  annotate("sallyport.dev/paused", "true");
  reconcile();
  EXPECT_EQ(told("Paused"), "Paused");
  const Uid owner = objects.endpoint.meta.uid;
  const auto differ = [&](const std::string& how) {
    const std::vector<ir::ClientFragment> wanted = provider->wanted(shared::client_target(owner));
    EXPECT_EQ(wanted.at(0).wish, ir::Wish::Observe);
    ir::Verdict verdict = verdict_of(Outcome::Unknown);
    verdict.notes = {how};
    provider->record(shared::client_target(owner), wanted.at(0), std::move(verdict));
    reconcile();
    const api::ProtectedEndpointStatus now = status();
    const schema::Condition* drift = schema::find_condition(now.conditions, "DriftDetected");
    return drift == nullptr ? std::string() : drift->message;
  };

  EXPECT_EQ(differ("scope: one, would be two"), "scope: one, would be two");
  EXPECT_EQ(differ("scope: none, would be two"), "scope: none, would be two");
}

TEST_F(Progress, TellsTheNextTryAnewOnceItsTimeHasPassed) {
  reconcile();
  register_client(Outcome::Unknown, Error{Code::Unavailable, "timed out", "", {}});
  EXPECT_EQ(reconcile().again_after, 1s);
  ASSERT_TRUE(status().retry);
  const std::string first = status().retry->at;
  int writes = store.writes();
  reconcile();
  EXPECT_EQ(store.writes(), writes);

  surroundings.clock.advance(1s);
  EXPECT_EQ(reconcile().again_after, 6min);
  EXPECT_GT(status().retry->at, first);
  EXPECT_EQ(store.writes(), ++writes);

  surroundings.clock.advance(6min - 1s);
  reconcile();
  EXPECT_EQ(store.writes(), writes) << "once a pause";
  surroundings.clock.advance(1s);
  reconcile();
  EXPECT_EQ(store.writes(), writes + 1);
}

TEST_F(Progress, LooksAgainWhileAnotherClaimsTheHost) {
  EXPECT_FALSE(reconcile().again_after);
  objects.endpoint.meta.ns = "evil";
  objects.endpoint.meta.uid = Uid("666");
  objects.endpoint.meta.creation_timestamp = "2026-01-01T00:00:00Z";
  put(caches.endpoints, objects.endpoint);

  EXPECT_EQ(reconcile().again_after, 1min);
  EXPECT_NE(told("Ready"), "HostClaimed");
}

TEST_F(Progress, KeepsBackNoOtherObjects) {
  reconcile();
  objects.endpoint.meta.name = "churn";
  objects.endpoint.meta.uid = Uid("5e2d");
  objects.endpoint.spec.host = "churn.ml.example.com";
  put(caches.endpoints, objects.endpoint);

  EXPECT_FALSE(reconciler.reconcile({"ProtectedEndpoint", "risk", "churn"}, {}).again_after);

  EXPECT_FALSE(caches.endpoints.get("risk", "churn")->status.conditions.empty());
}

TEST_F(Progress, ComesBackToTheSecondWhenAGrantEnds) {
  objects.endpoint.spec.access->grants[0].until = to_rfc3339(surroundings.clock.now() + 90s);
  put(caches.endpoints, objects.endpoint);
  EXPECT_LE(*reconcile().again_after, 90s);
  surroundings.clock.advance(89s);
  EXPECT_EQ(reconcile().again_after, 1s);
}

}  // namespace
}  // namespace sallyport::protected_endpoint
