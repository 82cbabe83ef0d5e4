// SPDX-License-Identifier: Apache-2.0
#include "operator/runtime/rate_limiter.hpp"

#include <algorithm>
#include <cmath>

namespace sallyport::runtime {
namespace {
using std::chrono::milliseconds;

milliseconds rounded_up(std::chrono::duration<double> wait) {
  return std::max(milliseconds{1}, milliseconds(static_cast<milliseconds::rep>(std::ceil(wait.count() * 1000))));
}
}  // namespace

RateLimiter::RateLimiter(RateLimiterOptions options, const Clock& clock)
    : options_(options), clock_(clock), rate_(options.rate), tokens_(options.burst), filled_(clock.steady()) {}

Result<void> RateLimiter::acquire(std::stop_token stop) {
  const Error stopped{Code::ShuttingDown, "stopped while waiting for a turn to send", {}, {}};
  if (stop.stop_requested()) return stopped;
  // Asked again after each wait: the rate may have changed, and others are waiting too.
  for (milliseconds wait = try_acquire(); wait > milliseconds{0}; wait = try_acquire()) {
    if (!clock_.sleep(wait, stop)) return stopped;
  }
  return {};
}

milliseconds RateLimiter::try_acquire() {
  const std::lock_guard lock(mutex_);
  const SteadyTime now = clock_.steady();
  if (now < closed_until_) return rounded_up(closed_until_ - now);
  refill(now);
  if (tokens_ >= 1) {
    tokens_ -= 1;
    return milliseconds{0};
  }
  return rounded_up(std::chrono::duration<double>((1 - tokens_) / rate_));
}

void RateLimiter::refill(SteadyTime now) {
  const double passed = std::chrono::duration<double>(now - filled_).count();
  tokens_ = std::min(options_.burst, tokens_ + passed * rate_);
  filled_ = now;
}

void RateLimiter::on_throttled(std::optional<milliseconds> retry_after) {
  const std::lock_guard lock(mutex_);
  const SteadyTime now = clock_.steady();
  refill(now);
  // Requests that were under way together are all refused together: that is one piece of news.
  if (last_throttled_ == SteadyTime{} || now - last_throttled_ >= options_.settle) {
    rate_ = std::max(options_.slowest, rate_ / 2);
    last_throttled_ = now;
  }
  tokens_ = std::min(tokens_, 1.0);  // no burst right after
  if (retry_after) closed_until_ = std::max(closed_until_, now + *retry_after);
}

void RateLimiter::on_success() {
  const std::lock_guard lock(mutex_);
  refill(clock_.steady());
  rate_ = std::min(options_.rate, rate_ + options_.recovery * options_.rate);
}

double RateLimiter::rate() const {
  const std::lock_guard lock(mutex_);
  return rate_;
}

}  // namespace sallyport::runtime
