// SPDX-License-Identifier: Apache-2.0
// Names of things at the API server: a collection (resource), one object in it, and how old a view of them is.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "operator/schema/field.hpp"

namespace sallyport::kube {

/// One collection of the API: `/apis/<group>/<version>/<plural>`; the core group is empty.
struct Resource {
  std::string group;
  std::string version;
  std::string kind;
  std::string plural;
  schema::Scope scope = schema::Scope::Namespaced;

  [[nodiscard]] std::string api_version() const;  ///< "sallyport.dev/v1alpha1", "v1"
  /// Path of the collection; `ns` empty means all namespaces.
  [[nodiscard]] std::string path(std::string_view ns = {}) const;
};

[[nodiscard]] Resource resource_of(const schema::KindName& kind);
[[nodiscard]] Resource namespaces();
[[nodiscard]] Resource secrets();
[[nodiscard]] Resource config_maps();
[[nodiscard]] Resource leases();
[[nodiscard]] Resource events();

/// One object. `ns` is empty for cluster-scoped kinds.
struct Ref {
  Resource resource;
  std::string ns;
  std::string name;

  [[nodiscard]] std::string path() const;
  [[nodiscard]] std::string text() const;  ///< "Secret risk/fraud-client", for errors
};

/// Orders two resourceVersions, which are decimal numbers of any size and comparable within one resource (KEP-5504).
/// Empty when one of them is not such a number; callers then have to treat the view as old.
[[nodiscard]] std::optional<std::strong_ordering> compare_versions(std::string_view a, std::string_view b);
/// True only when both are comparable and `a` is as new as `b`, or newer.
[[nodiscard]] bool at_least(std::string_view a, std::string_view b);

}  // namespace sallyport::kube
