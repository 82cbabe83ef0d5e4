// SPDX-License-Identifier: Apache-2.0
// The stage machinery of a scenario, below /_sim/: what the device looks like from outside, and hands that move it.
// Callers hold the group's mutex and have settled it.
#pragma once

#include "e2e/simulators/bigip/unit.hpp"

namespace sallyport::simulators::bigip {

/// GET state | virtuals; POST failover | edit | restart | lock | as3 | provision | users | tokens. See BEHAVIOUR.md.
[[nodiscard]] http::Outgoing answer_control(Group& group, int unit, const http::Incoming& incoming);

}  // namespace sallyport::simulators::bigip
