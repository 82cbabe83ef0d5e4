// SPDX-License-Identifier: Apache-2.0
#include "operator/runtime/deadlines.hpp"

namespace sallyport::runtime {

Deadlines::Deadlines(std::chrono::milliseconds limit, const Clock& clock)
    : limit_(limit), clock_(clock), thread_([this](std::stop_token stop) { run(std::move(stop)); }) {}

Deadlines::Watch::Watch(Deadlines& deadlines, std::stop_token outer)
    : deadlines_(deadlines), from_outer_(std::move(outer), [this] { source_.request_stop(); }) {
  const std::lock_guard lock(deadlines_.mutex_);
  id_ = deadlines_.next_id_++;
  deadlines_.watched_.emplace(id_, std::pair{deadlines_.clock_.steady() + deadlines_.limit_, this});
  // Only the first one in line changes when the thread has to wake up.
  if (deadlines_.watched_.size() == 1) deadlines_.changed_.notify_one();
}

Deadlines::Watch::~Watch() {
  const std::lock_guard lock(deadlines_.mutex_);
  deadlines_.watched_.erase(id_);
}

bool Deadlines::Watch::expired() const {
  const std::lock_guard lock(deadlines_.mutex_);
  return expired_;
}

void Deadlines::expire_overdue() {
  // Requested without the lock: the work's own stop callbacks run in here.
  std::vector<std::stop_source> overdue;
  {
    const std::lock_guard lock(mutex_);
    const SteadyTime now = clock_.steady();
    while (!watched_.empty() && watched_.begin()->second.first <= now) {
      Watch& watch = *watched_.begin()->second.second;
      watched_.erase(watched_.begin());
      watch.expired_ = true;
      overdue.push_back(watch.source_);
    }
  }
  for (std::stop_source& source : overdue) source.request_stop();
}

void Deadlines::run(std::stop_token stop) {
  while (!stop.stop_requested()) {
    expire_overdue();
    std::unique_lock lock(mutex_);
    if (watched_.empty()) {
      changed_.wait(lock, stop, [this] { return !watched_.empty(); });
    } else {
      const std::uint64_t first = watched_.begin()->first;
      changed_.wait_for(lock, stop, watched_.begin()->second.first - clock_.steady(),
                        [this, first] { return watched_.empty() || watched_.begin()->first != first; });
    }
  }
}

}  // namespace sallyport::runtime
