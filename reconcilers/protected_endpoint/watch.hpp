// SPDX-License-Identifier: Apache-2.0
// What changes by itself and breaks requests: certificates that run out, an issuer that moves, limits of the serving
// host. From what status and the connections know to the conditions TrustChainValid, IdentityConfigCurrent and
// TrafficWithinLimits. Pure.
#pragma once

#include <optional>

#include "reconcilers/protected_endpoint/conditions.hpp"

namespace sallyport::protected_endpoint {

/// Sets the three, from the fields that `status` has by now; without a route that is wanted or kept there are none.
/// Unknown means that nobody could look, and stands in nothing's way.
void judge_watched(Conditions& conditions, const Validated& v, const api::ProtectedEndpointStatus& status,
                   SystemTime now);

/// When one of them changes though nothing is seen to change; empty: not foreseen.
[[nodiscard]] std::optional<SystemTime> next_turn(const Validated& v, const api::ProtectedEndpointStatus& status,
                                                  SystemTime now);

}  // namespace sallyport::protected_endpoint
