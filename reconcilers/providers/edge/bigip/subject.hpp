// SPDX-License-Identifier: Apache-2.0
// Whom a complaint or a difference is about: from a path on the device to the application that is concerned.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "reconcilers/providers/edge/bigip/field_map.hpp"
#include "reconcilers/providers/edge/bigip/tenant.hpp"

namespace sallyport::edge::bigip {

/// By what a path is known to belong to an application: its name, the address that it alone has, or the upstream it
/// uses. Worked out once: an upstream's names are hashes over its whole content.
class Subject {
 public:
  explicit Subject(const Wanted& one);

  [[nodiscard]] const Wanted& wanted() const { return wanted_; }
  [[nodiscard]] bool is_concerned(const ObjectPath& path) const;
  /// The field of the custom resource in which a person can change what the path is about.
  [[nodiscard]] std::string field(const ObjectPath& path) const;

 private:
  [[nodiscard]] bool is_about_its_upstream(const ObjectPath& path) const;

  Wanted wanted_;
  std::vector<std::string> upstreams_;  ///< keys: of its pool, of the monitor and the TLS profile
};

/// Of the objects in Shared with this key, or of the FQDN nodes that the device makes for its pool.
[[nodiscard]] bool is_about_upstream(const ObjectPath& path, std::string_view key);

}  // namespace sallyport::edge::bigip
