// SPDX-License-Identifier: Apache-2.0
// Who wants something outside, and the mark that says so on the outside object itself.
#pragma once

#include <cstdint>
#include <string>

#include "operator/base/strong_id.hpp"

namespace sallyport::ir {

/// The custom resource behind a fragment. `generation` guards I7: an older generation never overwrites a newer one.
struct Owner {
  std::string kind;  ///< "ProtectedEndpoint"
  std::string ns;
  std::string name;
  Uid uid;
  std::string resource_version;
  std::int64_t generation = 0;

  [[nodiscard]] std::string text() const { return kind + " " + ns + "/" + name; }
  friend bool operator==(const Owner&, const Owner&) = default;
};

/// A Secret by name and version, so that a fragment's hash changes with the bytes without holding them. The bytes are
/// read through SecretSource, only when something is applied.
struct SecretHandle {
  std::string ns;
  std::string name;
  std::string uid;
  std::string resource_version;
  [[nodiscard]] std::string text() const { return "Secret '" + ns + "/" + name + "'"; }  ///< for messages
  friend bool operator==(const SecretHandle&, const SecretHandle&) = default;
};

/// What is wanted of one outside object.
enum class Wish {
  Present,  ///< be there, as the fragment says
  Absent,   ///< be gone, if it is ours
  Hold,     ///< stay as it is: the spec is invalid, or a secret cannot be read
  Observe,  ///< stay as it is, but say what would change (management: Observe)
  Release,  ///< stay outside, and be forgotten here: no longer ours (deletionPolicy: Orphan)
};

}  // namespace sallyport::ir
