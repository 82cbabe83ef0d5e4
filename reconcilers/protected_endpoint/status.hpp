// SPDX-License-Identifier: Apache-2.0
// Step 5: tells the truth. From decisions and verdicts to conditions and status fields. Pure.
#pragma once

#include <optional>
#include <vector>

#include "operator/base/clock.hpp"
#include "reconcilers/protected_endpoint/build.hpp"

namespace sallyport::protected_endpoint {

/// What became of each fragment, in the order of Fragments. No verdict: not tried yet.
struct Verdicts {
  std::vector<std::optional<ir::Verdict>> clients;
  std::vector<std::optional<ir::Verdict>> grants;
  std::vector<std::optional<ir::Verdict>> edges;
  std::optional<Error> slot;  ///< why no address could be had
};

/// The status to write: conditions keep their transition times where nothing changed.
[[nodiscard]] api::ProtectedEndpointStatus status_of(const Validated& validated, const Fragments& fragments,
                                                     const Verdicts& verdicts, SystemTime now);

/// The ledger after these verdicts: new hashes where something was applied, and without what was seen gone.
[[nodiscard]] std::vector<api::Placement> settle(const std::vector<api::Placement>& placements,
                                                 const Fragments& fragments, const Verdicts& verdicts);

}  // namespace sallyport::protected_endpoint
