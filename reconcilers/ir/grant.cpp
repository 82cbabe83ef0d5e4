// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/ir/grant.hpp"

#include <algorithm>

#include "operator/base/text.hpp"
#include "reconcilers/ir/canonical.hpp"

namespace sallyport::ir {
namespace {

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    const bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    if (dash ? c != '-' : !hex) return false;
  }
  return true;
}

}  // namespace

std::string_view to_string(PrincipalType type) {
  switch (type) {
    case PrincipalType::User:
      return "User";
    case PrincipalType::Group:
      return "Group";
    case PrincipalType::ServicePrincipal:
      return "ServicePrincipal";
  }
  return "User";
}

std::string_view to_string(Level level) {
  switch (level) {
    case Level::None:
      return "";
    case Level::CanView:
      return "CAN_VIEW";
    case Level::CanQuery:
      return "CAN_QUERY";
    case Level::CanManage:
      return "CAN_MANAGE";
  }
  return "";
}

std::string Principal::key() const {
  if (type == PrincipalType::Group) return "group:" + value;
  if (type == PrincipalType::ServicePrincipal || is_uuid(value)) return "sp:" + to_lower(value);
  return "user:" + to_lower(value);
}

std::string GrantFragment::hash() const {
  Canonical text;
  text.add("workspace", workspace).add("endpoint", serving_endpoint).add("tag", require_tag ? owner.ns : "");
  for (const Grant& grant : grants) text.add(grant.principal.key(), to_string(grant.level));
  return text.hash();
}

Level LedgerEntry::wanted() const {
  Level highest = Level::None;
  for (const auto& [uid, level] : owners) highest = std::max(highest, level);
  return highest;
}

}  // namespace sallyport::ir
