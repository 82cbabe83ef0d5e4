// SPDX-License-Identifier: Apache-2.0
#include "operator/http/request_rates.hpp"

#include <algorithm>

namespace sallyport::http {

std::optional<std::chrono::seconds> RequestRates::over(const std::string& identity, const RequestRate& limit) {
  const auto interval = std::chrono::nanoseconds(std::chrono::seconds(1)) / std::max(1, limit.requests_per_second);
  const auto tolerance = interval * std::max(1, limit.burst);
  const SteadyTime now = clock_.steady();
  const std::lock_guard lock(mutex_);
  auto found = due_.find(identity);
  if (found == due_.end()) {
    if (due_.size() >= most_) forget_rested(now);
    if (due_.size() >= most_) due_.erase(due_.begin());
    found = due_.emplace(identity, now).first;
  }
  const SteadyTime next = std::max(found->second, now) + interval;
  if (next - now > tolerance) {
    return std::max(std::chrono::seconds(1), std::chrono::ceil<std::chrono::seconds>(next - now - tolerance));
  }
  found->second = next;
  return std::nullopt;
}

void RequestRates::forget_rested(SteadyTime now) {
  std::erase_if(due_, [now](const auto& entry) { return entry.second <= now; });
}

}  // namespace sallyport::http
