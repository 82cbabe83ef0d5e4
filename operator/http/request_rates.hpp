// SPDX-License-Identifier: Apache-2.0
// How often each of those who ask a server may do so: the generic cell rate algorithm, one moment in time per identity.
#pragma once

#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "operator/base/clock.hpp"

namespace sallyport::http {

struct RequestRate {
  int requests_per_second = 0;
  int burst = 0;
};

/// Thread-safe. Remembers at most `most` identities: those beyond are judged as newcomers, once what has come to rest
/// is forgotten.
class RequestRates {
 public:
  RequestRates(std::size_t most, const Clock& clock) : most_(most), clock_(clock) {}

  /// Counts the request; how long to wait where it is one too many.
  [[nodiscard]] std::optional<std::chrono::seconds> over(const std::string& identity, const RequestRate& limit);

 private:
  void forget_rested(SteadyTime now);

  const std::size_t most_;
  const Clock& clock_;
  std::mutex mutex_;
  std::unordered_map<std::string, SteadyTime> due_;  // when the next request of an identity would be right on time
};

}  // namespace sallyport::http
