// SPDX-License-Identifier: Apache-2.0
// How long a failed key waits: exponential per key, with jitter, behind one token bucket for all keys of a queue, as in
// client-go's default limiter (the longer of the two waits counts).
#pragma once

#include <algorithm>
#include <chrono>
#include <map>

#include "operator/base/clock.hpp"

namespace sallyport::runtime {

struct BackOffOptions {
  std::chrono::milliseconds base{5};  ///< after the first failure; doubled by each further one
  std::chrono::milliseconds cap = std::chrono::minutes(5);
  double jitter = 0.2;  ///< +- this part of the wait
  double rate = 10;     ///< retries a second over all keys, in the long run
  double burst = 100;   ///< retries that may come at once
};

/// Not thread-safe: the queue's lock guards it.
template <class K>
class BackOff {
 public:
  using Milliseconds = std::chrono::milliseconds;

  BackOff(BackOffOptions options, Random& random) : options_(options), random_(random), tokens_(options.burst) {}

  /// Counts a failure and says how long to wait. Never shorter than `at_least`, above which only jitter is added, so
  /// that what an outside system asked for (Retry-After) is kept and yet not everybody comes back in the same moment.
  Milliseconds next(const K& key, SteadyTime now, Milliseconds at_least) {
    const Milliseconds own = std::max(exponential(failures_[key]++), bucket(now));
    const double swing = options_.jitter * (2 * random_.unit() - 1);
    return std::max(scaled(own, 1 + swing), scaled(at_least, 1 + std::max(0.0, swing)));
  }
  void forget(const K& key) { failures_.erase(key); }
  [[nodiscard]] int failures(const K& key) const {
    const auto found = failures_.find(key);
    return found == failures_.end() ? 0 : found->second;
  }

 private:
  static Milliseconds scaled(Milliseconds wait, double factor) {
    return Milliseconds(static_cast<Milliseconds::rep>(static_cast<double>(wait.count()) * factor));
  }
  [[nodiscard]] Milliseconds exponential(int failures_before) const {
    Milliseconds wait = options_.base;
    for (int i = 0; i < failures_before && wait < options_.cap; ++i) wait *= 2;
    return std::min(wait, options_.cap);
  }
  /// Takes one token, ahead of time if need be: the debt is the wait.
  Milliseconds bucket(SteadyTime now) {
    if (filled_ != SteadyTime{}) {
      const double passed = std::chrono::duration<double>(now - filled_).count();
      tokens_ = std::min(options_.burst, tokens_ + passed * options_.rate);
    }
    filled_ = now;
    tokens_ -= 1;
    return tokens_ >= 0 ? Milliseconds{0}
                        : Milliseconds(static_cast<Milliseconds::rep>(-tokens_ / options_.rate * 1000));
  }

  BackOffOptions options_;
  Random& random_;
  std::map<K, int> failures_;
  double tokens_;
  SteadyTime filled_{};
};

}  // namespace sallyport::runtime
