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

struct Validated {
  Found found;
  Decision client, grant, edge;
  Finding accepted;          ///< the spec, and what its connections allow
  Finding resolved_refs;     ///< everything it refers to exists and may be used
  Finding token_policy;      ///< why no policy can be attached
  Finding conflicted;        ///< the host belongs to somebody else
  bool issuer_seen = false;  ///< this process has looked at the issuer itself
  bool deleting = false;
  bool paused = false;
  bool releasing = false;                        ///< deleted with deletionPolicy Orphan, and every owner allows it
  std::vector<api::AccessEntry> grants;          ///< the allowed ones
  std::vector<api::AccessEntry> ended_grants;    ///< allowed, and their time is over
  std::vector<api::AccessEntry> refused_grants;  ///< not covered by the workspace's allow list
  std::vector<api::AccessEntry>
      surplus_grants;  ///< more than there is room for beside those that are kept (UpsertOnly)
  /// What the one principal that goes upstream needs, if there is one: it is no caller.
  std::optional<api::AccessEntry> upstream_grant;
  std::string audience;  ///< its own, or the provider's
};

[[nodiscard]] Validated validate(const Found& found);

}  // namespace sallyport::protected_endpoint
