// SPDX-License-Identifier: Apache-2.0
// IP access lists (reference section 6.1): who may reach the workspace at all. They really apply: a caller whom they
// leave out gets the 403 of the front door, whatever it asks for.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "e2e/simulators/databricks/call.hpp"
#include "operator/base/clock.hpp"

namespace sallyport::simulators::databricks {

struct World;

enum class ListType { Allow, Block };

struct IpAccessList {
  std::string id;
  std::string label;
  ListType type = ListType::Allow;
  std::vector<std::string> addresses;  ///< IPv4, each with or without /bits
  bool enabled = true;
  std::string created_by{};     ///< numeric SCIM id
  std::string updated_by{};     ///< the same
  std::int64_t created_at = 0;  ///< milliseconds since 1970
  std::int64_t updated_at = 0;
};

/// The lists and the workspace's own flag, without which they do nothing.
struct IpAccessRules {
  bool enabled = false;
  std::map<std::string, IpAccessList> lists{};  ///< by id

  /// BLOCK beats ALLOW; without an ALLOW list everybody else may, with one nobody else.
  [[nodiscard]] bool admit(const std::string& address) const;
};

/// What is declared and, for a while after a change, what was before it.
class IpAccessBook {
 public:
  [[nodiscard]] const IpAccessRules& declared() const { return declared_; }
  /// `works_from`: when the change is in force.
  void declare(IpAccessRules rules, SteadyTime now, SteadyTime works_from);
  [[nodiscard]] const IpAccessRules& in_force(SteadyTime now) const;

 private:
  IpAccessRules declared_{};
  IpAccessRules before_{};
  SteadyTime works_from_{};
};

/// GET|POST /api/2.0/ip-access-lists, GET|PUT|PATCH|DELETE .../{list_id}.
[[nodiscard]] Reply answer_ip_access_lists(World& world, const Call& call);
/// GET|PATCH /api/2.0/workspace-conf, of which only enableIpAccessLists is here.
[[nodiscard]] Reply answer_workspace_conf(World& world, const Call& call);

/// {"enabled": bool, "lists": [{"label","list_type","ip_addresses","enabled"}]}, for the control API: it may lock
/// anybody out. InvalidSpec for anything else.
[[nodiscard]] Result<IpAccessRules> read_ip_access(const Json& json);
[[nodiscard]] Json to_json(const IpAccessRules& rules);

}  // namespace sallyport::simulators::databricks
