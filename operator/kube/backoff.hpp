// SPDX-License-Identifier: Apache-2.0
// Growing, jittered pauses for one loop.
#pragma once

#include <chrono>
#include <optional>

#include "operator/base/clock.hpp"

namespace sallyport::kube {

/// The figures of client-go's reflector: 800 ms, doubled each time, lengthened by up to its own length again by chance,
/// and back to the first after two minutes without asking; but never more than 30 s in all. For one thread.
class Backoff {
 public:
  Backoff(const Clock& clock, Random& random) : clock_(&clock), random_(&random) {}
  [[nodiscard]] std::chrono::milliseconds next();

 private:
  const Clock* clock_;
  Random* random_;
  std::chrono::milliseconds base_{0};
  std::optional<SteadyTime> last_;
};

}  // namespace sallyport::kube
