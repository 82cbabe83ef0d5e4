// SPDX-License-Identifier: Apache-2.0
// Time and chance as parameters, so that tests never sleep and never guess.
#pragma once

#include <chrono>
#include <cstdint>
#include <ctime>
#include <stop_token>
#include <string>

#include "operator/base/result.hpp"

namespace sallyport {

using SteadyTime = std::chrono::steady_clock::time_point;
using SystemTime = std::chrono::system_clock::time_point;

class Clock {
 public:
  virtual ~Clock() = default;
  /// For intervals and deadlines; unaffected by clock changes.
  [[nodiscard]] virtual SteadyTime steady() const = 0;
  /// For what people and other systems read.
  [[nodiscard]] virtual SystemTime now() const = 0;
  /// Waits; false if `stop` ended the wait.
  virtual bool sleep(std::chrono::milliseconds duration, std::stop_token stop) const = 0;
};

/// The machine's clock. Stateless; lives for the whole program.
[[nodiscard]] const Clock& system_clock();

class Random {
 public:
  virtual ~Random() = default;
  /// Uniform in [0, 1). Thread-safe. For jitter; for secrets see `random_token`.
  [[nodiscard]] virtual double unit() = 0;
};

/// Seeded from the machine's entropy; thread-safe; lives for the whole program.
[[nodiscard]] Random& system_random();

/// Of UTC. A year beyond the clock is the clock's end: certificates that are for good say 9999.
[[nodiscard]] SystemTime utc_time(std::tm parts);
/// RFC 3339 in UTC with whole seconds, as Kubernetes writes times: `2026-11-22T10:20:30Z`.
[[nodiscard]] std::string to_rfc3339(SystemTime time);
/// RFC 3339 in UTC with microseconds, as Kubernetes writes Lease times: `2026-11-22T10:20:30.000000Z`.
[[nodiscard]] std::string to_rfc3339_micro(SystemTime time);
/// Accepts both forms above and numeric offsets; a year beyond the clock is the clock's end. InvalidSpec for others.
[[nodiscard]] Result<SystemTime> parse_rfc3339(std::string_view text);

}  // namespace sallyport
