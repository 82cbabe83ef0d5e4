// SPDX-License-Identifier: Apache-2.0
// Courtesy towards an outside system whose limits nobody publishes: a token bucket that halves its rate when told to
// slow down and recovers little by little. One per workspace, device or identity provider, shared by all that talk to
// it.
#pragma once

#include <chrono>
#include <mutex>
#include <optional>
#include <stop_token>

#include "operator/base/clock.hpp"
#include "operator/base/result.hpp"

namespace sallyport::runtime {

struct RateLimiterOptions {
  double rate = 10;                                            ///< requests a second when all is well
  double slowest = 0.1;                                        ///< the rate never falls below this
  double burst = 10;                                           ///< requests that may come at once after a rest
  double recovery = 0.02;                                      ///< part of `rate` that each success gives back
  std::chrono::milliseconds settle = std::chrono::seconds(1);  ///< throttlings within this time count as one
};

/// Thread-safe.
class RateLimiter {
 public:
  /// `clock` must outlive the limiter.
  RateLimiter(RateLimiterOptions options, const Clock& clock);

  /// Waits for a turn. ShuttingDown when `stop` ended the wait: then nothing may be sent.
  [[nodiscard]] Result<void> acquire(std::stop_token stop);
  /// A 429, or a 503 that says busy: halves the rate, and lets nobody through before `retry_after` has passed.
  void on_throttled(std::optional<std::chrono::milliseconds> retry_after);
  void on_success();

  [[nodiscard]] double rate() const;

 private:
  /// How long to wait before asking again; zero: the turn is ours.
  [[nodiscard]] std::chrono::milliseconds try_acquire();
  void refill(SteadyTime now);

  const RateLimiterOptions options_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  double rate_;
  double tokens_;
  SteadyTime filled_;
  SteadyTime closed_until_{};
  SteadyTime last_throttled_{};
};

}  // namespace sallyport::runtime
