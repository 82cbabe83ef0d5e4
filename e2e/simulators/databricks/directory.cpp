// SPDX-License-Identifier: Apache-2.0
#include "e2e/simulators/databricks/directory.hpp"

#include "operator/base/digest.hpp"
#include "operator/base/text.hpp"

namespace sallyport::simulators::databricks {

namespace {

constexpr std::string_view kAdmins = "admins";
constexpr std::string_view kUsers = "users";

/// Fifteen digits, as SCIM ids have, the first not a zero.
std::string numeric_id(std::string_view seed) {
  std::string digits = "4";
  for (const char c : sha256_hex(seed).substr(0, 14))
    digits += static_cast<char>('0' + static_cast<unsigned char>(c) % 10);
  return digits;
}

bool same_name(PrincipalKind kind, std::string_view a, std::string_view b) {
  return kind == PrincipalKind::Group ? a == b : to_lower(a) == to_lower(b);
}

bool holds_everybody(const Principal& group) {
  return group.source == GroupSource::System && group.name == kUsers;
}

}  // namespace

std::string_view to_string(PrincipalKind kind) {
  switch (kind) {
    case PrincipalKind::User:
      return "user";
    case PrincipalKind::Group:
      return "group";
    case PrincipalKind::ServicePrincipal:
      return "service-principal";
  }
  return "";
}

const Principal& Directory::put(Principal principal) {
  if (principal.id.empty()) {
    const Principal* known = find(principal.kind, principal.name);
    principal.id = known ? known->id : numeric_id(std::string(to_string(principal.kind)) + ":" + principal.name);
  }
  if (principal.display_name.empty()) principal.display_name = principal.name;
  return principals_[principal.id] = std::move(principal);
}

bool Directory::remove(const std::string& id) {
  for (auto& [other, principal] : principals_) principal.members.erase(id);
  auto found = principals_.extract(id);
  if (found.empty()) return false;
  removed_[id] = std::move(found.mapped());
  return true;
}

bool Directory::join(const std::string& group_id, const std::string& member_id) {
  Principal* group = by_id(group_id);
  if (group == nullptr || group->kind != PrincipalKind::Group || by_id(member_id) == nullptr) return false;
  group->members.insert(member_id);
  return true;
}

bool Directory::leave(const std::string& group_id, const std::string& member_id) {
  Principal* group = by_id(group_id);
  return group != nullptr && group->members.erase(member_id) > 0;
}

const Principal* Directory::by_id(const std::string& id) const {
  const auto found = principals_.find(id);
  return found == principals_.end() ? nullptr : &found->second;
}

Principal* Directory::by_id(const std::string& id) {
  const auto found = principals_.find(id);
  return found == principals_.end() ? nullptr : &found->second;
}

const Principal* Directory::once(const std::string& id) const {
  if (const Principal* principal = by_id(id)) return principal;
  const auto found = removed_.find(id);
  return found == removed_.end() ? nullptr : &found->second;
}

const Principal* Directory::find(PrincipalKind kind, std::string_view name) const {
  for (const auto& [id, principal] : principals_)
    if (principal.kind == kind && same_name(kind, principal.name, name)) return &principal;
  return nullptr;
}

const Principal* Directory::by_reference(std::string_view reference) const {
  for (const auto kind : {PrincipalKind::User, PrincipalKind::Group, PrincipalKind::ServicePrincipal}) {
    const std::string prefix = std::string(to_string(kind)) + ":";
    if (reference.starts_with(prefix)) return find(kind, reference.substr(prefix.size()));
  }
  return nullptr;
}

std::string Directory::reference(const std::string& id) const {
  const Principal* principal = by_id(id);
  return principal ? std::string(to_string(principal->kind)) + ":" + principal->name : "deleted:" + id;
}

std::vector<const Principal*> Directory::list(PrincipalKind kind) const {
  std::vector<const Principal*> out;
  for (const auto& [id, principal] : principals_)
    if (principal.kind == kind) out.push_back(&principal);
  return out;
}

std::set<std::string> Directory::members(const Principal& group) const {
  if (!holds_everybody(group)) return group.members;
  std::set<std::string> out;
  for (const auto& [id, principal] : principals_)
    if (principal.kind != PrincipalKind::Group) out.insert(id);
  return out;
}

bool Directory::has_member(const Principal& group, const std::string& id) const {
  if (!holds_everybody(group)) return group.members.contains(id);
  const Principal* principal = by_id(id);
  return principal != nullptr && principal->kind != PrincipalKind::Group;
}

std::vector<const Principal*> Directory::direct_groups(const std::string& id) const {
  std::vector<const Principal*> out;
  for (const auto& [group_id, group] : principals_)
    if (group.kind == PrincipalKind::Group && has_member(group, id)) out.push_back(&group);
  return out;
}

std::set<std::string> Directory::identities(const std::string& id) const {
  std::set<std::string> seen{id};
  std::vector<std::string> todo{id};
  while (!todo.empty()) {
    const std::string next = std::move(todo.back());
    todo.pop_back();
    for (const Principal* group : direct_groups(next))
      if (seen.insert(group->id).second) todo.push_back(group->id);
  }
  return seen;
}

bool Directory::is_admin(const std::string& id) const {
  const Principal* admins = find(PrincipalKind::Group, kAdmins);
  return admins != nullptr && identities(id).contains(admins->id);
}

}  // namespace sallyport::simulators::databricks
