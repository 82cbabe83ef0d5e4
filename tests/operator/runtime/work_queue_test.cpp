// SPDX-License-Identifier: Apache-2.0
#include "operator/runtime/work_queue.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "tests/testing/fake_clock.hpp"

namespace sallyport::runtime {
namespace {
using metrics::Metric;
using std::chrono::milliseconds;
using std::chrono::seconds;

Key key(const std::string& name) {
  return {"ProtectedEndpoint", "team", name};
}

class WorkQueueTest : public ::testing::Test {
 protected:
  std::string next() {
    const auto taken = queue_.try_get();
    return taken ? taken->key.name : "";
  }
  /// Takes and gives back.
  std::string work() {
    const std::string name = next();
    if (!name.empty()) queue_.done(key(name));
    return name;
  }

  testing::FakeClock clock_;
  testing::FakeRandom random_;
  metrics::Metrics metrics_;
  WorkQueue<Key> queue_{{.name = "test"}, clock_, random_, metrics_};
};

TEST_F(WorkQueueTest, HandsKeysOutInTheOrderTheyCame) {
  for (const char* name : {"b", "a", "c"}) queue_.add(key(name));
  EXPECT_EQ(work(), "b");
  EXPECT_EQ(work(), "a");
  EXPECT_EQ(work(), "c");
  EXPECT_EQ(work(), "");
}

TEST_F(WorkQueueTest, KeepsAKeyOnceHoweverOftenItIsAdded) {
  for (int i = 0; i < 50; ++i) queue_.add(key("a"));
  EXPECT_EQ(work(), "a");
  EXPECT_EQ(work(), "");
}

TEST_F(WorkQueueTest, NeverHandsOutAKeyThatSomebodyIsWorkingOn) {
  queue_.add(key("a"));
  ASSERT_EQ(next(), "a");
  queue_.add(key("a"));
  EXPECT_EQ(next(), "");
}

TEST_F(WorkQueueTest, HandsAKeyAddedWhileWorkedOnOutOnceMoreAfterwards) {
  queue_.add(key("a"));
  ASSERT_EQ(next(), "a");
  queue_.add(key("a"));
  queue_.add(key("a"), Priority::High);
  queue_.done(key("a"));
  const auto again = queue_.try_get();
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->priority, Priority::High);
  queue_.done(key("a"));
  EXPECT_EQ(next(), "");
}

TEST_F(WorkQueueTest, LetsAnEditOvertakeTheBacklogOfAStart) {
  for (int i = 0; i < 10000; ++i) queue_.add(key("old-" + std::to_string(i)), Priority::Low);
  ASSERT_EQ(work(), "old-0");
  queue_.add(key("edited"), Priority::High);
  EXPECT_EQ(work(), "edited");
  EXPECT_EQ(work(), "old-1");
}

TEST_F(WorkQueueTest, RaisesAWaitingKeyToTheBetterPriorityAndNeverLowersIt) {
  queue_.add(key("first"), Priority::Low);
  queue_.add(key("second"), Priority::Low);
  queue_.add(key("second"), Priority::High);
  queue_.add(key("second"), Priority::Low);
  EXPECT_EQ(work(), "second");
  EXPECT_EQ(work(), "first");
}

TEST_F(WorkQueueTest, DoesNotStarveTheBacklogUnderAStreamOfEdits) {
  queue_.add(key("patient"), Priority::Low);
  int turns = 0;
  for (std::string name; name != "patient" && turns < 100; ++turns) {
    queue_.add(key("edit-" + std::to_string(turns)), Priority::High);
    name = work();
  }
  EXPECT_LE(turns, 8);
}

TEST_F(WorkQueueTest, KeepsADelayedKeyUntilItsTime) {
  queue_.add_after(key("a"), seconds(5));
  EXPECT_EQ(next(), "");
  clock_.advance(milliseconds(4999));
  EXPECT_EQ(next(), "");
  clock_.advance(milliseconds(1));
  EXPECT_EQ(work(), "a");
}

TEST_F(WorkQueueTest, KeepsTheEarlierTimeOfTwo) {
  queue_.add_after(key("a"), seconds(5));
  queue_.add_after(key("a"), seconds(60));
  queue_.add_after(key("b"), seconds(60));
  queue_.add_after(key("b"), seconds(5));
  clock_.advance(seconds(5));
  EXPECT_EQ(work(), "a");
  EXPECT_EQ(work(), "b");
  clock_.advance(seconds(60));
  EXPECT_EQ(work(), "") << "the later times are forgotten";
}

TEST_F(WorkQueueTest, BringsADelayedKeyForwardWhenSomethingHappensToIt) {
  queue_.add_after(key("a"), seconds(60), Priority::Low);
  queue_.add(key("a"), Priority::High);
  EXPECT_EQ(work(), "a");
  clock_.advance(seconds(60));
  EXPECT_EQ(work(), "");
}

TEST_F(WorkQueueTest, HoldsADelayedKeyThatComesDueWhileWorkedOn) {
  queue_.add(key("a"));
  ASSERT_EQ(next(), "a");
  queue_.add_after(key("a"), seconds(1));
  clock_.advance(seconds(2));
  EXPECT_EQ(next(), "");
  queue_.done(key("a"));
  EXPECT_EQ(work(), "a");
}

TEST_F(WorkQueueTest, BacksOffAKeyThatFailsUntilItIsForgotten) {
  EXPECT_EQ(queue_.add_rate_limited(key("a"), Priority::Normal), milliseconds(5));
  EXPECT_EQ(next(), "");
  clock_.advance(milliseconds(5));
  EXPECT_EQ(work(), "a");
  EXPECT_EQ(queue_.add_rate_limited(key("a"), Priority::Normal), milliseconds(10));
  EXPECT_EQ(queue_.failures(key("a")), 2);
  queue_.forget(key("a"));
  EXPECT_EQ(queue_.failures(key("a")), 0);
}

TEST_F(WorkQueueTest, HandsOutNewsButNothingElseWhileDraining) {
  queue_.add(key("worked-on"));
  ASSERT_EQ(next(), "worked-on");
  queue_.add(key("worked-on"));
  queue_.add(key("due"));
  queue_.add(key("backlog"), Priority::Low);
  queue_.add_after(key("soon"), milliseconds(100));
  queue_.add_after(key("later"), seconds(2));
  queue_.shut_down(ShutDown::Drain);
  queue_.add(key("verdict"));
  queue_.add_after(key("poll"), {}, Priority::Low);
  queue_.add_after(key("later"), seconds(2));

  EXPECT_EQ(work(), "due");
  EXPECT_EQ(work(), "verdict");
  EXPECT_EQ(work(), "");
  queue_.done(key("worked-on"));
  EXPECT_EQ(work(), "worked-on") << "it was added again before the end";
  clock_.advance(seconds(5));
  EXPECT_EQ(work(), "soon");
  EXPECT_EQ(work(), "");
}

TEST_F(WorkQueueTest, TriesAgainSoonButNotLateWhileDraining) {
  queue_.shut_down(ShutDown::Drain);
  int tries = 0;
  queue_.add(key("a"));
  for (; work() == "a"; clock_.advance(seconds(5))) {
    ++tries;
    queue_.add_rate_limited(key("a"), Priority::Normal);
  }
  EXPECT_EQ(tries, 9) << "5 ms, doubled eight times, is more than a moment";
}

TEST_F(WorkQueueTest, IsIdleOnceNothingWaitsAndNothingIsWorkedOn) {
  EXPECT_TRUE(queue_.await_idle(milliseconds(0)));
  queue_.add(key("a"));
  EXPECT_FALSE(queue_.await_idle(milliseconds(0)));
  ASSERT_EQ(next(), "a");
  EXPECT_FALSE(queue_.await_idle(milliseconds(0)));
  const std::jthread worker([&] { queue_.done(key("a")); });

  EXPECT_TRUE(queue_.await_idle(seconds(60)));
}

TEST_F(WorkQueueTest, HandsOutNothingOnceStopped) {
  queue_.add(key("worked-on"));
  ASSERT_EQ(next(), "worked-on");
  queue_.add(key("due"));
  queue_.shut_down(ShutDown::Stop);
  EXPECT_EQ(next(), "");
  EXPECT_FALSE(queue_.get({}).has_value()) << "get does not wait any more";
  queue_.shut_down(ShutDown::Drain);
  queue_.add(key("late"));
  EXPECT_EQ(next(), "") << "the end is final";
  queue_.done(key("worked-on"));
}

TEST_F(WorkQueueTest, EndsAWaitWhenToldTo) {
  std::stop_source stop;
  std::optional<WorkQueue<Key>::Taken> taken;
  std::thread waiter([&] { taken = queue_.get(stop.get_token()); });
  stop.request_stop();
  waiter.join();
  EXPECT_FALSE(taken.has_value());
}

TEST_F(WorkQueueTest, KnowsHowDeepItIsAndHowLongWorkLasts) {
  queue_.add(key("a"), Priority::High);
  ASSERT_EQ(next(), "a");
  clock_.advance(seconds(3));
  queue_.add(key("b"), Priority::Low);
  queue_.add_after(key("c"), seconds(9));

  const auto depth = queue_.depth();
  EXPECT_EQ(depth.due, (std::array<std::size_t, kPriorities>{0, 0, 1}));
  EXPECT_EQ(depth.delayed, 1U);
  EXPECT_EQ(depth.processing, 1U);
  EXPECT_EQ(queue_.longest_running(), seconds(3));
}

TEST_F(WorkQueueTest, ReportsItselfWhenScraped) {
  queue_.add(key("a"));
  queue_.add(key("a"));
  clock_.advance(seconds(2));
  queue_.add(key("b"), Priority::Low);
  ASSERT_EQ(next(), "a");
  queue_.add_rate_limited(key("c"), Priority::High);
  clock_.advance(seconds(4));

  const std::string text = metrics_.text();

  EXPECT_EQ(metrics_.value(Metric::QueueAdds, {"test", "test"}), 4);
  EXPECT_EQ(metrics_.value(Metric::QueueRetries, {"test", "test"}), 1);
  EXPECT_EQ(metrics_.value(Metric::QueueSeconds, {"test", "test"}), 1);
  EXPECT_EQ(metrics_.value(Metric::QueueDepth, {"test", "test", "low"}), 1);
  EXPECT_EQ(metrics_.value(Metric::QueueLongestRunning, {"test", "test"}), 4);
  EXPECT_EQ(metrics_.value(Metric::QueueOldestAge, {"test"}), 4);
  EXPECT_NE(text.find("workqueue_queue_duration_seconds_sum{controller=\"test\",name=\"test\"} 2\n"), std::string::npos)
      << text;
}

/// Many threads add, many work; what must hold: no two workers on one key, and after each add a visit that began later.
TEST(WorkQueueProperty, NeverOverlapsAndLosesNoWakeUp) {
  constexpr int kKeys = 17, kAdders = 3, kWorkers = 4, kAdds = 3000;
  testing::FakeRandom random;
  metrics::Metrics metrics;
  WorkQueue<Key> queue({.name = "property"}, system_clock(), random, metrics);
  std::array<std::atomic<int>, kKeys> inside{}, wanted{}, seen{};
  std::atomic<int> overlaps{0};

  std::vector<std::jthread> workers;
  for (int i = 0; i < kWorkers; ++i) {
    workers.emplace_back([&](const std::stop_token& stop) {
      while (const auto taken = queue.get(stop)) {
        const auto k = static_cast<std::size_t>(std::stoi(taken->key.name));
        if (inside.at(k).fetch_add(1) != 0) ++overlaps;
        seen.at(k) = wanted.at(k).load();
        if (seen.at(k) % 7 == 0) std::this_thread::yield();
        --inside.at(k);
        queue.done(taken->key);
      }
    });
  }
  {
    std::vector<std::jthread> adders;
    for (int i = 0; i < kAdders; ++i) {
      adders.emplace_back([&, i] {
        for (int n = 0; n < kAdds; ++n) {
          const auto k = static_cast<std::size_t>((n * 5 + i) % kKeys);
          ++wanted.at(k);
          const auto priority = static_cast<Priority>(n % 3);
          queue.add_after(key(std::to_string(k)), milliseconds(n % 4 == 0 ? 1 : 0), priority);
        }
      });
    }
  }
  const SteadyTime limit = system_clock().steady() + seconds(60);
  const auto all_seen = [&] {
    for (std::size_t k = 0; k < kKeys; ++k) {
      if (seen.at(k) != wanted.at(k)) return false;
    }
    return true;
  };
  while (!all_seen() && system_clock().steady() < limit) std::this_thread::yield();
  EXPECT_TRUE(all_seen()) << "an add was lost";
  EXPECT_EQ(overlaps, 0);

  queue.shut_down(ShutDown::Stop);
  workers.clear();  // joins: hangs, and is killed by the time limit, if a worker was not woken
  EXPECT_EQ(queue.depth().processing, 0U);
}

}  // namespace
}  // namespace sallyport::runtime
