// SPDX-License-Identifier: Apache-2.0
// Signals as events of one thread, and how the program ends.
//
// Order of stopping, each step waiting for the one before:
//   1. targets   no step begins; those in progress get the grace, then their stop token
//   2. status    meanwhile the controllers write what becomes known, and nothing else; then they stop
//   3. sources   watches end; until here they show us our own writes, for which the next write to an object waits
//   4. listeners probes answer until here, so that nobody kills us for silence
//   5. lease     released last: nobody else may write before we have stopped
// When the lease is lost there is no order: the process leaves at once, for another one may be writing already.
#pragma once

#include <functional>
#include <thread>

#include "operator/base/result.hpp"

namespace sallyport::runtime {

/// Call first thing in main, before any thread starts: every later thread inherits the mask, and the signals wait for
/// SignalWatch. SIGTERM, SIGINT and SIGHUP; SIGPIPE is ignored.
void block_signals();

/// Called on the watching thread, one at a time. They must not block for long.
struct SignalActions {
  std::function<void()> stop;    ///< the first SIGTERM or SIGINT: end gracefully
  std::function<void()> leave;   ///< each further one: end now
  std::function<void()> reload;  ///< SIGHUP: read files again
};

/// The one thread that takes signals. Needs block_signals() before. Ends with this object.
class SignalWatch {
 public:
  explicit SignalWatch(SignalActions actions);
  ~SignalWatch();
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;

 private:
  void run(std::stop_token ending);

  const SignalActions actions_;
  std::jthread thread_;
};

/// No core dump and no ptrace by others of the same user: the process's memory holds credentials (rule I8). For release
/// builds; it also keeps debuggers out, hence the switch in the caller's hands. prctl(2) PR_SET_DUMPABLE, setrlimit(2).
[[nodiscard]] Result<void> protect_memory();

}  // namespace sallyport::runtime
