// SPDX-License-Identifier: Apache-2.0
#include "e2e/simulators/latency.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace sallyport::simulators {

using std::chrono::milliseconds;

namespace {

milliseconds rounded(double count) {
  return milliseconds(std::llround(count));
}

}  // namespace

milliseconds uniform(Random& random, milliseconds low, milliseconds high) {
  return low + rounded(random.unit() * static_cast<double>((high - low).count()));
}

milliseconds lognormal(Random& random, milliseconds median, double sigma) {
  // Box-Muller. 1 - u is in (0, 1], so the logarithm is finite.
  const double radius = std::sqrt(-2.0 * std::log(1.0 - random.unit()));
  const double normal = radius * std::cos(2.0 * std::numbers::pi * random.unit());
  return rounded(static_cast<double>(median.count()) * std::exp(sigma * normal));
}

milliseconds scaled(milliseconds duration, double time_scale) {
  return rounded(static_cast<double>(duration.count()) / std::max(time_scale, 1e-6));
}

}  // namespace sallyport::simulators
