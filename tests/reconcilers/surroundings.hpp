// SPDX-License-Identifier: Apache-2.0
// What links and worlds of a test stand in: a clock that stands still, numbers, and an ear for what is told.
#pragma once

#include <mutex>
#include <vector>

#include "reconcilers/shared/world.hpp"
#include "tests/testing/fake_clock.hpp"

namespace sallyport::testing {

struct Surroundings {
  FakeClock clock;
  FakeRandom random;
  metrics::Metrics metrics;

  [[nodiscard]] shared::Around around() {
    return {clock,
            random,
            metrics,
            std::chrono::minutes(10),
            [this](const Key& owner, runtime::Priority priority) {
              hear((priority == runtime::Priority::High ? "urgent verdict " : "verdict ") + owner.text());
            },
            [this](const Key& connection, shared::HealthNews news) {
              hear((news == shared::HealthNews::Usable ? "usable " : "looked ") + connection.text());
            }};
  }
  [[nodiscard]] std::vector<std::string> heard() const {
    const std::lock_guard lock(mutex_);
    return heard_;
  }

 private:
  void hear(std::string what) {
    const std::lock_guard lock(mutex_);
    heard_.push_back(std::move(what));
  }
  mutable std::mutex mutex_;
  std::vector<std::string> heard_;
};

/// Lets a link's own threads do nothing, so that a test takes each step itself.
inline runtime::Next no_step(auto&, const Key&, std::stop_token) {
  return {};
}

inline ir::Verdict verdict_of(ir::Outcome outcome) {
  ir::Verdict verdict;
  verdict.outcome = outcome;
  return verdict;
}

}  // namespace sallyport::testing
