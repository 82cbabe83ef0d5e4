// SPDX-License-Identifier: Apache-2.0
// What became of a fragment.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "operator/base/error.hpp"

namespace sallyport::ir {

enum class Outcome {
  Pending,   ///< not tried yet, or under way
  Applied,   ///< observed outside as wanted (for Wish::Absent: see Gone)
  Gone,      ///< observed outside as absent
  Rejected,  ///< the outside system will not have it as it is; `error` says where and why
  Unknown,   ///< could not be seen or done: unreachable, refused, timed out. What is out there may still work.
};

/// Ids and facts worth a status field. Never a secret.
using Facts = std::map<std::string, std::string>;

struct Verdict {
  Outcome outcome = Outcome::Pending;
  std::string hash;  ///< of the fragment this is about
  Facts facts{};     ///< e.g. client_id, endpoint_id, address
  std::optional<Error> error{};
  std::vector<std::string>
      notes{};  ///< for people: a principal that does not exist, a foreign entry seen, drift repaired
  std::vector<std::string> missing{};  ///< keys of parts that did not go through while the rest did (Principal::key())
  bool drift_repaired = false;         ///< the outside had been changed by somebody else and was put right
  friend bool operator==(const Verdict&, const Verdict&) = default;
};

[[nodiscard]] std::string_view to_string(Outcome outcome);

}  // namespace sallyport::ir
