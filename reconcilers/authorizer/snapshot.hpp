// SPDX-License-Identifier: Apache-2.0
// All policies of what is installed on this gateway, believed only because the operator signed them.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "operator/base/clock.hpp"
#include "operator/base/result.hpp"
#include "reconcilers/authorizer/policy.hpp"
#include "reconcilers/publication/manifest.hpp"
#include "reconcilers/publication/objects.hpp"

namespace sallyport::authorizer {

/// Immutable; shared by the threads that judge by it.
struct Snapshot {
  publication::Manifest manifest;                                           ///< without its endpoints
  SystemTime use_until;                                                     ///< from then on nothing is let in
  std::unordered_map<std::string, std::shared_ptr<const Policy>> policies;  ///< by id
  std::vector<std::string> notes;  ///< for the log: endpoints without a policy, or with the former one, and why

  [[nodiscard]] std::shared_ptr<const Policy> find(const std::string& id) const;
};

/// `sealed` is the manifest's text. A manifest as a whole is refused with an Error: `trusted` did not sign it, it is
/// older than `before`, of another gateway. A single endpoint whose document is missing or broken has no policy, for
/// the one before may grant what the new one takes away; one whose document is older than the policy in force keeps
/// that. Unchanged documents are not read again.
[[nodiscard]] Result<Snapshot> make_snapshot(std::string_view sealed, const token::KeySet& trusted,
                                             const publication::Objects& objects, const Snapshot* before);

}  // namespace sallyport::authorizer
