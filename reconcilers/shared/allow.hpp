// SPDX-License-Identifier: Apache-2.0
// I11: a namespace reaches only what a connection's owner allowed it. Pure: spec in, answer out.
#pragma once

#include <string>
#include <vector>

#include "operator/store/object.hpp"
#include "reconcilers/api/kinds.hpp"

namespace sallyport::shared {

/// Everything that the selector gives must match; one that gives nothing matches nobody.
[[nodiscard]] bool selects(const api::NamespaceSelector& selector, const store::Namespace& ns);

/// Whether the owner of a connection has declared its system gone for good (annotation sallyport.dev/force-release).
[[nodiscard]] bool is_released(const schema::Metadata& connection);

/// The union of all entries that select a namespace. Empty `entries`: the namespace may not use the connection.
struct GatewayRights {
  std::vector<const api::GatewayAllow*> entries;
  [[nodiscard]] bool host(const std::string& host) const;
  [[nodiscard]] bool reference(const std::string& device_object) const;
  [[nodiscard]] bool orphan() const;
};
[[nodiscard]] GatewayRights rights(const api::F5GatewaySpec& gateway, const store::Namespace& ns);

struct IdentityRights {
  std::vector<const api::IdentityAllow*> entries;
  [[nodiscard]] bool scope(const std::string& scope) const;
  [[nodiscard]] bool audience(const std::string& audience) const;
  [[nodiscard]] bool grant_type(api::GrantType type) const;
  [[nodiscard]] bool adopt(const std::string& client_id) const;
  [[nodiscard]] bool orphan() const;
};
[[nodiscard]] IdentityRights rights(const api::IdentityProviderSpec& provider, const store::Namespace& ns);

struct WorkspaceRights {
  std::vector<const api::WorkspaceAllow*> entries;       ///< that select the namespace and cover the serving endpoint
  std::vector<const api::WorkspaceAllow*> of_namespace;  ///< that select the namespace, for whatever endpoint
  [[nodiscard]] bool mode(api::AccessMode mode) const;
  [[nodiscard]] bool orphan() const;
  /// A principal at a level. A wildcard never covers the groups that mean everybody ("users", "account users",
  /// "admins").
  [[nodiscard]] bool grant(const api::AccessEntry& entry) const;
};
[[nodiscard]] WorkspaceRights rights(const api::DatabricksWorkspaceSpec& workspace, const store::Namespace& ns,
                                     const std::string& serving_endpoint);

}  // namespace sallyport::shared
