// SPDX-License-Identifier: Apache-2.0
// The one table that turns an error's code into what the controller does next. No other place decides on a retry.
#pragma once

#include <chrono>
#include <string_view>

#include "operator/base/error.hpp"

namespace sallyport::runtime {

enum class Requeue {
  BackOff,  ///< the key's exponential back-off, from one second on: something may recover by itself
  Slow,     ///< once a minute at most: a person has to act outside, and trying harder could lock an account
  Soon,     ///< the key's back-off without a floor: a fresh look is likely to do
  Never,    ///< not before the object changes
};

/// What `kubectl describe` shows.
enum class Notice { Silent, Normal, Warning };

struct Outcome {
  Code code;
  Requeue requeue;
  std::string_view reason;  ///< of a condition: CamelCase, stable, documented
  Notice notice;
  std::string_view label;  ///< of metrics: snake_case
};

[[nodiscard]] const Outcome& outcome_of(Code code);

/// The shortest wait before the next try: the rule's own, or longer if the other system said so. Never asked of
/// Requeue::Never.
[[nodiscard]] std::chrono::milliseconds shortest_wait(const Error& error);

}  // namespace sallyport::runtime
