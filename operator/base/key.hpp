// SPDX-License-Identifier: Apache-2.0
// The name of one object: what queues hold and caches are searched by.
#pragma once

#include <compare>
#include <string>

namespace sallyport {

struct Key {
  std::string kind;  ///< "ProtectedEndpoint", "Secret", "Namespace"
  std::string ns;    ///< empty for cluster-scoped kinds
  std::string name;
  [[nodiscard]] std::string text() const { return kind + " " + (ns.empty() ? "" : ns + "/") + name; }
  friend auto operator<=>(const Key&, const Key&) = default;
};

}  // namespace sallyport
