// SPDX-License-Identifier: Apache-2.0
// Time that moves only when a test says so.
#pragma once

#include <mutex>

#include "operator/base/clock.hpp"

namespace sallyport::testing {

class FakeClock final : public Clock {
 public:
  SteadyTime steady() const override {
    const std::lock_guard lock(mutex_);
    return SteadyTime{} + std::chrono::hours(1) + passed_;
  }
  SystemTime now() const override {
    const std::lock_guard lock(mutex_);
    return std::chrono::sys_days{std::chrono::year(2026) / 11 / 22} + passed_;
  }
  /// Sleeping moves the time on at once.
  bool sleep(std::chrono::milliseconds duration, std::stop_token stop) const override {
    if (stop.stop_requested()) return false;
    advance(duration);
    return true;
  }
  void advance(std::chrono::milliseconds duration) const {
    const std::lock_guard lock(mutex_);
    passed_ += duration;
  }

 private:
  mutable std::mutex mutex_;
  mutable std::chrono::milliseconds passed_{0};
};

/// Always the same "chance": 0.5 unless told otherwise, which makes +-20 % jitter vanish.
class FakeRandom final : public Random {
 public:
  explicit FakeRandom(double value = 0.5) : value_(value) {}
  double unit() override { return value_; }

 private:
  double value_;
};

}  // namespace sallyport::testing
