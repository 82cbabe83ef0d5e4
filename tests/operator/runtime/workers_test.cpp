// SPDX-License-Identifier: Apache-2.0
#include "operator/runtime/workers.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <latch>
#include <stdexcept>
#include <thread>

#include "tests/testing/fake_clock.hpp"

namespace sallyport::runtime {
namespace {
using metrics::Metric;
using std::chrono::milliseconds;
using std::chrono::seconds;

Key key(const std::string& name) {
  return {"ProtectedEndpoint", "team", name};
}

class WorkersTest : public ::testing::Test {
 protected:
  /// Lets one worker do `work` on one key and waits until it has settled.
  void visit(Workers<Key>::Work work, milliseconds deadline = std::chrono::minutes(2)) {
    Workers<Key> workers(queue_, std::move(work), {.threads = 1, .deadline = deadline}, system_clock(), metrics_);
    queue_.add(key("a"), Priority::High);
    while (metrics_.value(Metric::QueueWorkSeconds, {"test", "test"}) == 0) std::this_thread::yield();
    depth_ = queue_.depth();
  }
  double count(Metric metric) { return metrics_.value(metric, {"test"}); }
  double results(std::string_view result) { return metrics_.value(Metric::ReconcileTotal, {"test", result}); }

  testing::FakeClock clock_;  // the queue's: nothing that is delayed ever comes due by itself
  testing::FakeRandom random_;
  metrics::Metrics metrics_;
  WorkQueue<Key> queue_{{.name = "test"}, clock_, random_, metrics_};
  WorkQueue<Key>::Depth depth_;
};

TEST_F(WorkersTest, ForgetsAKeyThatWentWell) {
  queue_.add_rate_limited(key("a"), Priority::Low);
  visit([](const Key&, const std::stop_token&) { return Next{}; });
  EXPECT_EQ(results("success"), 1);
  EXPECT_EQ(depth_.delayed, 0U);
  EXPECT_EQ(queue_.failures(key("a")), 0);
}

TEST_F(WorkersTest, ComesBackWhenTheWorkAsksForIt) {
  visit([](const Key&, const std::stop_token&) { return Next{.again_after = seconds(30)}; });
  EXPECT_EQ(results("requeue_after"), 1);
  EXPECT_EQ(depth_.delayed, 1U);
}

TEST_F(WorkersTest, RetriesAnErrorAfterItsBackOff) {
  visit([](const Key&, const std::stop_token&) { return Next{.error = Error{Code::Unavailable, "down", "", {}}}; });
  EXPECT_EQ(results("error"), 1);
  EXPECT_EQ(count(Metric::ReconcileErrors), 1);
  EXPECT_EQ(depth_.delayed, 1U);
  EXPECT_EQ(queue_.failures(key("a")), 1);
}

TEST_F(WorkersTest, LeavesAnInvalidObjectAloneUntilItChanges) {
  visit([](const Key&, const std::stop_token&) {
    return Next{.error = Error{Code::InvalidSpec, "bad host", "spec.host", {}}};
  });
  EXPECT_EQ(count(Metric::ReconcileTerminalErrors), 1);
  EXPECT_EQ(depth_.delayed, 0U);
  EXPECT_EQ(queue_.failures(key("a")), 0);
}

TEST_F(WorkersTest, KeepsAVisitThatAnInvalidObjectStillNeeds) {
  visit([](const Key&, const std::stop_token&) {
    return Next{.error = Error{Code::InvalidSpec, "bad", "", {}}, .again_after = seconds(30)};
  });
  EXPECT_EQ(depth_.delayed, 1U);
}

TEST_F(WorkersTest, CatchesWhatTheWorkThrowsAndCarriesOn) {
  visit([](const Key&, const std::stop_token&) -> Next { throw std::runtime_error("oops"); });
  EXPECT_EQ(count(Metric::ReconcilePanics), 1);
  EXPECT_EQ(results("error"), 1);
  EXPECT_EQ(depth_.delayed, 1U);
}

TEST_F(WorkersTest, CatchesEvenWhatIsNoException) {
  visit([](const Key&, const std::stop_token&) -> Next { throw 7; });
  EXPECT_EQ(count(Metric::ReconcilePanics), 1);
}

TEST_F(WorkersTest, StopsWorkAtItsDeadlineAndRetriesIt) {
  visit(
      [](const Key&, const std::stop_token& stop) {
        const bool slept_through = system_clock().sleep(seconds(60), stop);
        return slept_through ? Next{} : Next{.error = Error{Code::ShuttingDown, "cut off", "", {}}};
      },
      milliseconds(10));
  EXPECT_EQ(count(Metric::ReconcileTimeouts), 1);
  EXPECT_EQ(results("error"), 1);
  EXPECT_EQ(depth_.delayed, 1U);
}

TEST_F(WorkersTest, LetsWorkInProgressEndWithinTheGrace) {
  std::promise<void> started, may_end;
  std::atomic<bool> was_cut_off{true};
  Workers<Key> workers(
      queue_,
      [&](const Key&, const std::stop_token& stop) {
        started.set_value();
        may_end.get_future().wait();
        was_cut_off = stop.stop_requested();
        return Next{};
      },
      {}, system_clock(), metrics_);
  queue_.add(key("a"));
  started.get_future().wait();
  queue_.add(key("never worked on"));
  std::thread stopping([&] { workers.stop(seconds(60)); });
  may_end.set_value();
  stopping.join();
  EXPECT_FALSE(was_cut_off);
  EXPECT_EQ(results("success"), 1);
}

TEST_F(WorkersTest, CutsWorkOffAfterTheGrace) {
  std::promise<void> started;
  std::atomic<bool> was_cut_off{false};
  Workers<Key> workers(
      queue_,
      [&](const Key&, const std::stop_token& stop) {
        started.set_value();
        was_cut_off = !system_clock().sleep(seconds(60), stop);
        return Next{};
      },
      {}, system_clock(), metrics_);
  queue_.add(key("a"));
  started.get_future().wait();
  workers.stop(milliseconds(1));
  EXPECT_TRUE(was_cut_off);
}

TEST_F(WorkersTest, WorksOnSeveralKeysAtATime) {
  std::latch both(2);
  Workers<Key> workers(
      queue_,
      [&](const Key&, const std::stop_token&) {
        both.arrive_and_wait();  // hangs unless two workers are in here together
        return Next{};
      },
      {.threads = 2}, system_clock(), metrics_);
  queue_.add(key("a"));
  queue_.add(key("b"));
  while (results("success") < 2) std::this_thread::yield();
  EXPECT_EQ(count(Metric::ReconcileMaxConcurrent), 2);
}

}  // namespace
}  // namespace sallyport::runtime
