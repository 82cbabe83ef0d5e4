// SPDX-License-Identifier: Apache-2.0
// What a status says beside its conditions: where things are, who may do what, when the next try is due. Pure.
#pragma once

#include "reconcilers/protected_endpoint/status.hpp"

namespace sallyport::protected_endpoint {

/// On what the object wants now; what follows is about its former places. Nothing: it is not known yet.
[[nodiscard]] std::optional<ir::Verdict> first(const std::vector<std::optional<ir::Verdict>>& verdicts);

/// On the access list of a backend of the spec. Nothing: it is not known yet.
[[nodiscard]] std::optional<ir::Verdict> grant_verdict(const Verdicts& verdicts, const Validated& validated,
                                                       std::size_t backend);

/// The first error among the verdicts; null: there is none.
[[nodiscard]] const Error* first_error(const Verdicts& verdicts);

/// Everything but conditions and placements. A field of which the verdicts say nothing stays as it is.
void tell_fields(const Validated& validated, const Fragments& fragments, const Verdicts& verdicts, SystemTime now,
                 api::ProtectedEndpointStatus& status);

}  // namespace sallyport::protected_endpoint
