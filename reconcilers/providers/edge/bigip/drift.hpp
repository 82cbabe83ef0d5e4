// SPDX-License-Identifier: Apache-2.0
// Does the device still have what was declared, and would it take what it rejected? AS3 itself compares, by a dry run
// of the declared entries.
#pragma once

#include <set>
#include <stop_token>
#include <vector>

#include "reconcilers/providers/edge/bigip/writer.hpp"

namespace sallyport::edge::bigip {

/// Of these applications of one tenant: those that the device no longer has as declared. A null `declared` stands for
/// what AS3 has stored. Slow: the device reads the whole tenant. A tenant that is not ours, or entries that carry
/// another mark, are not judged here: observe tells of them.
[[nodiscard]] Result<std::set<ir::EdgePlace>> find_drift(As3& as3, const StoredTenant& stored,
                                                         std::vector<Wanted> applied, const Mine& mine,
                                                         std::stop_token stop);

/// Of these applications of one tenant (puts, rendered): those against which AS3 has nothing to say. What the device's
/// own database would say is not heard in a dry run. Of a tenant that is not ours: none.
[[nodiscard]] Result<std::set<ir::EdgePlace>> find_takeable(As3& as3, const StoredTenant& stored,
                                                            const std::vector<Wanted>& declared, const Mine& mine,
                                                            std::stop_token stop);

}  // namespace sallyport::edge::bigip
