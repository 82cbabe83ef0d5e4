// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/data/databricks/missed.hpp"

#include <algorithm>

namespace sallyport::data::databricks {
namespace {

constexpr std::chrono::minutes kFirstPause{1};
constexpr std::chrono::minutes kLongestPause{30};
constexpr std::chrono::hours kKept{24};  ///< nobody has asked for so long: nobody wants it any more

}  // namespace

std::optional<MissedPrincipals::Missed> MissedPrincipals::find(const std::string& key) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(key);
  if (found == entries_.end()) return std::nullopt;
  return Missed{found->second.why, clock_.steady() >= found->second.due};
}

void MissedPrincipals::add(const std::string& key, const std::string& why) {
  const std::lock_guard lock(mutex_);
  const SteadyTime now = clock_.steady();
  std::erase_if(entries_, [&](const auto& entry) { return now - entry.second.due > kKept; });
  Entry& entry = entries_[key];
  entry.why = why;
  entry.pause = std::clamp(entry.pause * 2, kFirstPause, kLongestPause);
  entry.due = now + entry.pause;
}

void MissedPrincipals::forget(const std::string& key) {
  const std::lock_guard lock(mutex_);
  entries_.erase(key);
}

}  // namespace sallyport::data::databricks
