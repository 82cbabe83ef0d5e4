// SPDX-License-Identifier: Apache-2.0
// Rate limits per method and path, as windows that start with their first call.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "e2e/simulators/databricks/call.hpp"
#include "operator/base/clock.hpp"

namespace sallyport::simulators::databricks {

/// How a 429 tells when to come back: databricks-sdk-py 391 and 402 saw it missing.
enum class RetryAfter { Always, Never, Alternating };

struct LimitRule {
  std::string method = "*";  ///< wildcards, several separated by '|'
  std::string path = "*";
  int calls = 0;  ///< allowed in a window
  std::chrono::milliseconds window{1000};
  RetryAfter retry_after = RetryAfter::Alternating;
  int used = 0;
  int refused = 0;
  SteadyTime started{};
};

/// [{"method","path","calls","window_ms","retry_after":"always|never|alternating"}]. InvalidSpec for anything else.
[[nodiscard]] Result<std::vector<LimitRule>> read_limits(const Json& json);
/// The limits of reference section 4.5 and 6.3.
[[nodiscard]] std::vector<LimitRule> documented_limits();

class Limits {
 public:
  /// Windows are divided by `time_scale`.
  void set(std::vector<LimitRule> rules, double time_scale);
  /// The 429 when a window is full. Every matching rule counts the call.
  [[nodiscard]] std::optional<Reply> take(const Call& call, SteadyTime now);

 private:
  std::vector<LimitRule> rules_;
};

}  // namespace sallyport::simulators::databricks
