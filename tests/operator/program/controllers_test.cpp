// SPDX-License-Identifier: Apache-2.0
#include "operator/program/controllers.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <thread>

#include "tests/reconcilers/memory_store.hpp"
#include "tests/reconcilers/protected_endpoint/world.hpp"
#include "tests/reconcilers/surroundings.hpp"
#include "tests/testing/fake_clock.hpp"

namespace sallyport::program {
namespace {

using runtime::Next;
using std::chrono::hours;
using std::chrono::milliseconds;

const Key kTarget{"ServingEndpoint", "", "fraud"};

class StopOfControllers : public ::testing::Test {
 protected:
  using Link = shared::WorkspaceLink;

  std::shared_ptr<Link> link(const std::string& name, const Link::Step& step) {
    auto made = std::make_shared<Link>(Key{"DatabricksWorkspace", "", name}, step, 1, world.around);
    world.workspaces.put(name, made);
    return made;
  }
  shared::Around around() {
    return {clock,
            random,
            metrics,
            std::chrono::minutes(10),
            [this](const Key& owner, runtime::Priority priority) { queue.add(owner, priority); },
            [](const Key&, shared::HealthNews) {}};
  }
  static void wait_until_busy(Link& link) {
    while (link.queue().depth().processing == 0) std::this_thread::yield();
  }

  testing::FakeClock clock;
  testing::FakeRandom random;
  metrics::Metrics metrics;
  ControllerQueue queue{{.name = "test"}, clock, random, metrics};
  shared::Caches caches;
  testing::MemoryStore store{caches};
  shared::World world{store, caches, InstanceId("abcd1234"), around(), [](http::ClientOptions) {
                        return Result<std::unique_ptr<http::Client>>(Error{Code::Unavailable, "no network", {}, {}});
                      }};
  Controllers controllers{world, queue, 1, metrics};
};

TEST_F(StopOfControllers, BeginsNothingAtOneLinkWhileItWaitsForAnother) {
  std::atomic<int> begun{0};
  const auto second = link("b", [&](Link&, const Key&, std::stop_token) {
    ++begun;
    return Next{};
  });
  second->queue().add_after(kTarget, hours(1));
  const auto first = link("a", [&](Link&, const Key&, std::stop_token stop) {
    while (!stop.stop_requested() && second->queue().depth().delayed > 0) std::this_thread::yield();
    clock.advance(hours(2));  // what waits at the other would be due
    return Next{};
  });
  first->queue().add(kTarget);
  wait_until_busy(*first);

  controllers.stop(std::chrono::minutes(1));

  EXPECT_EQ(begun, 0);
}

TEST_F(StopOfControllers, GivesAllLinksOneGraceAndNotEachItsOwn) {
  std::atomic<bool> told{false};
  const auto first = link("a", [&](Link&, const Key&, std::stop_token stop) {
    while (!stop.stop_requested() && world.workspaces.get("b")->queue().depth().delayed > 0) std::this_thread::yield();
    clock.advance(hours(1));  // the whole grace
    return Next{};
  });
  const auto second = link("b", [&](Link&, const Key&, std::stop_token stop) {
    std::mutex mutex;
    std::condition_variable_any wake;
    std::unique_lock lock(mutex);
    wake.wait(lock, stop, [] { return false; });
    told = true;
    return Next{};
  });
  second->queue().add_after({"ServingEndpoint", "", "later"}, hours(24));
  second->queue().add(kTarget);
  first->queue().add(kTarget);
  wait_until_busy(*first);
  wait_until_busy(*second);

  controllers.stop(hours(1));

  EXPECT_TRUE(told);
}

TEST_F(StopOfControllers, WritesDownWhatAStepInProgressStillComesTo) {
  const auto put = [](auto& cache, const auto& object) {
    using Object = std::remove_cvref_t<decltype(object)>;
    cache.put(object.meta.ns, object.meta.name, std::make_shared<const Object>(object));
  };
  const testing::World objects;
  store.put_namespace("risk", objects.ns.labels);
  store.put_secret("risk", "fraud-tls", {}, {{"sallyport.dev/usable-by", "ProtectedEndpoint"}});
  put(caches.gateways, objects.gateway);
  put(caches.providers, objects.provider);
  put(caches.workspaces, objects.workspace);
  put(caches.endpoints, objects.endpoint);
  const auto busy = link("prod-eu", [](Link& self, const Key& target, const std::stop_token& stop) {
    while (!stop.stop_requested() && self.queue().depth().delayed > 0) std::this_thread::yield();
    for (const auto& fragment : self.wanted(target))
      self.record(target, fragment, testing::verdict_of(ir::Outcome::Applied));
    return Next{};
  });
  busy->queue().add_after({"ServingEndpoint", "", "later"}, hours(24));  // dropped when nothing may begin any more
  queue.add({"ProtectedEndpoint", "risk", "fraud-scoring"});
  wait_until_busy(*busy);

  controllers.stop(hours(1));

  const auto told = caches.endpoints.get("risk", "fraud-scoring");
  const auto& placements = told->status.placements;
  const auto granted = std::ranges::find(placements, api::PlacementSystem::Databricks, &api::Placement::system);
  ASSERT_NE(granted, placements.end());
  EXPECT_NE(granted->hash, "");
}

TEST_F(StopOfControllers, TellsHowLongTheOldestStepOfAnyLinkHasBeenRunning) {
  const auto busy = link("a", [&](Link&, const Key&, std::stop_token stop) {
    while (!stop.stop_requested()) std::this_thread::yield();
    return Next{};
  });
  EXPECT_EQ(controllers.longest_step(), milliseconds{0});
  busy->queue().add(kTarget);
  wait_until_busy(*busy);

  clock.advance(std::chrono::minutes(3));

  EXPECT_EQ(controllers.longest_step(), std::chrono::minutes(3));
}

}  // namespace
}  // namespace sallyport::program
