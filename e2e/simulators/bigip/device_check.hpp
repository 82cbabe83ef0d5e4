// SPDX-License-Identifier: Apache-2.0
// What mcpd refuses although AS3 found the declaration valid: certificates it cannot read, keys that do not fit, and
// addresses that somebody else has.
#pragma once

#include <optional>
#include <string>

#include "e2e/simulators/bigip/config.hpp"

namespace sallyport::simulators::bigip {

/// mcpd's sentence for the first thing it cannot load, or nothing. `objects` are the tenant's, as realize() made them;
/// `others` is what the device has; what `others` has in the tenant's own partition is about to be replaced.
[[nodiscard]] std::optional<std::string> device_check(const std::string& tenant, const Json& declared,
                                                      const Objects& objects, const Objects& others);

}  // namespace sallyport::simulators::bigip
