// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/authorizer/key_cache.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <nlohmann/json.hpp>
#include <thread>

#include "tests/testing/fake_clock.hpp"
#include "tests/testing/signing_key.hpp"

namespace sallyport::authorizer {
namespace {

using nlohmann::json;
using std::chrono::hours, std::chrono::minutes, std::chrono::seconds;
using What = KeyChange::What;

using Ids = std::vector<std::string>;

json key(const std::string& id) {
  return testing::SigningKey("P-256", id).jwk();
}

std::string set_of(const std::vector<json>& keys) {
  return json{{"keys", keys}}.dump();
}

class KeyCacheTest : public ::testing::Test {
 protected:
  std::vector<std::string> ids() {
    std::vector<std::string> found;
    const auto keys = cache_.current();
    if (keys.set) {
      for (const auto& k : keys.set->keys()) found.push_back(k.id());
    }
    return found;
  }

  void later() {
    clock_.advance(minutes(10));
    cache_.refresh();
  }
  std::vector<KeyChange> changes() { return cache_.take_changes(); }

  testing::FakeClock clock_;
  Result<std::string> answer_ = set_of({key("a")});
  int fetches_ = 0;
  KeyCache cache_{[this] {
                    ++fetches_;
                    return answer_;
                  },
                  KeyWindows{}, clock_};
};

TEST_F(KeyCacheTest, IsEmptyUntilTheFirstAnswer) {
  EXPECT_EQ(cache_.current().state, KeyState::Empty);
  EXPECT_EQ(cache_.current().set, nullptr);
  answer_ = Error{Code::Unavailable, "connection refused", {}, {}};
  cache_.refresh();
  EXPECT_EQ(cache_.current().state, KeyState::Empty);
  EXPECT_EQ(cache_.trouble(), "connection refused");
}

TEST_F(KeyCacheTest, RefreshesWhenItIsTimeAndNotBefore) {
  cache_.refresh();
  EXPECT_EQ(cache_.current().state, KeyState::Fresh);
  clock_.advance(minutes(5) - seconds(1));
  cache_.refresh();
  EXPECT_EQ(fetches_, 1);
  clock_.advance(seconds(32));
  EXPECT_EQ(cache_.current().state, KeyState::Stale);
  cache_.refresh();
  EXPECT_EQ(fetches_, 2);
  EXPECT_EQ(cache_.current().state, KeyState::Fresh);
}

TEST_F(KeyCacheTest, KeepsItsKeysWhileTheIssuerIsDownAndGivesThemUpInTheEnd) {
  cache_.refresh();
  answer_ = Error{Code::Unavailable, "connection refused", {}, {}};
  for (int i = 0; i < 10; ++i) {
    clock_.advance(hours(2));
    cache_.refresh();
    EXPECT_EQ(cache_.current().state, KeyState::Stale);
    EXPECT_EQ(ids(), Ids{"a"});
  }
  clock_.advance(hours(4));
  EXPECT_EQ(cache_.current().state, KeyState::Dead);
  EXPECT_EQ(cache_.current().set, nullptr);
  answer_ = set_of({key("b")});
  cache_.refresh();
  EXPECT_EQ(ids(), Ids{"b"});
}

TEST_F(KeyCacheTest, WaitsTwiceAsLongAfterEachFailureUpToFiveMinutes) {
  answer_ = Error{Code::Unavailable, "connection refused", {}, {}};
  for (const seconds pause : {seconds(30), seconds(60), seconds(120), seconds(240), seconds(300), seconds(300)}) {
    clock_.advance(std::chrono::duration_cast<std::chrono::milliseconds>(cache_.next_refresh() - clock_.steady()));
    cache_.refresh();
    EXPECT_EQ(cache_.next_refresh() - clock_.steady(), pause);
  }
}

TEST_F(KeyCacheTest, LooksAgainForAnUnknownKeyButNotMoreOftenThanTheCoolDown) {
  cache_.refresh();
  answer_ = set_of({key("a"), key("b")});
  cache_.renewed();
  EXPECT_EQ(fetches_, 1) << "within the cool-down";
  clock_.advance(seconds(30));
  EXPECT_EQ(cache_.renewed().set->keys().size(), 2U);
  for (int i = 0; i < 1000; ++i) cache_.renewed();
  EXPECT_EQ(fetches_, 2);
}

TEST_F(KeyCacheTest, GoesOnAfterAFetchThatThrows) {
  KeyCache cache([]() -> Result<std::string> { throw std::bad_alloc(); }, KeyWindows{}, clock_);
  cache.refresh();
  EXPECT_FALSE(cache.trouble().empty());
  clock_.advance(seconds(30));
  EXPECT_EQ(cache.renewed().state, KeyState::Empty) << "and it returns";
}

TEST_F(KeyCacheTest, NeverEmptiesItselfForAnAnswerThatIsNone) {
  cache_.refresh();
  for (const char* text : {"<html>", "", "{}", R"({"keys":7})"}) {
    answer_ = text;
    for (int i = 0; i < 2; ++i) later();
    EXPECT_EQ(ids(), Ids{"a"}) << text;
    EXPECT_FALSE(cache_.trouble().empty());
  }
}

TEST_F(KeyCacheTest, BelievesThatNearlyAllKeysAreGoneWhenItIsSaidTwice) {
  std::vector<json> ten;
  for (int i = 0; i < 10; ++i) ten.push_back(key("k" + std::to_string(i)));
  for (const std::vector<json>& few : {std::vector<json>{}, std::vector<json>{ten.front()}}) {
    answer_ = set_of(ten);
    later();
    ASSERT_EQ(ids().size(), 10U);
    answer_ = set_of(few);
    later();
    EXPECT_EQ(ids().size(), 10U);
    EXPECT_NE(cache_.trouble().find("not believed"), std::string::npos);
    answer_ = *answer_ + " ";  // the same keys in another text
    later();
    EXPECT_EQ(ids().size(), few.size());
  }
}

TEST_F(KeyCacheTest, BelievesASmallerSetAtOnceWhenItsOwnIsTooOldToBeUsed) {
  std::vector<json> ten;
  for (int i = 0; i < 10; ++i) ten.push_back(key("k" + std::to_string(i)));
  answer_ = set_of(ten);
  later();
  clock_.advance(hours(25));
  answer_ = set_of({ten.front()});
  later();
  EXPECT_EQ(ids(), Ids{"k0"});
}

TEST_F(KeyCacheTest, DropsAKeyAtOnceWhosePrivatePartIsPublishedAndNeverTakesItAgain) {
  const json a = key("a");
  answer_ = set_of({a});
  later();
  json published = a;
  published["d"] = "AAAA";
  answer_ = set_of({published});
  later();
  EXPECT_EQ(ids(), Ids{});
  EXPECT_EQ(changes(), (std::vector<KeyChange>{{What::Added, "a"},
                                               {What::Compromised, "a"},
                                               {What::SetAside, "a", "holds what only its owner may know"}}));
  json renamed = a;
  renamed["kid"] = "b";
  answer_ = set_of({renamed, key("c")});
  later();
  EXPECT_EQ(ids(), Ids{"c"});
}

TEST_F(KeyCacheTest, TellsWhatWasAddedAndRemoved) {
  const json a = key("a"), b = key("b");
  answer_ = set_of({a, b});
  later();
  EXPECT_EQ(changes(), (std::vector<KeyChange>{{What::Added, "a"}, {What::Added, "b"}}));
  answer_ = set_of({a, key("c")});
  later();
  EXPECT_EQ(changes(), (std::vector<KeyChange>{{What::Added, "c"}, {What::Removed, "b"}}));
  EXPECT_TRUE(changes().empty());
}

TEST_F(KeyCacheTest, RaisesTheAlarmForAnotherKeyUnderAKnownIdAlsoAfterAPause) {
  const json a = key("a"), b = key("b");
  answer_ = set_of({a, b});
  later();
  changes();
  answer_ = set_of({key("a"), b});
  later();
  EXPECT_EQ(changes(), (std::vector<KeyChange>{{What::Replaced, "a"}}));
  answer_ = set_of({b});
  later();
  EXPECT_EQ(changes(), (std::vector<KeyChange>{{What::Removed, "a"}}));
  answer_ = set_of({b, key("a")});
  later();
  EXPECT_EQ(changes(), (std::vector<KeyChange>{{What::Replaced, "a"}}));
}

TEST_F(KeyCacheTest, TellsThatAKeyCanNoLongerBeUsedAndWhy) {
  json a = key("a"), b = key("b");
  answer_ = set_of({a, b});
  later();
  changes();
  a["use"] = "enc";
  answer_ = set_of({a, b, key("b")});
  for (int i = 0; i < 2; ++i) later();  // nothing is left that could be used
  EXPECT_EQ(changes(), (std::vector<KeyChange>{{What::SetAside, "a", "'use' is not 'sig'"},
                                               {What::SetAside, "b", "shares its 'kid' with another key"}}));
}

TEST_F(KeyCacheTest, TellsKeysWithoutAnIdApart) {
  json first = key(""), second = key("");
  first.erase("kid");
  second.erase("kid");
  answer_ = set_of({first});
  later();
  answer_ = set_of({first, second});
  later();
  answer_ = set_of({second});
  later();
  const auto seen = changes();
  ASSERT_EQ(seen.size(), 3U);
  EXPECT_EQ(seen[0].what, What::Added);
  EXPECT_EQ(seen[1].what, What::Added);
  EXPECT_EQ(seen[2], (KeyChange{What::Removed, seen[0].id}));
}

/// A cache whose fetch lasts until the test ends it.
class SlowFetch : public ::testing::Test {
 protected:
  static constexpr int kThreads = 8;
  void ask(int threads) {
    for (int i = 0; i < threads; ++i) {
      threads_.emplace_back([this] {
        if (cache_.renewed().set != nullptr) ++served_;
        ++returned_;
      });
    }
  }

  const testing::FakeClock clock_;
  std::atomic<int> fetches_ = 0, served_ = 0, returned_ = 0;
  std::latch under_way_{1}, ends_{1};
  const std::string answer_ = set_of({key("a")});
  KeyCache cache_{[this]() -> Result<std::string> {
                    ++fetches_;
                    under_way_.count_down();
                    ends_.wait();
                    return answer_;
                  },
                  KeyWindows{.max_waiting = 2}, clock_};
  std::vector<std::jthread> threads_;
};

TEST_F(SlowFetch, IsMadeOnceForManyWhoMissAKey) {
  ask(1);
  under_way_.wait();
  ask(2);
  ends_.count_down();
  threads_.clear();
  EXPECT_EQ(fetches_, 1);
  EXPECT_EQ(served_, 3);
}

TEST_F(SlowFetch, DoesNotHoldUpMoreThanAFewCallers) {
  ask(1);
  under_way_.wait();
  ask(kThreads);
  while (returned_ < kThreads - 2) std::this_thread::yield();  // all but the two who wait
  EXPECT_EQ(served_, 0);
  EXPECT_EQ(cache_.current().state, KeyState::Empty) << "and nobody who only looks";
  ends_.count_down();
  threads_.clear();
  EXPECT_EQ(served_, 3);
  EXPECT_EQ(fetches_, 1);
}

}  // namespace
}  // namespace sallyport::authorizer
