// SPDX-License-Identifier: Apache-2.0
// What an agent or an authorizer believes: whose signature, and which manifest came last. It is on the disk, so that a
// restart neither forgets that keys were rotated nor goes back to what was taken away since.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "operator/base/result.hpp"
#include "reconcilers/publication/endpoint.hpp"
#include "reconcilers/publication/manifest.hpp"
#include "reconcilers/publication/objects.hpp"
#include "reconcilers/token/key_set.hpp"

namespace sallyport::publication {

/// A manifest as it is to be followed: where it goes back to an older generation of an endpoint, the entry before
/// stands in its place.
struct Following {
  Manifest manifest;
  std::vector<Entry> held;         ///< entries that stand in the place of older ones
  std::vector<std::string> notes;  ///< for the log, one for each of them
};

/// Used by one thread.
class Follower {
 public:
  /// `state` is the file that it keeps (0600). The keys in the file `enrolled` (JWK set) are trusted until a manifest
  /// has announced others; taking the state away is how a gateway is enrolled anew. InvalidSpec for a state that cannot
  /// be read, or no key at all.
  [[nodiscard]] static Result<Follower> open(std::string state, const std::string& enrolled);

  /// What was accepted last; empty before the first.
  [[nodiscard]] const std::optional<Following>& last() const { return last_; }

  /// Refused where nobody who is trusted signed it; Conflict where it is of another instance or gateway than the last
  /// one, or older, or another one under the same serial. Changes nothing.
  [[nodiscard]] Result<Following> examine(std::string_view sealed) const;

  /// From now on this one counts, and the keys that it announces; on the disk when the call returns.
  [[nodiscard]] Result<void> accept(std::string_view sealed, Following following);

 private:
  explicit Follower(std::string state) : state_(std::move(state)) {}

  std::string state_;
  std::string trusted_set_;  // the text of `trusted_`
  token::KeySet trusted_;
  std::string hash_;  // of the last one's text
  std::optional<Following> last_;
};

/// The document of an entry. InvalidSpec where it is of another endpoint, life or generation than the entry says.
[[nodiscard]] Result<Endpoint> read_document(const Entry& entry, const Objects& objects);

}  // namespace sallyport::publication
