// SPDX-License-Identifier: Apache-2.0
#include "operator/store/directory_lock.hpp"

#include "tests/operator/store/directory_edge.hpp"

namespace sallyport::store {
namespace {

using testing::TemporaryDirectory;

/// A sleep is over at once, after having done something.
class DoingClock final : public Clock {
 public:
  explicit DoingClock(std::function<bool()> doing) : doing_(std::move(doing)) {}
  SteadyTime steady() const override { return {}; }
  SystemTime now() const override { return {}; }
  bool sleep(std::chrono::milliseconds, std::stop_token) const override { return doing_(); }

 private:
  std::function<bool()> doing_;
};

TEST(DirectoryLockTest, LetsOneInAtATime) {
  const TemporaryDirectory root;
  DirectoryLock one(root.path);
  DirectoryLock two(root.path);

  EXPECT_TRUE(one.try_acquire().value());
  EXPECT_TRUE(one.held());
  EXPECT_FALSE(two.try_acquire().value());
  EXPECT_FALSE(two.held());

  one.release();
  EXPECT_FALSE(one.held());
  EXPECT_TRUE(two.try_acquire().value());
}

TEST(DirectoryLockTest, WaitsAndSaysForWhom) {
  const TemporaryDirectory root;
  DirectoryLock one(root.path);
  DirectoryLock two(root.path);
  ASSERT_TRUE(one.try_acquire().value());
  std::vector<std::string> told;
  int slept = 0;
  const DoingClock clock([&] {
    if (++slept == 3) one.release();
    return true;
  });

  ASSERT_TRUE(two.acquire(clock, {}, [&](const std::string& holder) { told.push_back(holder); }).has_value());

  EXPECT_TRUE(two.held());
  EXPECT_EQ(slept, 3);
  EXPECT_THAT(told, ::testing::ElementsAre(std::to_string(::getpid())));
}

TEST(DirectoryLockTest, StopsWaitingWhenAsked) {
  const TemporaryDirectory root;
  DirectoryLock one(root.path);
  DirectoryLock two(root.path);
  ASSERT_TRUE(one.try_acquire().value());
  const DoingClock clock([] { return false; });

  EXPECT_EQ(two.acquire(clock, {}, {}).error().code, Code::ShuttingDown);
}

TEST(DirectoryLockTest, IsLostWithItsFile) {
  const TemporaryDirectory root;
  DirectoryLock one(root.path);
  ASSERT_TRUE(one.try_acquire().value());

  std::filesystem::remove(root.path + "/lock");
  EXPECT_FALSE(one.held());

  DirectoryLock two(root.path);
  ASSERT_TRUE(two.try_acquire().value());
  EXPECT_FALSE(one.held());
  EXPECT_TRUE(two.held());
}

}  // namespace
}  // namespace sallyport::store
