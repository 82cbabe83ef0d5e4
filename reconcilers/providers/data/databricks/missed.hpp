// SPDX-License-Identifier: Apache-2.0
// Principals whom a workspace did not know when they were to be granted something. One of them fails a whole request
// (databricks.md 2.1), so they are kept apart; and tried again, because a group may only not have arrived yet.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "operator/base/clock.hpp"

namespace sallyport::data::databricks {

/// Of one workspace. Thread-safe. The clock outlives it.
class MissedPrincipals {
 public:
  explicit MissedPrincipals(const Clock& clock) : clock_(clock) {}

  struct Missed {
    std::string why;
    bool due = false;  ///< to be tried again
  };
  /// By Principal::key(). Empty for whom nothing is known to be wrong with.
  [[nodiscard]] std::optional<Missed> find(const std::string& key) const;
  /// Due at the first look at its serving endpoint after a pause: a minute at first, each further one twice as long, up
  /// to half an hour.
  void add(const std::string& key, const std::string& why);
  void forget(const std::string& key);

 private:
  struct Entry {
    std::string why;
    std::chrono::minutes pause{};
    SteadyTime due{};
  };
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::map<std::string, Entry> entries_;
};

}  // namespace sallyport::data::databricks
