// SPDX-License-Identifier: Apache-2.0
// Step 2: decides, per outside object, whether it shall be there, be gone or stay as it is, and says why. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reconcilers/ir/owner.hpp"
#include "reconcilers/protected_endpoint/dereference.hpp"

namespace sallyport::protected_endpoint {

/// A condition's words. Empty reason: nothing to complain about.
struct Finding {
  std::string reason;
  std::string message;
  [[nodiscard]] bool ok() const { return reason.empty(); }
};

/// What becomes of one outside object, and whether a tenant's own words (pause, Observe, Orphan) count for it.
struct Decision {
  ir::Wish wish = ir::Wish::Hold;
  bool withdrawn = false;  ///< no longer allowed: goes, whatever pause, management or deletionPolicy say
  Finding why;             ///< for Hold and Absent; for Present: what it waits for, should it not be there yet
};

/// What becomes of one backend: of the entries on its access list, and with them of its part in the route.
struct BackendDecision {
  Decision grant;
  std::vector<api::AccessEntry> grants;   ///< the allowed ones
  std::vector<api::AccessEntry> ended;    ///< allowed, and their time is over
  std::vector<api::AccessEntry> refused;  ///< not covered by the workspace's allow list
  std::vector<api::AccessEntry> surplus;  ///< more than there is room for beside those that are kept (UpsertOnly)
  /// What the one principal that goes upstream needs, if there is one: it is no caller.
  std::optional<api::AccessEntry> upstream;
  Finding barred;  ///< no consent: why no request may go there, whatever is decided of the entries
};

struct Validated {
  Found found;
  Decision client, edge;
  std::vector<BackendDecision> backends;  ///< one for each of Found::backends
  Finding accepted;                       ///< the spec, and what its connections allow
  Finding resolved_refs;                  ///< everything it refers to exists and may be used
  Finding token_policy;                   ///< why no policy can be attached
  Finding conflicted;                     ///< the host belongs to somebody else
  bool issuer_seen = false;               ///< this process has looked at the issuer itself
  bool deleting = false;
  bool paused = false;
  bool releasing = false;  ///< deleted with deletionPolicy Orphan, and every owner allows it
  std::string audience;    ///< its own, or the provider's

  /// Of client, edge and every backend.
  [[nodiscard]] std::vector<Decision*> decisions();
  [[nodiscard]] std::vector<const Decision*> decisions() const;
};

[[nodiscard]] Validated validate(const Found& found);

/// The last word on the route, when it is known which backends are `open`: their access is granted, and they consent.
/// Requests go to those that are left; where none is, or where the route may not be written, it goes with the one that
/// was refused.
void close_door_on_refusal(Validated& validated, const std::vector<bool>& open);

}  // namespace sallyport::protected_endpoint
