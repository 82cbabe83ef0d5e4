// SPDX-License-Identifier: Apache-2.0
#include "operator/program/routing.hpp"

#include <gmock/gmock.h>

#include "tests/reconcilers/memory_store.hpp"
#include "tests/testing/fake_clock.hpp"

namespace sallyport::program {
namespace {

using runtime::Priority;
using store::Cause;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class RoutingOfEvents : public ::testing::Test {
 protected:
  static Key key(const std::string& name) { return {"ProtectedEndpoint", "risk", name}; }

  void put(const std::string& name, std::int64_t generation, const std::string& host,
           const std::vector<std::string>& gateways = {"edge"}) {
    auto made = std::make_shared<store::Object<api::ProtectedEndpoint>>();
    made->meta.ns = "risk";
    made->meta.name = name;
    made->meta.uid = Uid("uid-" + name);
    made->meta.generation = generation;
    made->spec.host = host;
    for (const std::string& gateway : gateways)
      made->status.placements.push_back({api::PlacementSystem::F5, gateway, "sp_x/pe_" + name, "192.0.2.1", "", 0});
    caches.endpoints.put("risk", name, made);
  }
  std::vector<std::string> queued() {
    std::vector<std::string> all;
    while (const auto taken = queue.try_get()) {
      static constexpr std::array kWords{"high ", "normal ", "low "};
      all.push_back(kWords.at(static_cast<std::size_t>(taken->priority)) + taken->key.name);
      queue.done(taken->key);
    }
    return all;
  }

  testing::FakeClock clock;
  testing::FakeRandom random;
  metrics::Metrics metrics;
  ControllerQueue queue{{.name = "test"}, clock, random, metrics};
  shared::Caches caches;
  testing::MemoryStore store{caches};
  Routing routing{caches, store, queue};
};

TEST_F(RoutingOfEvents, LetsAPersonsEditGoFirst) {
  put("a", 1, "a.example");
  routing.changed(key("a"), Cause::Initial);
  EXPECT_THAT(queued(), ElementsAre("low a"));

  put("a", 2, "a.example");
  routing.changed(key("a"), Cause::Changed);

  EXPECT_THAT(queued(), ElementsAre("high a"));
}

TEST_F(RoutingOfEvents, DoesNotAnswerItsOwnEcho) {
  put("a", 1, "a.example");
  routing.note(key("a"));

  routing.changed(key("a"), Cause::Echo);

  EXPECT_THAT(queued(), IsEmpty());
}

TEST_F(RoutingOfEvents, HeedsAnEditThatHidesBehindAnEcho) {
  put("a", 1, "a.example");
  routing.note(key("a"));
  put("a", 2, "a.example");

  routing.changed(key("a"), Cause::Echo);

  EXPECT_THAT(queued(), ElementsAre("high a"));
}

TEST_F(RoutingOfEvents, LooksAgainWhenSomebodyElseWroteTheStatus) {
  put("a", 1, "a.example");
  routing.note(key("a"));

  routing.changed(key("a"), Cause::Changed);

  EXPECT_THAT(queued(), ElementsAre("normal a"));
}

TEST_F(RoutingOfEvents, GoesOnWhenTheCacheHasCaughtUp) {
  routing.changed(key("a"), Cause::CaughtUp);
  EXPECT_THAT(queued(), ElementsAre("normal a"));

  routing.changed({"AccessLedger", "sallyport-system", "al-1"}, Cause::CaughtUp);
  EXPECT_THAT(queued(), IsEmpty());
}

TEST_F(RoutingOfEvents, LooksAtWhoUsesASecretOnlyWhenSomebodyElseWroteIt) {
  put("a", 1, "a.example");
  const Key secret{"Secret", "risk", "a-client"};

  routing.changed(secret, Cause::Echo);
  EXPECT_THAT(queued(), IsEmpty());
  routing.changed(secret, Cause::Changed);

  EXPECT_THAT(queued(), ElementsAre("normal a"));
}

TEST_F(RoutingOfEvents, TellsRivalsForAHostAndNobodyElse) {
  put("a", 1, "same.example");
  put("b", 1, "same.example");
  put("c", 1, "other.example");

  routing.changed(key("a"), Cause::Changed);

  EXPECT_THAT(queued(), UnorderedElementsAre("high a", "normal b"));
}

TEST_F(RoutingOfEvents, TellsTheUsersOfAConnectionWhyTheyHaveToWaitAndNotEachLookOfIts) {
  put("a", 1, "a.example");
  const Key edge{"F5Gateway", "", "edge"};
  const auto gateway_is = [&](schema::ConditionStatus ready, const char* reason, const char* message) {
    auto made = std::make_shared<store::Object<api::F5Gateway>>();
    made->meta.name = "edge";
    made->status.conditions = {{"Ready", ready, 1, "", reason, message}};
    caches.gateways.put("", "edge", made);
    routing.changed(edge, Cause::Changed);
    return queued();
  };
  EXPECT_THAT(gateway_is(schema::ConditionStatus::True, "Ready", "one"), UnorderedElementsAre("high edge", "normal a"));
  EXPECT_THAT(gateway_is(schema::ConditionStatus::True, "Ready", "two"),
              ::testing::Not(::testing::Contains("normal a")));
  EXPECT_THAT(gateway_is(schema::ConditionStatus::False, "SecretNotFound", "three"), ::testing::Contains("normal a"));
  EXPECT_THAT(gateway_is(schema::ConditionStatus::False, "SecretNotFound", "four"),
              ::testing::Not(::testing::Contains("normal a")));
}

TEST_F(RoutingOfEvents, TellsAConnectionThatAnEndpointHasLeftIt) {
  const auto told_later = [&](Cause cause) {
    routing.changed(key("a"), cause);
    (void)queued();
    clock.advance(std::chrono::seconds(5));
    return queued();
  };
  put("a", 1, "a.example", {"edge"});
  routing.note(key("a"));

  put("a", 1, "a.example", {"edge", "other"});
  EXPECT_THAT(told_later(Cause::Echo), UnorderedElementsAre("normal edge", "normal other"));
  put("a", 1, "a.example", {"other"});
  EXPECT_THAT(told_later(Cause::Echo), UnorderedElementsAre("normal edge", "normal other"));
  put("a", 1, "a.example", {});
  EXPECT_THAT(told_later(Cause::Echo), ElementsAre("normal other"));
  EXPECT_THAT(told_later(Cause::Echo), IsEmpty());

  put("a", 1, "a.example", {"edge"});
  EXPECT_THAT(told_later(Cause::Initial), IsEmpty());
  caches.endpoints.erase("risk", "a");
  EXPECT_THAT(told_later(Cause::Changed), ElementsAre("normal edge"));
}

TEST_F(RoutingOfEvents, TellsTheUsersOfAConnectionWhoIsGivenUpThoughAsManyWereBefore) {
  put("a", 1, "a.example");
  const auto given_up = [&](const char* owner) {
    auto made = std::make_shared<store::Object<api::F5Gateway>>();
    made->meta.name = "edge";
    made->status.orphans = {{owner, "sp_x/pe", "force-release"}};
    caches.gateways.put("", "edge", made);
    routing.changed({"F5Gateway", "", "edge"}, Cause::Echo);
    return queued();
  };
  EXPECT_THAT(given_up("risk/b"), ::testing::Contains("normal a"));
  EXPECT_THAT(given_up("risk/b"), IsEmpty());
  EXPECT_THAT(given_up("risk/a"), ::testing::Contains("normal a"));
}

TEST_F(RoutingOfEvents, CountsUsersOfAConnectionOnceForMany) {
  for (const char* name : {"a", "b", "c"}) {
    put(name, 1, std::string(name) + ".example");
    routing.changed(key(name), Cause::Changed);
  }
  (void)queued();

  clock.advance(std::chrono::seconds(5));

  EXPECT_THAT(queued(), ElementsAre("normal edge"));
}

}  // namespace
}  // namespace sallyport::program
