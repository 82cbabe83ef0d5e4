// SPDX-License-Identifier: Apache-2.0
// Reads an audit log back and says whether its chain is whole: `sallyport audit verify`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "operator/base/result.hpp"

namespace sallyport::audit {

/// Where the chain breaks. What stands after a break proves nothing, so reading ends there.
struct Break {
  std::uint64_t line = 0;  ///< from 1
  std::string why;
};

/// A change that was begun and of which no end is known: the program died, the log could not be written, or the other
/// side took it on (202) and nothing more was written.
struct OpenIntent {
  std::uint64_t seq = 0;
  std::string time;
  std::string object;  ///< "ProtectedEndpoint risk/fraud-scoring"
  std::string target;
  std::string action;
  bool accepted = false;
  std::string outside_id{};  ///< how the other side calls what it accepted
};

struct Report {
  std::uint64_t lines = 0;  ///< whole and in order; each but the last is vouched for by the next
  std::uint64_t intents = 0;
  std::uint64_t results = 0;  ///< `accepted` among them, which are no end: a later result may still follow
  std::uint64_t recoveries = 0;
  std::uint64_t first_seq = 0;  ///< above 1 when the chain begins in an older file
  std::uint64_t last_seq = 0;
  std::string last_hash;  ///< compare with a copy kept elsewhere: nothing in the file vouches for its last line
  std::vector<OpenIntent> open;
  /// A last line without an end, from 1; 0: none. It is being written, or a crash cut it off (then the next start sets
  /// it aside). It proves nothing, and breaks nothing.
  std::uint64_t unfinished = 0;
  std::optional<Break> broken;  ///< empty: all is well
};

/// NotFound or Unavailable when the file cannot be read; a broken chain is a Report.
[[nodiscard]] Result<Report> verify(const std::string& path);

}  // namespace sallyport::audit
