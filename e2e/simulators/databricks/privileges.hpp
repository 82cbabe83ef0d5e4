// SPDX-License-Identifier: Apache-2.0
// What may be granted on which securable of Unity Catalog, and what ALL_PRIVILEGES does (reference section 3).
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "e2e/simulators/databricks/switches.hpp"

namespace sallyport::simulators::databricks {

using Privileges = std::set<std::string>;

inline constexpr std::string_view kAllPrivileges = "ALL_PRIVILEGES";

/// What may be granted on a type as paths spell it; empty for a word that is no type. A registered model is a function.
[[nodiscard]] const Privileges& privileges_of(std::string_view type);
/// "all privileges" -> "ALL_PRIVILEGES".
[[nodiscard]] std::string normal_privilege(std::string_view text);

struct PrivilegeChange {
  Privileges add{};
  Privileges remove{};
};
/// Taking ALL_PRIVILEGES away takes all that it implies, however that was granted; what it does not imply stays.
void apply_change(std::string_view type, const PrivilegeChange& change, Privileges& held);

/// What answers tell of what is held.
[[nodiscard]] Privileges told_privileges(std::string_view type, const Privileges& held, AllPrivileges as);

}  // namespace sallyport::simulators::databricks
