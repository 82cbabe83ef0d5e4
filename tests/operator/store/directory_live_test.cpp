// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <condition_variable>

#include "operator/store/directory.hpp"
#include "tests/operator/store/directory_edge.hpp"

namespace sallyport::store {
namespace {

using testing::gate;
using ::testing::HasSubstr;

class WatchedDirectory : public testing::Directory {
 protected:
  void changed(const Key& key, Cause) override {
    const std::lock_guard lock(mutex_);
    seen_.insert(key);
    seen_change_.notify_all();
  }
  bool sees(const Key& key) {
    std::unique_lock lock(mutex_);
    return seen_change_.wait_for(lock, std::chrono::seconds(20), [&] { return seen_.contains(key); });
  }
  void TearDown() override { store_.reset(); }

 private:
  std::mutex mutex_;
  std::condition_variable seen_change_;
  std::set<Key> seen_;
};

TEST_F(WatchedDirectory, IsReadAgainWhenItChanges) {
  start();
  store_->watch();

  put("a.yaml", gate("a"));
  EXPECT_TRUE(sees(gate_key("a")));
  put("deep/er/b.yaml", gate("b"));
  EXPECT_TRUE(sees(gate_key("b")));

  store_->stop();
}

TEST_F(WatchedDirectory, ShowsTheLastStatusWhenItStops) {
  put("a.yaml", gate("a"));
  start();
  store_->watch();

  ASSERT_TRUE(store_->write_status(gate_key("a"), get("a")->meta, R"({"address":"192.0.2.7"})").has_value());
  store_->stop();

  EXPECT_THAT(testing::read_text(manifests() + "/a.status.yaml"), HasSubstr("192.0.2.7"));
}

class StumblingDirectory : public WatchedDirectory {
 protected:
  DirectoryOptions options() override {
    DirectoryOptions options = Directory::options();
    options.longest = std::chrono::hours(1);
    options.soon = std::chrono::milliseconds(5);
    options.may_write = [this]() -> Result<void> {
      if (failures_ <= 0) return {};
      --failures_;
      return Error{Code::Unavailable, "not just now", {}, {}};
    };
    return options;
  }
  std::atomic<int> failures_ = 0;
};

TEST_F(StumblingDirectory, IsSoonReadAgainWhenItCouldNotBe) {
  start();
  failures_ = 20;
  store_->watch();

  put("a.yaml", gate("a"));

  EXPECT_TRUE(sees(gate_key("a")));
  store_->stop();
}

class LosingDirectory : public testing::Directory {
 protected:
  DirectoryOptions options() override {
    DirectoryOptions options = Directory::options();
    options.may_write = [this]() -> Result<void> {
      if (may_) return {};
      return Error{Code::ShuttingDown, "not held", {}, {}};
    };
    return options;
  }
  bool may_ = true;
};

TEST_F(LosingDirectory, WritesNothingWithoutTheLock) {
  put("a.yaml", gate("a"));
  start();
  const auto meta = get("a")->meta;
  may_ = false;

  EXPECT_EQ(store_->write_status(gate_key("a"), meta, "{}").error().code, Code::ShuttingDown);
  EXPECT_EQ(store_->set_finalizer(gate_key("a"), meta, Store::Finalizer::Present).error().code, Code::ShuttingDown);
  EXPECT_EQ(store_->write_object(gate_key("b"), "{}").error().code, Code::ShuttingDown);
  EXPECT_EQ(store_->delete_object(gate_key("a")).error().code, Code::ShuttingDown);
  EXPECT_EQ(store_->write_secret({.ns = "risk", .name = "s", .bytes = {}}).error().code, Code::ShuttingDown);
  EXPECT_EQ(store_->delete_secret("risk", "s", Uid("u")).error().code, Code::ShuttingDown);
  EXPECT_EQ(store_->scan().error().code, Code::ShuttingDown);
}

}  // namespace
}  // namespace sallyport::store
