// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/shared/allow.hpp"

#include <algorithm>
#include <array>

#include "operator/base/text.hpp"

namespace sallyport::shared {
namespace {

template <class Allow>
std::vector<const Allow*> selecting(const std::vector<Allow>& allow, const store::Namespace& ns) {
  std::vector<const Allow*> entries;
  for (const Allow& entry : allow) {
    if (selects(entry.namespaces, ns)) entries.push_back(&entry);
  }
  return entries;
}

template <class Entries, class Test>
bool any_entry(const Entries& entries, Test test) {
  return std::any_of(entries.begin(), entries.end(), [&](const auto* entry) { return test(*entry); });
}

template <class T>
bool holds(const std::vector<T>& list, const T& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

bool means_everybody(const std::string& group) {
  static constexpr std::array<std::string_view, 3> kGroups{"users", "account users", "admins"};
  return std::find(kGroups.begin(), kGroups.end(), to_lower(group)) != kGroups.end();
}

bool covers(const std::string& pattern, const api::AccessEntry& entry) {
  if (to_lower(pattern) == to_lower(entry.principal)) return true;
  if (entry.principal_type == api::GrantPrincipalType::Group && means_everybody(entry.principal)) return false;
  return matches_wildcard(to_lower(pattern), to_lower(entry.principal));
}

}  // namespace

bool is_released(const schema::Metadata& connection) {
  const auto asked = connection.annotations.find(std::string(api::kForceRelease));
  return asked != connection.annotations.end() && asked->second == connection.name;
}

bool selects(const api::NamespaceSelector& selector, const store::Namespace& ns) {
  if (selector.match_labels.empty() && selector.match_names.empty()) return false;
  if (!selector.match_names.empty() && !holds(selector.match_names, ns.name)) return false;
  return std::all_of(selector.match_labels.begin(), selector.match_labels.end(), [&](const auto& wanted) {
    const auto found = ns.labels.find(wanted.first);
    return found != ns.labels.end() && found->second == wanted.second;
  });
}

GatewayRights rights(const api::F5GatewaySpec& gateway, const store::Namespace& ns) {
  return {selecting(gateway.allow, ns)};
}

bool GatewayRights::host(const std::string& host) const {
  return any_entry(entries, [&](const api::GatewayAllow& allow) {
    return std::any_of(allow.hosts.begin(), allow.hosts.end(),
                       [&](const std::string& pattern) { return matches_host(pattern, host); });
  });
}

bool GatewayRights::reference(const std::string& device_object) const {
  return any_entry(entries, [&](const api::GatewayAllow& allow) { return holds(allow.references, device_object); });
}

bool GatewayRights::orphan() const {
  return any_entry(entries, [](const api::GatewayAllow& allow) { return allow.orphan; });
}

IdentityRights rights(const api::IdentityProviderSpec& provider, const store::Namespace& ns) {
  return {selecting(provider.allow, ns)};
}

bool IdentityRights::scope(const std::string& scope) const {
  return any_entry(entries, [&](const api::IdentityAllow& allow) {
    return std::any_of(allow.scopes.begin(), allow.scopes.end(),
                       [&](const std::string& pattern) { return matches_wildcard(pattern, scope); });
  });
}

bool IdentityRights::audience(const std::string& audience) const {
  return any_entry(entries, [&](const api::IdentityAllow& allow) { return holds(allow.audiences, audience); });
}

bool IdentityRights::grant_type(api::GrantType type) const {
  return any_entry(entries, [&](const api::IdentityAllow& allow) { return holds(allow.grant_types, type); });
}

bool IdentityRights::adopt(const std::string& client_id) const {
  return any_entry(entries, [&](const api::IdentityAllow& allow) { return holds(allow.adopt, client_id); });
}

bool IdentityRights::orphan() const {
  return any_entry(entries, [](const api::IdentityAllow& allow) { return allow.orphan; });
}

WorkspaceRights rights(const api::DatabricksWorkspaceSpec& workspace, const store::Namespace& ns,
                       const std::string& serving_endpoint) {
  WorkspaceRights rights;
  rights.of_namespace = selecting(workspace.allow, ns);
  for (const api::WorkspaceAllow* entry : rights.of_namespace) {
    const auto& patterns = entry->serving_endpoints;
    if (std::any_of(patterns.begin(), patterns.end(),
                    [&](const std::string& pattern) { return matches_wildcard(pattern, serving_endpoint); })) {
      rights.entries.push_back(entry);
    }
  }
  return rights;
}

bool WorkspaceRights::mode(api::AccessMode mode) const {
  return any_entry(entries, [&](const api::WorkspaceAllow& allow) {
    return allow.modes.empty() ? mode == api::AccessMode::Additive : holds(allow.modes, mode);
  });
}

bool WorkspaceRights::orphan() const {
  return any_entry(entries, [](const api::WorkspaceAllow& allow) { return allow.orphan; });
}

bool WorkspaceRights::grant(const api::AccessEntry& entry) const {
  return any_entry(entries, [&](const api::WorkspaceAllow& allow) {
    return entry.level <= allow.max_level &&
           std::any_of(allow.principals.begin(), allow.principals.end(),
                       [&](const std::string& pattern) { return covers(pattern, entry); });
  });
}

}  // namespace sallyport::shared
