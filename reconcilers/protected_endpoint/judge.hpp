// SPDX-License-Identifier: Apache-2.0
// What is said of one outside system, from what was decided and what became of it. Pure.
#pragma once

#include <optional>

#include "reconcilers/ir/verdict.hpp"
#include "reconcilers/protected_endpoint/conditions.hpp"

namespace sallyport::protected_endpoint {

struct Words {
  std::string_view type;
  std::string_view done_reason;
  std::string_view done_message;
  std::string_view doing;  ///< "registering the client"
};

/// The reason by which an error is told.
[[nodiscard]] std::string reason_of(const Error& error);

/// One system's condition. What is on its way does not undo what works.
void judge_system(Conditions& conditions, const Words& words, const Decision& decision,
                  const std::optional<ir::Verdict>& verdict);

}  // namespace sallyport::protected_endpoint
