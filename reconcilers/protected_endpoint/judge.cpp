// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/protected_endpoint/judge.hpp"

#include "operator/base/text.hpp"
#include "operator/runtime/outcome.hpp"

namespace sallyport::protected_endpoint {

using ir::Outcome;
using ir::Wish;
using schema::ConditionStatus;

std::string reason_of(const Error& error) {
  return std::string(runtime::outcome_of(error.code).reason);
}

void judge_system(Conditions& conditions, const Words& words, const Decision& decision,
                  const std::optional<ir::Verdict>& verdict) {
  const bool wanted = decision.wish == Wish::Present || decision.wish == Wish::Observe;
  const bool taken_back = decision.wish == Wish::Hold && verdict && verdict->outcome == Outcome::Rejected;
  if (!wanted && !taken_back) {
    if (decision.wish == Wish::Hold) {
      if (schema::find_condition(conditions.list(), words.type) == nullptr) {
        conditions.set(words.type, ConditionStatus::Unknown, decision.why.reason, decision.why.message);
      }
      return;  // stays as it is, and so does what we say of it
    }
    if (decision.why.reason == "NotManaged") {
      conditions.remove(words.type);
    } else {
      conditions.set(words.type, ConditionStatus::False, decision.why.reason, decision.why.message);
    }
    return;
  }
  if (!verdict || verdict->outcome == Outcome::Pending) {
    if (conditions.is_true(words.type)) return;  // an update on its way does not undo what works
    const std::string doing =
        verdict && !verdict->notes.empty() ? join(verdict->notes, "; ") : std::string(words.doing);
    if (decision.why.ok()) return conditions.set(words.type, ConditionStatus::Unknown, "Pending", doing);
    return conditions.set(words.type, ConditionStatus::Unknown, decision.why.reason, decision.why.message);
  }
  switch (verdict->outcome) {
    case Outcome::Applied:
      if (!verdict->missing.empty()) {
        conditions.set(words.type, ConditionStatus::False, "PartiallyGranted", join(verdict->notes, "; "));
      } else {
        conditions.set(words.type, ConditionStatus::True, words.done_reason, words.done_message);
      }
      return;
    case Outcome::Rejected:
      conditions.set(words.type, ConditionStatus::False, verdict->error ? reason_of(*verdict->error) : "Rejected",
                     verdict->error ? verdict->error->text() : "rejected");
      return;
    default:
      // Unknown: a broken credential does not mark a working route as down; `Synced` says that the last try failed.
      if (conditions.is_true(words.type)) return;
      conditions.set(words.type, ConditionStatus::Unknown, verdict->error ? reason_of(*verdict->error) : "Unknown",
                     verdict->error ? verdict->error->text() : "could not be seen");
  }
}

}  // namespace sallyport::protected_endpoint
