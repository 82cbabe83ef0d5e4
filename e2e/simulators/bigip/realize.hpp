// SPDX-License-Identifier: Apache-2.0
// From a declared tenant to the objects that AS3 would create for it, with the defaults that matter to a judge:
// redirect80 makes a second virtual on port 80, an upstream is not verified unless asked, X-Forwarded-For is inserted.
#pragma once

#include <string>

#include "e2e/simulators/bigip/config.hpp"

namespace sallyport::simulators::bigip {

/// Every object of the tenant, its folders included. The tenant has been found valid. An empty tenant has none.
[[nodiscard]] Objects realize(const std::string& name, const Json& tenant);

}  // namespace sallyport::simulators::bigip
