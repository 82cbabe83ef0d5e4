// SPDX-License-Identifier: Apache-2.0
#include "e2e/simulators/databricks/privileges.hpp"

#include <algorithm>
#include <cctype>
#include <map>

namespace sallyport::simulators::databricks {

namespace {

/// The types that have objects here. A function may be a registered model, so it has what both may have.
const std::map<std::string, Privileges, std::less<>>& table() {
  static const std::map<std::string, Privileges, std::less<>> kTable{
      {"catalog",
       {"ALL_PRIVILEGES", "APPLY_TAG", "BROWSE", "CREATE_FUNCTION", "CREATE_MODEL", "CREATE_SCHEMA", "CREATE_TABLE",
        "CREATE_VOLUME", "EXECUTE", "EXTERNAL_USE_SCHEMA", "MANAGE", "MODIFY", "READ_METADATA", "READ_VOLUME", "SELECT",
        "USE_CATALOG", "USE_SCHEMA", "WRITE_VOLUME"}},
      {"schema",
       {"ALL_PRIVILEGES", "APPLY_TAG", "CREATE_FUNCTION", "CREATE_MODEL", "CREATE_TABLE", "CREATE_VOLUME", "EXECUTE",
        "EXTERNAL_USE_SCHEMA", "MANAGE", "MODIFY", "READ_METADATA", "READ_VOLUME", "SELECT", "USE_SCHEMA",
        "WRITE_VOLUME"}},
      {"table", {"ALL_PRIVILEGES", "APPLY_TAG", "MANAGE", "MODIFY", "READ_METADATA", "SELECT"}},
      {"volume", {"ALL_PRIVILEGES", "APPLY_TAG", "MANAGE", "READ_VOLUME", "WRITE_VOLUME"}},
      {"function", {"ALL_PRIVILEGES", "APPLY_TAG", "EXECUTE", "MANAGE"}},
      {"credential", {"ACCESS", "ALL_PRIVILEGES", "MANAGE"}},
      {"storage_credential", {"ALL_PRIVILEGES", "CREATE_EXTERNAL_TABLE", "MANAGE", "READ_FILES", "WRITE_FILES"}},
      {"external_location",
       {"ALL_PRIVILEGES", "BROWSE", "CREATE_EXTERNAL_TABLE", "CREATE_EXTERNAL_VOLUME", "EXTERNAL_USE_LOCATION",
        "MANAGE", "READ_FILES", "WRITE_FILES"}}};
  return kTable;
}

/// ALL_PRIVILEGES gives all but these (CLI 6743).
bool is_implied(const std::string& privilege) {
  static const Privileges kApart{"ALL_PRIVILEGES", "MANAGE", "READ_METADATA", "EXTERNAL_USE_SCHEMA",
                                 "EXTERNAL_USE_LOCATION"};
  return !kApart.contains(privilege);
}

}  // namespace

const Privileges& privileges_of(std::string_view type) {
  static const Privileges kNone;
  const auto found = table().find(type);
  return found == table().end() ? kNone : found->second;
}

std::string normal_privilege(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return c == ' ' ? '_' : static_cast<char>(std::toupper(c)); });
  return out;
}

void apply_change(std::string_view type, const PrivilegeChange& change, Privileges& held) {
  for (const auto& privilege : change.remove) held.erase(privilege);
  if (change.remove.contains(std::string(kAllPrivileges)))
    for (const auto& privilege : privileges_of(type))
      if (is_implied(privilege)) held.erase(privilege);
  held.insert(change.add.begin(), change.add.end());
}

Privileges told_privileges(std::string_view type, const Privileges& held, AllPrivileges as) {
  Privileges told = held;
  if (as == AllPrivileges::Alone || !held.contains(std::string(kAllPrivileges))) return told;
  for (const auto& privilege : privileges_of(type))
    if (is_implied(privilege)) told.insert(privilege);
  if (as == AllPrivileges::Expanded) told.erase(std::string(kAllPrivileges));
  return told;
}

}  // namespace sallyport::simulators::databricks
