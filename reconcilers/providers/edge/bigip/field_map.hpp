// SPDX-License-Identifier: Apache-2.0
// From what AS3 or the device complains about to the field of the custom resource that a person can change.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sallyport::edge::bigip {

/// "/T/A/vs/virtualAddresses/0" in its parts. Parts that a text does not name are empty.
struct ObjectPath {
  std::string tenant;
  std::string application;
  std::string object;
  std::string property;  ///< the first member below the object
  friend bool operator==(const ObjectPath&, const ObjectPath&) = default;
};

/// The first path into `tenant` that stands anywhere in `words`: in front ("/T/A/vs/pool: should be ..."), behind
/// ("Unable to find /Common/x for /T/A/vs/profileAccess"), or in mcpd's prose ("Virtual Server /T/A/vs illegally ...").
[[nodiscard]] std::optional<ObjectPath> find_path(std::string_view words, const std::string& tenant);

/// "spec.security.wafPolicy" for vs/policyWAF; "spec" when the table knows no better.
[[nodiscard]] std::string field_of(const ObjectPath& path);

}  // namespace sallyport::edge::bigip
