// SPDX-License-Identifier: Apache-2.0
// All policies of what is installed on this gateway, believed only because the operator signed them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
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
  std::int64_t serial = 0;
  SystemTime use_until;                                                     ///< from then on nothing is let in
  std::unordered_map<std::string, std::shared_ptr<const Policy>> policies;  ///< by id
  std::vector<std::string> missing;  ///< endpoints without a policy, and why; an object may still be on its way

  [[nodiscard]] std::shared_ptr<const Policy> find(const std::string& id) const;
};

/// An endpoint whose document is missing or broken has no policy, for the one before may grant what the new one takes
/// away. Documents that are in `before` (null: none) are not read again.
[[nodiscard]] Result<Snapshot> make_snapshot(const publication::Manifest& manifest, const publication::Objects& objects,
                                             const Snapshot* before);

}  // namespace sallyport::authorizer
