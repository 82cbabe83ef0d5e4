// SPDX-License-Identifier: Apache-2.0
// Requests a stop token when work has taken too long: one thread for all the work of a pool.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

#include "operator/base/clock.hpp"

namespace sallyport::runtime {

class Deadlines {
 public:
  /// `limit` for each piece of work. `clock` must outlive this.
  Deadlines(std::chrono::milliseconds limit, const Clock& clock);

  /// One piece of work. Its token is requested at the deadline, or when the pool's own token is.
  class Watch {
   public:
    Watch(Deadlines& deadlines, std::stop_token outer);
    ~Watch();
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;
    [[nodiscard]] std::stop_token token() const { return source_.get_token(); }
    /// True when it was the deadline that stopped the work.
    [[nodiscard]] bool expired() const;

   private:
    friend class Deadlines;
    Deadlines& deadlines_;
    std::stop_source source_;
    std::uint64_t id_ = 0;
    bool expired_ = false;  ///< under the lock of `deadlines_`
    std::stop_callback<std::function<void()>> from_outer_;
  };

  /// Stops what is overdue now. The thread calls it; tests with a clock of their own may.
  void expire_overdue();

 private:
  void run(std::stop_token stop);

  const std::chrono::milliseconds limit_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::uint64_t next_id_ = 0;
  /// In order of deadline, since all have the same limit and ids grow.
  std::map<std::uint64_t, std::pair<SteadyTime, Watch*>> watched_;
  std::jthread thread_;  ///< last: it uses everything above
};

}  // namespace sallyport::runtime
