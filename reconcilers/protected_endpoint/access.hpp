// SPDX-License-Identifier: Apache-2.0
// What status says of the backends: who may use their serving endpoints, and where requests go. Pure.
#pragma once

#include "reconcilers/protected_endpoint/conditions.hpp"
#include "reconcilers/protected_endpoint/status.hpp"

namespace sallyport::protected_endpoint {

/// AccessGranted, one condition for all backends: that of the one with the most trouble.
void judge_access(Conditions& conditions, const Validated& validated, const Verdicts& verdicts);

/// What holds only in part: backends that no request goes to, or grants that some principals lack.
[[nodiscard]] Finding partly_applied(const Validated& validated, const Fragments& fragments, const Verdicts& verdicts);

}  // namespace sallyport::protected_endpoint
