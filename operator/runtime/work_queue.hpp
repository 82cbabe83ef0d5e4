// SPDX-License-Identifier: Apache-2.0
// The queue between events and workers, with client-go's rules: a key waits once however often it is added; two workers
// never hold the same key; a key added while it is worked on is handed out once more afterwards. On top of these come
// controller-runtime's priorities, so that a person's edit overtakes the backlog of a start.
#pragma once

#include <array>
#include <chrono>
#include <concepts>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <utility>

#include "operator/base/clock.hpp"
#include "operator/base/key.hpp"
#include "operator/metrics/metrics.hpp"
#include "operator/runtime/back_off.hpp"

namespace sallyport::runtime {

/// Best first. When a waiting key is added again it keeps the better priority and the earlier time.
enum class Priority {
  High,    ///< somebody has just edited the object and is looking
  Normal,  ///< something that the object depends on has changed; a verdict came back
  Low,     ///< start-up, resync, drift poll
};
inline constexpr std::size_t kPriorities = 3;

/// How a queue ends; Stop is final.
enum class ShutDown {
  Drain,  ///< only news is still taken and handed out: what is Low, or due only after a moment, is dropped and ignored
  Stop,   ///< nothing more is handed out, and adds are ignored
};

/// `text()` names the key in logs.
template <class K>
concept QueueKey = std::totally_ordered<K> && std::copyable<K> && requires(const K& key) {
  { key.text() } -> std::convertible_to<std::string>;
};

struct QueueOptions {
  std::string name;  ///< label of the metrics
  BackOffOptions back_off{};
};

template <QueueKey K>
class WorkQueue {
 public:
  struct Taken {
    K key;
    Priority priority;
    std::chrono::nanoseconds waited{};  ///< since it was due
  };

  /// `clock`, `random` and `metrics` must outlive the queue.
  WorkQueue(QueueOptions options, const Clock& clock, Random& random, metrics::Metrics& metrics);

  void add(const K& key, Priority priority = Priority::Normal) { add_after(key, {}, priority); }
  /// Due only after `delay`, unless something else brings it forward.
  void add_after(const K& key, std::chrono::milliseconds delay, Priority priority = Priority::Normal);
  /// Counts a failure of the key and adds it after its back-off, or after `at_least` when that is longer. Returns the
  /// wait.
  std::chrono::milliseconds add_rate_limited(const K& key, Priority priority, std::chrono::milliseconds at_least = {});
  /// The key went well: its back-off starts anew.
  void forget(const K& key);
  [[nodiscard]] int failures(const K& key) const;

  /// The next due key, if there is one: never waits. Each key taken must be given back with `done`.
  [[nodiscard]] std::optional<Taken> try_get();
  /// Waits for a due key. Empty when `stop` is requested or the queue was stopped.
  [[nodiscard]] std::optional<Taken> get(std::stop_token stop);
  void done(const K& key);

  void shut_down(ShutDown how);
  /// Until nothing waits and nothing is worked on. False when that takes longer than `patience`.
  bool await_idle(std::chrono::milliseconds patience);

  struct Depth {
    std::array<std::size_t, kPriorities> due{};  ///< by priority, best first
    std::size_t delayed = 0;
    std::size_t processing = 0;
  };
  [[nodiscard]] Depth depth() const;
  /// Age of the oldest work in progress; zero when there is none. A liveness probe asks this.
  [[nodiscard]] std::chrono::milliseconds longest_running() const;
  [[nodiscard]] const std::string& name() const { return options_.name; }

 private:
  enum class Place { Delayed, Due, Held };  ///< Held: due, but a worker still has the key
  struct Waiting {
    Priority priority;
    Place place;
    SteadyTime at;           ///< Delayed: when it becomes due. Due and Held: since when it is.
    std::uint64_t turn = 0;  ///< Due: place in line among its priority
  };
  using Entries = std::map<K, Waiting>;

  void put(const K& key, Priority priority, SteadyTime at, SteadyTime now);
  void bring_in(typename Entries::iterator entry, SteadyTime now);
  void promote(SteadyTime now);
  [[nodiscard]] std::optional<Taken> take(SteadyTime now);
  [[nodiscard]] std::optional<Taken> wait_for_one(std::stop_token stop);
  void count(const Taken& taken);
  [[nodiscard]] std::size_t next_class() const;
  [[nodiscard]] bool takes(Priority priority, SteadyTime::duration delay) const;
  void drop(typename Entries::iterator entry);
  void report(metrics::Metrics& metrics) const;

  /// Every eighth key taken is the one that has waited longest, so that a stream of edits cannot starve the others.
  static constexpr std::uint64_t kFairTurn = 8;
  /// What news waits at most: verdicts that are gathered up, a write that is tried again.
  static constexpr std::chrono::seconds kMoment{1};

  const QueueOptions options_;
  const Clock& clock_;
  metrics::Metrics& metrics_;
  mutable std::mutex mutex_;
  std::condition_variable_any wake_;
  std::condition_variable idle_;
  Entries entries_;
  std::array<std::map<std::uint64_t, K>, kPriorities> line_;
  std::set<std::pair<SteadyTime, K>> delayed_;
  std::map<K, SteadyTime> processing_;
  BackOff<K> back_off_;
  std::uint64_t changes_ = 0;  ///< grows with everything that a waiting worker should look at
  std::uint64_t next_turn_ = 0;
  std::uint64_t taken_ = 0;
  std::optional<ShutDown> shut_down_;
  std::shared_ptr<void> scrape_;  ///< last: its end waits for a report in progress
};

}  // namespace sallyport::runtime

#include "operator/runtime/work_queue.inl"

namespace sallyport::runtime {
extern template class WorkQueue<Key>;
}
