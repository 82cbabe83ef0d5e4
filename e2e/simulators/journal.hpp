// SPDX-License-Identifier: Apache-2.0
// The journal: one JSON line a request, from which the referee judges what the product did. Never a secret.
#pragma once

#include <fstream>
#include <memory>
#include <mutex>
#include <string>

#include "operator/base/clock.hpp"
#include "operator/base/result.hpp"

namespace sallyport::simulators {

/// A request and its effect. Header and body of the request are not kept: they may hold secrets.
struct JournalEntry {
  int unit = 0;
  std::string method{};
  std::string path{};  ///< without its query; token names in it are hashed
  std::string query{};
  int status = 0;  ///< as sent; 0 when the connection was dropped
  std::string who{};
  bool mutating = false;
  std::string effect = "{}";  ///< a JSON object
  std::string fault{};        ///< the action of the fault rule that struck; empty when none did
};

/// Lines `{"seq","time","unit","method","path","query","status","who","mutating","effect","fault"}`. Thread-safe.
class Journal {
 public:
  /// Appends to `file`; an empty name keeps nothing. Unavailable when it cannot be opened.
  [[nodiscard]] static Result<std::unique_ptr<Journal>> open(const std::string& file, const Clock& clock);
  /// The line is flushed to the file when this returns; seq counts up from 1 without gaps.
  void write(const JournalEntry& entry);

 private:
  explicit Journal(const Clock& clock) : clock_(&clock) {}

  const Clock* clock_;
  std::mutex mutex_;
  std::ofstream out_;
  long sequence_ = 0;
};

/// `/mgmt/shared/authz/tokens/ABC` -> `/mgmt/shared/authz/tokens/sha256:…`: what may stand in a journal of a path.
[[nodiscard]] std::string redact_path(const std::string& path);

}  // namespace sallyport::simulators
