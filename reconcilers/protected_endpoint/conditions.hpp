// SPDX-License-Identifier: Apache-2.0
// The conditions of one status while it is being made.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "operator/base/text.hpp"
#include "operator/schema/condition.hpp"
#include "reconcilers/protected_endpoint/validate.hpp"

namespace sallyport::protected_endpoint {

/// Collects conditions for one generation at one time.
class Conditions {
 public:
  Conditions(std::vector<schema::Condition>& list, std::int64_t generation, SystemTime now)
      : list_(list), generation_(generation), now_(now) {}

  void set(std::string_view type, schema::ConditionStatus status, std::string_view reason, std::string_view message) {
    schema::set_condition(
        list_, {std::string(type), status, generation_, "", std::string(reason), one_line(message, 2048)}, now_);
  }
  void remove(std::string_view type) { schema::remove_condition(list_, type); }
  /// True with its words, or False with the finding's.
  void judge(std::string_view type, const Finding& finding, std::string_view reason, std::string_view message) {
    if (finding.ok()) {
      set(type, schema::ConditionStatus::True, reason, message);
    } else {
      set(type, schema::ConditionStatus::False, finding.reason, finding.message);
    }
  }
  /// An abnormal one: there only while it is true.
  void only_while(std::string_view type, const Finding& finding) {
    if (finding.ok()) {
      remove(type);
    } else {
      set(type, schema::ConditionStatus::True, finding.reason, finding.message);
    }
  }
  [[nodiscard]] bool is_true(std::string_view type) const {
    const schema::Condition* found = schema::find_condition(list_, type);
    return found != nullptr && found->status == schema::ConditionStatus::True;
  }
  /// True, and about the oldest generation that any of these is about: who waits for a generation must not take the
  /// word on a former one for it.
  void conclude(std::string_view type, std::string_view reason, std::string_view message,
                std::span<const std::string_view> from) {
    std::int64_t oldest = generation_;
    for (const std::string_view one : from) {
      if (const schema::Condition* found = schema::find_condition(list_, one))
        oldest = std::min(oldest, found->observed_generation);
    }
    schema::set_condition(
        list_,
        {std::string(type), schema::ConditionStatus::True, oldest, "", std::string(reason), one_line(message, 2048)},
        now_);
  }
  [[nodiscard]] const std::vector<schema::Condition>& list() const { return list_; }

 private:
  std::vector<schema::Condition>& list_;
  std::int64_t generation_;
  SystemTime now_;
};

}  // namespace sallyport::protected_endpoint
