// SPDX-License-Identifier: Apache-2.0
#include "operator/schema/condition.hpp"

#include <algorithm>

#include "operator/base/check.hpp"
#include "operator/base/text.hpp"

namespace sallyport::schema {

std::string_view to_string(ConditionStatus status) {
  for (const auto& name : Names<ConditionStatus>::values) {
    if (name.value == status) return name.text;
  }
  return "Unknown";
}

const Condition* find_condition(const std::vector<Condition>& conditions, std::string_view type) {
  const auto found = std::ranges::find(conditions, type, &Condition::type);
  return found == conditions.end() ? nullptr : &*found;
}

bool set_condition(std::vector<Condition>& conditions, Condition condition, SystemTime now) {
  SALLYPORT_CHECK(!condition.type.empty() && !condition.reason.empty(), "a condition needs a type and a reason");
  condition.message = one_line(condition.message, 32768);
  const auto found = std::ranges::find(conditions, condition.type, &Condition::type);
  const bool same_status = found != conditions.end() && found->status == condition.status;
  condition.last_transition_time = same_status ? found->last_transition_time : to_rfc3339(now);
  if (found == conditions.end()) {
    conditions.push_back(std::move(condition));
    return true;
  }
  if (*found == condition) return false;
  *found = std::move(condition);
  return true;
}

bool remove_condition(std::vector<Condition>& conditions, std::string_view type) {
  return std::erase_if(conditions, [&](const Condition& c) { return c.type == type; }) > 0;
}

}  // namespace sallyport::schema
