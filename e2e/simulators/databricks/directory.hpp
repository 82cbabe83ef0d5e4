// SPDX-License-Identifier: Apache-2.0
// Users, groups and service principals of the workspace, and who belongs to what.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace sallyport::simulators::databricks {

enum class PrincipalKind { User, Group, ServicePrincipal };

/// Where a group comes from; SCIM's meta.resourceType tells Account ("Group") from the others ("WorkspaceGroup").
enum class GroupSource { Account, Workspace, System };

struct Principal {
  PrincipalKind kind = PrincipalKind::User;
  std::string id;            ///< numeric SCIM id
  std::string name;          ///< userName, group displayName or application id: what access lists use
  std::string display_name;  ///< of users and service principals
  std::string external_id{};
  bool active = true;
  GroupSource source = GroupSource::Account;
  std::set<std::string> members{};  ///< ids; groups only
};

[[nodiscard]] std::string_view to_string(PrincipalKind kind);  ///< user, group, service-principal

/// Keeps principals by id. Names of users and service principals compare without case (TF 5183, 5757), group names
/// with.
class Directory {
 public:
  /// Adds or replaces; an empty id is filled from kind and name, so that it is the same in every run.
  const Principal& put(Principal principal);
  /// Also out of every group. False when there was none. Its name stays known (`once`).
  bool remove(const std::string& id);
  /// Nothing when there is no such group.
  bool join(const std::string& group_id, const std::string& member_id);
  bool leave(const std::string& group_id, const std::string& member_id);

  [[nodiscard]] const Principal* by_id(const std::string& id) const;
  [[nodiscard]] Principal* by_id(const std::string& id);
  /// Also one that was removed.
  [[nodiscard]] const Principal* once(const std::string& id) const;
  [[nodiscard]] const Principal* find(PrincipalKind kind, std::string_view name) const;
  /// "user:a@b", "group:x", "service-principal:<application id>": how worlds, the journal and the control API name one.
  [[nodiscard]] const Principal* by_reference(std::string_view reference) const;
  [[nodiscard]] std::string reference(const std::string& id) const;

  /// In order of their ids.
  [[nodiscard]] std::vector<const Principal*> list(PrincipalKind kind) const;
  /// Direct members; of the system group `users` all users and service principals.
  [[nodiscard]] std::set<std::string> members(const Principal& group) const;
  /// Whether `members` holds the id, without making the set.
  [[nodiscard]] bool has_member(const Principal& group, const std::string& id) const;
  /// Groups with this direct member.
  [[nodiscard]] std::vector<const Principal*> direct_groups(const std::string& id) const;
  /// The principal itself and every group it is in, at any depth.
  [[nodiscard]] std::set<std::string> identities(const std::string& id) const;
  [[nodiscard]] bool is_admin(const std::string& id) const;

 private:
  std::map<std::string, Principal> principals_;
  std::map<std::string, Principal> removed_;
};

}  // namespace sallyport::simulators::databricks
