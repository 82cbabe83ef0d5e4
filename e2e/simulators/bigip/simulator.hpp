// SPDX-License-Identifier: Apache-2.0
// A BIG-IP, or a pair of them, as seen through AS3 and iControl REST. BEHAVIOUR.md names a source for each behaviour.
#pragma once

#include <memory>

#include "e2e/simulators/simulator.hpp"

namespace sallyport::simulators {

/// Uses units, user, password, latency, time_scale, clock and random of `options`. InvalidSpec without a password, or
/// for a number of units other than 1 or 2.
[[nodiscard]] Result<std::unique_ptr<Simulator>> make_bigip(const Options& options);

}  // namespace sallyport::simulators
