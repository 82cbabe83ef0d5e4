// SPDX-License-Identifier: Apache-2.0
// The work queue's inside, apart from its header so that the header can be read.
// Each key that waits has one entry in `entries_`, and is besides that in exactly one of: `line_` (Due), `delayed_`
// (Delayed), or neither (Held: `done` will put it in line).
#pragma once

#include "operator/base/check.hpp"
#include "operator/runtime/work_queue.hpp"

namespace sallyport::runtime {

template <QueueKey K>
WorkQueue<K>::WorkQueue(QueueOptions options, const Clock& clock, Random& random, metrics::Metrics& metrics)
    : options_(std::move(options)), clock_(clock), metrics_(metrics), back_off_(options_.back_off, random) {
  scrape_ = metrics_.on_scrape([this](metrics::Metrics& into) { report(into); });
}

template <QueueKey K>
void WorkQueue<K>::add_after(const K& key, std::chrono::milliseconds delay, Priority priority) {
  {
    const std::lock_guard lock(mutex_);
    if (!takes(priority, delay)) return;
    const SteadyTime now = clock_.steady();
    put(key, priority, now + std::max(delay, std::chrono::milliseconds{0}), now);
  }
  metrics_.count(metrics::Metric::QueueAdds, {options_.name, options_.name});
  // One waiter is enough: it either takes the key, or goes on waiting with the new earliest time.
  wake_.notify_one();
}

template <QueueKey K>
std::chrono::milliseconds WorkQueue<K>::add_rate_limited(const K& key, Priority priority,
                                                         std::chrono::milliseconds at_least) {
  std::chrono::milliseconds wait{};
  {
    const std::lock_guard lock(mutex_);
    if (shut_down_ == ShutDown::Stop) return wait;
    wait = back_off_.next(key, clock_.steady(), at_least);
  }
  metrics_.count(metrics::Metric::QueueRetries, {options_.name, options_.name});
  add_after(key, wait, priority);
  return wait;
}

template <QueueKey K>
void WorkQueue<K>::forget(const K& key) {
  const std::lock_guard lock(mutex_);
  back_off_.forget(key);
}

template <QueueKey K>
int WorkQueue<K>::failures(const K& key) const {
  const std::lock_guard lock(mutex_);
  return back_off_.failures(key);
}

template <QueueKey K>
void WorkQueue<K>::put(const K& key, Priority priority, SteadyTime at, SteadyTime now) {
  ++changes_;
  auto entry = entries_.find(key);
  if (entry == entries_.end()) {
    entry = entries_.emplace(key, Waiting{priority, Place::Delayed, at}).first;
    delayed_.emplace(at, key);
  } else {
    Waiting& waiting = entry->second;
    const Priority best = std::min(waiting.priority, priority);
    if (waiting.place == Place::Delayed && at < waiting.at) {
      delayed_.erase({waiting.at, key});
      delayed_.emplace(at, key);
      waiting.at = at;
    }
    if (waiting.place == Place::Due && best != waiting.priority) {
      // It keeps its turn: it has been waiting since then.
      line_.at(static_cast<std::size_t>(waiting.priority)).erase(waiting.turn);
      line_.at(static_cast<std::size_t>(best)).emplace(waiting.turn, key);
    }
    waiting.priority = best;
  }
  if (entry->second.place == Place::Delayed && entry->second.at <= now) bring_in(entry, now);
}

template <QueueKey K>
void WorkQueue<K>::bring_in(typename Entries::iterator entry, SteadyTime now) {
  auto& [key, waiting] = *entry;
  if (waiting.place == Place::Delayed) {
    delayed_.erase({waiting.at, key});
    waiting.at = std::min(waiting.at, now);
  }
  if (processing_.contains(key)) {
    waiting.place = Place::Held;
    return;
  }
  waiting.place = Place::Due;
  waiting.turn = next_turn_++;
  line_.at(static_cast<std::size_t>(waiting.priority)).emplace(waiting.turn, key);
}

template <QueueKey K>
void WorkQueue<K>::promote(SteadyTime now) {
  while (!delayed_.empty() && delayed_.begin()->first <= now) {
    bring_in(entries_.find(delayed_.begin()->second), now);
  }
}

template <QueueKey K>
std::size_t WorkQueue<K>::next_class() const {
  const bool fair = taken_ % kFairTurn == kFairTurn - 1;
  std::size_t chosen = kPriorities;
  for (std::size_t i = 0; i < kPriorities; ++i) {
    if (line_.at(i).empty()) continue;
    if (chosen == kPriorities || (fair && line_.at(i).begin()->first < line_.at(chosen).begin()->first)) chosen = i;
  }
  return chosen;
}

template <QueueKey K>
std::optional<typename WorkQueue<K>::Taken> WorkQueue<K>::take(SteadyTime now) {
  if (shut_down_ == ShutDown::Stop) return std::nullopt;
  promote(now);
  const std::size_t chosen = next_class();
  if (chosen == kPriorities) return std::nullopt;
  auto& line = line_.at(chosen);
  const K key = line.begin()->second;
  const auto entry = entries_.find(key);
  SALLYPORT_CHECK(entry != entries_.end(), "a key in line has an entry");
  const Taken taken{key, entry->second.priority, now - entry->second.at};
  line.erase(line.begin());
  entries_.erase(entry);
  processing_.emplace(key, now);
  ++taken_;
  return taken;
}

/// Whoever counts has a lock of its own: never within ours, for which all workers wait.
template <QueueKey K>
void WorkQueue<K>::count(const Taken& taken) {
  metrics_.observe(metrics::Metric::QueueSeconds, {options_.name, options_.name}, taken.waited);
}

template <QueueKey K>
std::optional<typename WorkQueue<K>::Taken> WorkQueue<K>::try_get() {
  std::optional<Taken> taken;
  {
    const std::lock_guard lock(mutex_);
    taken = take(clock_.steady());
  }
  if (taken) count(*taken);
  return taken;
}

template <QueueKey K>
std::optional<typename WorkQueue<K>::Taken> WorkQueue<K>::get(std::stop_token stop) {
  auto taken = wait_for_one(std::move(stop));
  if (taken) count(*taken);
  return taken;
}

template <QueueKey K>
std::optional<typename WorkQueue<K>::Taken> WorkQueue<K>::wait_for_one(std::stop_token stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    const SteadyTime now = clock_.steady();
    if (auto taken = take(now)) {
      // Somebody else must take what is left, and watch the time of what is delayed.
      ++changes_;
      if (!delayed_.empty() || next_class() != kPriorities) wake_.notify_one();
      return taken;
    }
    if (shut_down_ == ShutDown::Stop) return std::nullopt;
    const auto changed = [this, seen = changes_] { return changes_ != seen; };
    if (delayed_.empty()) {
      wake_.wait(lock, stop, changed);
    } else {
      wake_.wait_for(lock, stop, delayed_.begin()->first - now, changed);
    }
  }
  // This worker may have eaten the one notification for a key.
  wake_.notify_one();
  return std::nullopt;
}

template <QueueKey K>
void WorkQueue<K>::done(const K& key) {
  std::chrono::nanoseconds worked{};
  bool again = false;
  {
    const std::lock_guard lock(mutex_);
    const auto working = processing_.find(key);
    SALLYPORT_CHECK(working != processing_.end(), "only a key that was taken can be done");
    const SteadyTime now = clock_.steady();
    worked = now - working->second;
    processing_.erase(working);
    const auto entry = entries_.find(key);
    again = entry != entries_.end() && entry->second.place == Place::Held;
    if (again) {
      bring_in(entry, now);
      ++changes_;
    }
    if (entries_.empty() && processing_.empty()) idle_.notify_all();
  }
  if (again) wake_.notify_one();
  metrics_.observe(metrics::Metric::QueueWorkSeconds, {options_.name, options_.name}, worked);
}

template <QueueKey K>
bool WorkQueue<K>::takes(Priority priority, SteadyTime::duration delay) const {
  if (shut_down_ == ShutDown::Drain) return priority != Priority::Low && delay <= kMoment;
  return !shut_down_;
}

template <QueueKey K>
void WorkQueue<K>::shut_down(ShutDown how) {
  const std::lock_guard lock(mutex_);
  if (shut_down_ != ShutDown::Stop) shut_down_ = how;
  const SteadyTime now = clock_.steady();
  for (auto entry = entries_.begin(); entry != entries_.end();) {
    const auto next = std::next(entry);
    if (!takes(entry->second.priority, entry->second.at - now)) drop(entry);
    entry = next;
  }
  ++changes_;
  wake_.notify_all();
  if (entries_.empty() && processing_.empty()) idle_.notify_all();
}

template <QueueKey K>
void WorkQueue<K>::drop(typename Entries::iterator entry) {
  const auto& [key, waiting] = *entry;
  if (waiting.place == Place::Delayed) delayed_.erase({waiting.at, key});
  if (waiting.place == Place::Due) line_.at(static_cast<std::size_t>(waiting.priority)).erase(waiting.turn);
  entries_.erase(entry);
}

template <QueueKey K>
bool WorkQueue<K>::await_idle(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  return idle_.wait_for(lock, patience, [this] { return entries_.empty() && processing_.empty(); });
}

template <QueueKey K>
typename WorkQueue<K>::Depth WorkQueue<K>::depth() const {
  const std::lock_guard lock(mutex_);
  Depth depth;
  for (std::size_t i = 0; i < kPriorities; ++i) depth.due.at(i) = line_.at(i).size();
  depth.delayed = delayed_.size();
  depth.processing = processing_.size();
  return depth;
}

template <QueueKey K>
std::chrono::milliseconds WorkQueue<K>::longest_running() const {
  const std::lock_guard lock(mutex_);
  const SteadyTime now = clock_.steady();
  std::chrono::milliseconds longest{0};
  for (const auto& [key, since] : processing_) {
    longest = std::max(longest, std::chrono::duration_cast<std::chrono::milliseconds>(now - since));
  }
  return longest;
}

template <QueueKey K>
void WorkQueue<K>::report(metrics::Metrics& metrics) const {
  static constexpr std::array<std::string_view, kPriorities> kNames{"high", "normal", "low"};
  using Seconds = std::chrono::duration<double>;
  std::array<std::size_t, kPriorities> due{};
  Seconds unfinished{0}, longest{0}, oldest{0};
  {
    const std::lock_guard lock(mutex_);
    const SteadyTime now = clock_.steady();
    for (std::size_t i = 0; i < kPriorities; ++i) {
      due.at(i) = line_.at(i).size();
      if (line_.at(i).empty()) continue;
      oldest = std::max(oldest, Seconds(now - entries_.at(line_.at(i).begin()->second).at));
    }
    for (const auto& [key, since] : processing_) {
      unfinished += now - since;
      longest = std::max(longest, Seconds(now - since));
    }
  }
  const std::string& name = options_.name;
  for (std::size_t i = 0; i < kPriorities; ++i) {
    metrics.set(metrics::Metric::QueueDepth, {name, name, kNames.at(i)}, static_cast<double>(due.at(i)));
  }
  metrics.set(metrics::Metric::QueueUnfinished, {name, name}, unfinished.count());
  metrics.set(metrics::Metric::QueueLongestRunning, {name, name}, longest.count());
  metrics.set(metrics::Metric::QueueOldestAge, {name}, oldest.count());
}

}  // namespace sallyport::runtime
