// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/authorizer/bulkhead.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>

namespace sallyport::authorizer {
namespace {

TEST(Bulkhead, RunEachJobOnce) {
  std::atomic<int> ran = 0;
  std::latch done(100);
  Bulkhead bulkhead;
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(bulkhead.run(i % 2 == 0 ? "a" : "b", [&](const std::stop_token&) {
      ++ran;
      done.count_down();
    }));
  }
  done.wait();
  EXPECT_EQ(ran, 100);
}

TEST(Bulkhead, OfASlowSystemLeaveThreadsToTheOthers) {
  std::latch slow(1), quick(1);
  Bulkhead bulkhead({.threads = 3, .running = 2, .waiting = 10});
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(bulkhead.run("slow", [&](const std::stop_token&) { slow.wait(); }));
  EXPECT_TRUE(bulkhead.run("quick", [&](const std::stop_token&) { quick.count_down(); }));
  quick.wait();
  slow.count_down();
}

TEST(Bulkhead, TurnAwayWhatIsTooMuchForOneSystem) {
  std::latch begun(1), go(1);
  Bulkhead bulkhead({.threads = 2, .running = 1, .waiting = 2});
  EXPECT_TRUE(bulkhead.run("a", [&](const std::stop_token&) {
    begun.count_down();
    go.wait();
  }));
  begun.wait();
  EXPECT_TRUE(bulkhead.run("a", [](const std::stop_token&) {}));
  EXPECT_TRUE(bulkhead.run("a", [](const std::stop_token&) {}));
  EXPECT_FALSE(bulkhead.run("a", [](const std::stop_token&) {}));
  EXPECT_TRUE(bulkhead.run("b", [](const std::stop_token&) {}));
  go.count_down();
}

TEST(Bulkhead, TellWhatStillWaitsThatTheyStop) {
  std::latch begun(1);
  int told = 0;
  Bulkhead bulkhead({.threads = 1, .running = 1, .waiting = 10});
  EXPECT_TRUE(bulkhead.run("a", [&](const std::stop_token& stop) {
    begun.count_down();
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any never;
    never.wait(lock, stop, [] { return false; });
  }));
  begun.wait();
  for (int i = 0; i < 3; ++i)
    EXPECT_TRUE(bulkhead.run("a", [&](const std::stop_token& stop) { told += stop.stop_requested() ? 1 : 0; }));
  bulkhead.stop();
  EXPECT_EQ(told, 3);
  EXPECT_FALSE(bulkhead.run("a", [](const std::stop_token&) {}));
}

}  // namespace
}  // namespace sallyport::authorizer
