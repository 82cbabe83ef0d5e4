// SPDX-License-Identifier: Apache-2.0
// What a client could reach, and what stands in its way: the referee's view of a device.
#pragma once

#include "e2e/simulators/bigip/config.hpp"

namespace sallyport::simulators::bigip {

/// [{virtual, address, port, tenant, application, accessProfile, perRequestPolicy, wafPolicy, pool, rules, enabled}]
[[nodiscard]] Json reachability(const Objects& objects);

}  // namespace sallyport::simulators::bigip
