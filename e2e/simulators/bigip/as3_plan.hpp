// SPDX-License-Identifier: Apache-2.0
// What an attempt would do to a device, worked out before anything is touched: the answer, and the job that carries it
// out. AS3 compares the declared objects with the live ones, so a hand edit inside a tenant is found and undone.
#pragma once

#include <optional>

#include "e2e/simulators/bigip/as3_attempt.hpp"

namespace sallyport::simulators::bigip {

struct Plan {
  int status = 200;
  Json body;                     ///< of a synchronous answer, and of the task's record
  std::optional<Job> job{};      ///< nothing when the attempt is refused as a whole
  Json effect = Json::object();  ///< for the journal: {"tenants": {"T": {"added", "replaced", "removed", ...}}}
  bool changes = false;
  std::chrono::milliseconds takes{0};
};

[[nodiscard]] Plan plan(Group& group, Unit& unit, const Attempt& attempt);
/// The body of a refusal; `tenants` is an array here, and a string everywhere else (f5.md 1.3).
[[nodiscard]] Json refusal_body(const Refusal& refusal, const std::vector<std::string>& tenants, const Json& id);

/// kind N, D or E for every object or property that differs (f5.md 1.3, dry run with log level debug).
[[nodiscard]] Json changes_between(const Objects& live, const Objects& wanted);
/// The live objects of a tenant's partition, and its addresses elsewhere.
[[nodiscard]] Objects objects_of(const Objects& all, const std::string& tenant);
/// base64(sha256(...)) of the stored tenant: 44 characters.
[[nodiscard]] std::string lock_key(const Json& stored_tenant);

}  // namespace sallyport::simulators::bigip
