// SPDX-License-Identifier: Apache-2.0
// Threads that take keys from a queue and do the work. A controller is one; so is each connection's bulkhead, so that a
// slow outside system holds up nobody but itself.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <vector>

#include "operator/base/clock.hpp"
#include "operator/base/error.hpp"
#include "operator/base/log.hpp"
#include "operator/metrics/metrics.hpp"
#include "operator/runtime/deadlines.hpp"
#include "operator/runtime/outcome.hpp"
#include "operator/runtime/work_queue.hpp"

namespace sallyport::runtime {

/// What the work wants next. An error goes by the table in outcome.cpp; `again_after` then counts only if that table
/// says never to retry.
struct Next {
  std::optional<Error> error{};
  std::optional<std::chrono::milliseconds> again_after{};  ///< a visit without a cause: a poll, or a time to keep
  Priority again_priority = Priority::Low;
};

struct WorkersOptions {
  int threads = 1;
  /// After this long the work's stop token is requested. The work then ends when it next looks at the token: every
  /// blocking call does.
  std::chrono::milliseconds deadline = std::chrono::minutes(2);
};

template <QueueKey K>
class Workers {
 public:
  /// Called on several threads, never for one key at the same time. The token ends it at the deadline or at a stop.
  using Work = std::function<Next(const K& key, std::stop_token stop)>;

  /// Starts the threads. `queue`, `clock` and `metrics` must outlive the workers.
  Workers(WorkQueue<K>& queue, Work work, WorkersOptions options, const Clock& clock, metrics::Metrics& metrics);
  /// Stops at once, if stop() was not called.
  ~Workers() { stop(std::chrono::milliseconds{0}); }
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  /// Shuts the queue down, lets work in progress go on for up to `grace`, then requests its stop tokens, and waits for
  /// the threads. Safe to call twice.
  void stop(std::chrono::milliseconds grace);

  [[nodiscard]] int busy() const { return busy_; }

 private:
  void run(std::stop_token stop);
  void visit(const typename WorkQueue<K>::Taken& taken, std::stop_token stop);
  [[nodiscard]] Next guarded(const K& key, std::stop_token stop);
  [[nodiscard]] std::string_view settle(const typename WorkQueue<K>::Taken& taken, const Next& next);

  WorkQueue<K>& queue_;
  const Work work_;
  const Clock& clock_;
  metrics::Metrics& metrics_;
  Deadlines deadlines_;
  std::atomic<int> busy_{0};
  std::mutex mutex_;
  std::condition_variable ended_;
  int running_ = 0;
  std::shared_ptr<void> scrape_;
  std::vector<std::jthread> threads_;  ///< last: they use everything above
};

}  // namespace sallyport::runtime

#include "operator/runtime/workers.inl"

namespace sallyport::runtime {
extern template class Workers<Key>;
}
