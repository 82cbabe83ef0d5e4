// SPDX-License-Identifier: Apache-2.0
// May this device be written to, and what should people know about it: read before the first write, and every few
// minutes. Reads only (f5.md 4.7).
#pragma once

#include <stop_token>

#include "reconcilers/providers/edge/bigip/device.hpp"
#include "reconcilers/providers/edge/edge_provider.hpp"

namespace sallyport::edge::bigip {

/// GET /mgmt/tm/sys/version, /mgmt/shared/appsvcs/info, /mgmt/tm/sys/provision, /mgmt/tm/ltm/virtual-address,
/// /mgmt/tm/net/self, /mgmt/tm/ltm/snat-translation, /mgmt/tm/cm/sync-status and /mgmt/tm/sys/folder of the ACTIVE
/// unit. NotFound with what to do when AS3 is not there or older than 3.50, or ltm or apm is not provisioned. Fills
/// everything but `active_unit`.
[[nodiscard]] Result<Condition> preflight(Device& unit, const InstanceId& instance, std::stop_token stop);

}  // namespace sallyport::edge::bigip
