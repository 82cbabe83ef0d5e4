// SPDX-License-Identifier: Apache-2.0
// Threads for what has to wait for another system. Each system has a lane of its own with a share of the threads, so
// that one that is slow, or three, hold up nobody else.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace sallyport::authorizer {

struct BulkheadLimits {
  int threads = 16;
  int running = 4;    ///< of one lane at once
  int waiting = 256;  ///< of one lane; those beyond are turned away
};

/// Thread-safe. The destructor stops.
class Bulkhead {
 public:
  using Job = std::function<void(std::stop_token)>;

  explicit Bulkhead(BulkheadLimits limits = {});
  ~Bulkhead();
  Bulkhead(const Bulkhead&) = delete;
  Bulkhead& operator=(const Bulkhead&) = delete;

  /// Runs what is waiting with a token that was asked to stop, joins, and takes nothing more.
  void stop();

  /// False where the lane is full, and after `stop`: the job is not run. Jobs do not throw.
  [[nodiscard]] bool run(const std::string& lane, Job job);

 private:
  struct Lane {
    int running = 0;
    std::deque<Job> waiting;
  };
  void work(const std::stop_token& stop);
  /// A lane with work that may be begun; end() for none.
  [[nodiscard]] std::map<std::string, Lane>::iterator ready();

  const BulkheadLimits limits_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::map<std::string, Lane> lanes_;
  bool stopped_ = false;
  std::string last_;  // of the lanes; the next in order comes next
  std::vector<std::jthread> threads_;
};

}  // namespace sallyport::authorizer
