// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/authorizer/bulkhead.hpp"

#include <utility>

namespace sallyport::authorizer {

Bulkhead::Bulkhead(BulkheadLimits limits) : limits_(limits) {
  for (int i = 0; i < limits_.threads; ++i) {
    threads_.emplace_back([this](const std::stop_token& stop) { work(stop); });
  }
}

Bulkhead::~Bulkhead() {
  stop();
}

void Bulkhead::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  for (std::jthread& thread : threads_) thread.request_stop();
  threads_.clear();  // joins
  std::stop_source stopped;
  stopped.request_stop();
  for (auto& [name, lane] : lanes_) {
    for (const Job& job : lane.waiting) job(stopped.get_token());
  }
  lanes_.clear();
}

bool Bulkhead::run(const std::string& lane, Job job) {
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) return false;
    Lane& at = lanes_[lane];
    if (static_cast<int>(at.waiting.size()) >= limits_.waiting) return false;
    at.waiting.push_back(std::move(job));
  }
  changed_.notify_one();
  return true;
}

std::map<std::string, Bulkhead::Lane>::iterator Bulkhead::ready() {
  auto at = lanes_.upper_bound(last_);
  for (std::size_t i = 0; i < lanes_.size(); ++i, ++at) {
    if (at == lanes_.end()) at = lanes_.begin();
    if (!at->second.waiting.empty() && at->second.running < limits_.running) return at;
  }
  return lanes_.end();
}

void Bulkhead::work(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (true) {
    auto at = lanes_.end();
    if (!changed_.wait(lock, stop, [&] { return (at = ready()) != lanes_.end(); })) return;
    if (stop.stop_requested()) return;
    last_ = at->first;
    const Job job = std::move(at->second.waiting.front());
    at->second.waiting.pop_front();
    ++at->second.running;
    lock.unlock();
    job(stop);
    lock.lock();
    // The map may have grown; an entry stays where it is, and is taken away only here.
    --at->second.running;
    if (at->second.running == 0 && at->second.waiting.empty()) lanes_.erase(at);
    changed_.notify_one();
  }
}

}  // namespace sallyport::authorizer
