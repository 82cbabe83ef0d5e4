// SPDX-License-Identifier: Apache-2.0
// One request and its answer in flight: where the library's threads leave what arrives, and the caller waits for it.
// It exists so that nobody ever waits inside one of the library's tasks, and so that a caller who gives up can leave
// at once while the library is still tidying up.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "operator/base/clock.hpp"
#include "operator/http/message.hpp"

namespace sallyport::http {

/// Shared by both sides, lives until the later of them lets go. Thread-safe.
class Exchange {
 public:
  /// When the caller is woken. Every wake-up is a switch between threads, which is most of what a small answer costs.
  enum class Wakes {
    AtTheEnd,       ///< whole answers: when it is there and the library has let go, or the buffer is full
    WithEveryByte,  ///< streams
  };
  explicit Exchange(Wakes wakes = Wakes::AtTheEnd) : wakes_(wakes) {}

  /// How the library told that a request failed: its words, and an error number whose meaning depends on them.
  struct Failure {
    std::string text;
    int number = 0;
    bool stale = false;  ///< the pooled connection was dead before anything was sent on it
  };

  /// Everything that is new since the last look.
  struct News {
    bool sent = false;      ///< connected, and the request's header is written
    int status = 0;         ///< 0: no answer yet
    bool finished = false;  ///< nothing more will come
    std::string bytes;      ///< of the body; only once there is a status
    std::optional<Failure> failure;
  };

  // --- The library's side. Never blocks.

  void mark_sent();
  void mark_answered(int status, Headers headers);
  void mark_finished(std::optional<Failure> failure);
  /// The library holds nothing of this exchange any more, and its connection is back in the pool.
  void mark_released();

  enum class Room { Enough, Full, Refused };
  /// Takes bytes of the body. Full: they are taken, but more must not come until `resume` was called (with false: no
  /// more at all). Refused: the caller is gone.
  using Resume = std::function<void(bool go_on)>;
  [[nodiscard]] Room add(std::string_view bytes, Resume resume);

  // --- The caller's side.

  /// Waits until there is news worth waking for, the time has come, or `stop`.
  void wait(SteadyTime until, const std::stop_token& stop);
  /// Empties the buffer and lets a waiting sender go on.
  [[nodiscard]] News take();
  [[nodiscard]] Headers headers() const;
  /// From now on nothing is taken.
  void abandon();
  /// False if the library was not done in time.
  [[nodiscard]] bool await_release(std::chrono::milliseconds patience);
  /// Bytes of the body so far.
  [[nodiscard]] std::size_t received() const;

 private:
  void wake_if(bool worth_it);

  const Wakes wakes_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  News news_;
  Headers headers_;
  Resume resume_;
  std::size_t received_ = 0;
  bool fresh_ = false;
  bool abandoned_ = false;
  bool released_ = false;
};

}  // namespace sallyport::http
