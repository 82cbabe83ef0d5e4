// SPDX-License-Identifier: Apache-2.0
// What tests of a status start from, and how they read one.
#pragma once

#include <gmock/gmock.h>

#include "tests/reconcilers/protected_endpoint/world.hpp"

namespace sallyport::testing {

inline const SystemTime kNow = std::chrono::sys_days{std::chrono::year(2026) / 11 / 22};

inline ir::Verdict applied(ir::Facts facts = {}) {
  ir::Verdict verdict;
  verdict.outcome = ir::Outcome::Applied;
  verdict.facts = std::move(facts);
  return verdict;
}

inline protected_endpoint::Verdicts all_applied() {
  return {{applied({{"client_id", "c-1"}})},
          {applied({{"endpoint_id", "e-1"}, {"invocations_url", World::kInvocations}})},
          {applied()},
          std::nullopt};
}

inline const schema::Condition& condition(const api::ProtectedEndpointStatus& status, std::string_view type) {
  static const schema::Condition kNone;
  const schema::Condition* found = schema::find_condition(status.conditions, type);
  EXPECT_NE(found, nullptr) << type;
  return found == nullptr ? kNone : *found;
}

}  // namespace sallyport::testing
