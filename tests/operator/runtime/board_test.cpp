// SPDX-License-Identifier: Apache-2.0
#include "operator/runtime/board.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>

namespace sallyport::runtime {
namespace {

using TestBoard = Board<std::string, std::string, int>;

Wanted<std::string> wanted(const std::string& owner, std::int64_t generation, const std::string& content) {
  return {Uid(owner), generation, "hash of " + content, content};
}

class BoardTest : public ::testing::Test {
 protected:
  Submitted submit(const std::string& owner, std::int64_t generation, const std::string& content) {
    return board_.submit("bigip", wanted(owner, generation, content));
  }
  std::vector<std::string> contents() {
    std::vector<std::string> all;
    for (const auto& one : board_.take("bigip")) all.push_back(one.fragment);
    return all;
  }

  TestBoard board_;
};

TEST_F(BoardTest, GivesATargetAllThatIsWantedOfIt) {
  EXPECT_EQ(submit("u1", 1, "a"), Submitted::Changed);
  EXPECT_EQ(submit("u2", 1, "b"), Submitted::Changed);
  board_.submit("other", wanted("u1", 1, "c"));
  EXPECT_EQ(contents(), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(contents().size(), 2U) << "taking takes nothing away";
}

TEST_F(BoardTest, SaysWhetherAnythingIsNew) {
  submit("u1", 1, "a");
  EXPECT_EQ(submit("u1", 1, "a"), Submitted::Unchanged);
  EXPECT_EQ(submit("u1", 2, "a"), Submitted::Unchanged) << "an edit that makes no difference outside";
  EXPECT_EQ(submit("u1", 2, "b"), Submitted::Changed);
}

TEST_F(BoardTest, NeverLetsAnOlderGenerationReplaceANewer) {
  submit("u1", 5, "new");
  EXPECT_EQ(submit("u1", 4, "old"), Submitted::Outdated);
  EXPECT_EQ(contents(), std::vector<std::string>{"new"});
  submit("u1", 7, "new");
  EXPECT_EQ(submit("u1", 6, "old"), Submitted::Outdated) << "also when the newer one changed nothing";
}

TEST_F(BoardTest, TakesARecreatedObjectForAnotherOwner) {
  submit("u1", 9, "old life");
  EXPECT_EQ(submit("u2", 1, "new life"), Submitted::Changed);
  EXPECT_EQ(contents().size(), 2U) << "the old life's wish stands until it is withdrawn";
}

TEST_F(BoardTest, KeepsAVerdictForWhatItWasGivenFor) {
  submit("u1", 1, "a");
  EXPECT_FALSE(board_.verdict("bigip", Uid("u1")).has_value());
  EXPECT_EQ(board_.record("bigip", Uid("u1"), "hash of a", 42), Recorded::News);
  EXPECT_EQ(board_.verdict("bigip", Uid("u1")), 42);

  submit("u1", 2, "b");
  EXPECT_FALSE(board_.verdict("bigip", Uid("u1")).has_value());
}

TEST_F(BoardTest, IgnoresAVerdictOnWhatIsNoLongerWanted) {
  submit("u1", 1, "a");
  submit("u1", 2, "b");
  EXPECT_EQ(board_.record("bigip", Uid("u1"), "hash of a", 42), Recorded::Outdated);
  EXPECT_EQ(board_.record("bigip", Uid("u2"), "hash of a", 42), Recorded::Outdated);
  EXPECT_EQ(board_.record("nginx", Uid("u1"), "hash of b", 42), Recorded::Outdated);
  EXPECT_FALSE(board_.verdict("bigip", Uid("u1")).has_value());
}

TEST_F(BoardTest, CallsItNewsOnlyWhenAVerdictChanges) {
  submit("u1", 1, "a");
  int news = 0;
  for (const int verdict : {1, 1, 1, 2, 2})
    news += board_.record("bigip", Uid("u1"), "hash of a", verdict) == Recorded::News ? 1 : 0;
  EXPECT_EQ(news, 2);
}

TEST_F(BoardTest, ForgetsWhatIsWithdrawnAndNothingElse) {
  submit("u1", 1, "a");
  submit("u2", 1, "b");
  board_.submit("other", wanted("u1", 1, "c"));
  board_.withdraw("bigip", Uid("u1"));
  board_.withdraw("bigip", Uid("u1"));
  board_.withdraw("nowhere", Uid("u1"));
  EXPECT_EQ(contents(), std::vector<std::string>{"b"});
  EXPECT_FALSE(board_.has("bigip", Uid("u1")));
  EXPECT_TRUE(board_.has("other", Uid("u1")));
  EXPECT_EQ(submit("u1", 1, "a"), Submitted::Changed) << "a withdrawn wish leaves no generation behind";
}

TEST_F(BoardTest, NamesTheTargetsWithACertainVerdict) {
  const auto is_seven = [](int verdict) { return verdict == 7; };
  board_.submit("bigip", wanted("u1", 1, "a"));
  board_.submit("other", wanted("u2", 1, "b"));
  EXPECT_TRUE(board_.targets_with(is_seven).empty());

  board_.record("bigip", Uid("u1"), "hash of a", 7);
  board_.record("other", Uid("u2"), "hash of b", 8);

  EXPECT_EQ(board_.targets_with(is_seven), std::vector<std::string>{"bigip"});
}

TEST(BoardProperty, EndsWithTheNewestGenerationWhateverTheOrder) {
  std::atomic<int> told{0};
  TestBoard board;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 3; ++t) {
      threads.emplace_back([&, t] {
        for (int generation = 1 + t; generation <= 300; generation += 3) {
          board.submit("bigip", wanted("u1", generation, std::to_string(generation)));
          for (const auto& one : board.take("bigip"))
            told += board.record("bigip", one.owner, one.hash, std::stoi(one.fragment)) == Recorded::News ? 1 : 0;
        }
      });
    }
  }
  const auto last = board.take("bigip");
  ASSERT_EQ(last.size(), 1U);
  EXPECT_EQ(last[0].generation, 300);
  EXPECT_EQ(board.verdict("bigip", Uid("u1")), 300);
  EXPECT_GT(told, 0);
}

}  // namespace
}  // namespace sallyport::runtime
