// SPDX-License-Identifier: Apache-2.0
// How long the real system takes, drawn from the distributions that were measured or reported.
#pragma once

#include <chrono>

#include "operator/base/clock.hpp"

namespace sallyport::simulators {

/// Uniform in [low, high].
[[nodiscard]] std::chrono::milliseconds uniform(Random& random, std::chrono::milliseconds low,
                                                std::chrono::milliseconds high);
/// Lognormal with this median; `sigma` is the standard deviation of the logarithm (0.4: most within half and double).
[[nodiscard]] std::chrono::milliseconds lognormal(Random& random, std::chrono::milliseconds median, double sigma);
/// `duration` divided by `time_scale`.
[[nodiscard]] std::chrono::milliseconds scaled(std::chrono::milliseconds duration, double time_scale);

}  // namespace sallyport::simulators
