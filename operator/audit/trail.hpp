// SPDX-License-Identifier: Apache-2.0
// The audit trail: one JSON line before and one after every change to an outside system, each line carrying the hash of
// the line before it. Who reads it can tell what this operator did to the outside and why, what it had begun when it
// died, and whether a line was altered, taken out or put in.
//
// A chain shows nothing about lines missing at its end: keep the copy on standard output elsewhere, and compare the
// last sequence number and hash with it. Never in the trail: bodies, headers, queries, secrets.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "operator/base/clock.hpp"
#include "operator/base/result.hpp"
#include "operator/base/strong_id.hpp"
#include "operator/http/client.hpp"

namespace sallyport::audit {

struct TrailOptions {
  std::string path{};  ///< appended to, made 0600 when missing; empty: no file, and then `copy_fd` alone is the trail
  int copy_fd = -1;    ///< every line also goes here (1: standard output, for the log collector); -1: nowhere
};

/// A request that is about to change something.
struct Sending {
  std::vector<http::Change> changes;
  std::string method;
  std::string url;  ///< without its query
};

/// What the outside made of it.
enum class Effect {
  Ok,        ///< 2xx: done
  Accepted,  ///< 202: it will be done, see `outside_id`
  Partial,   ///< 207: some of it was done
  Rejected,  ///< 3xx or 4xx: not done
  Unknown,   ///< 5xx, or no answer: it may have been done
  NotSent,   ///< nothing left this program
};
[[nodiscard]] std::string_view to_string(Effect effect);

struct Answer {
  Effect effect = Effect::Unknown;
  int status = 0;            ///< 0: no answer
  std::string error{};       ///< the error's code, when there is no answer
  std::string outside_id{};  ///< how the other side calls this request or task
};

/// The intents of one request, to be concluded.
struct Intent {
  Sending sending;
  std::vector<std::uint64_t> lines;  ///< their sequence numbers, in the order of `sending.changes`
};

/// A line: {"seq", "time", "instance", "phase", ..., "prev"}. `seq` counts from 1 without gaps; `prev` is the SHA-256
/// of the whole line before, without its newline (64 zeros for the first). Phase `intent` has object{kind, ns, name,
/// uid, resourceVersion, generation}, target, action, before, after, method, url; `result` has the intent's number,
/// object, target, action, result, and status or error, outsideId; `recovered` has torn{bytes, sha256}. Thread-safe.
/// One process writes to a file at a time (flock).
class Trail {
 public:
  /// Goes on where the file ends. A last line that a crash cut off is moved to `<path>.torn` and named in a `recovered`
  /// line. Conflict: another process holds the file. Unavailable: it cannot be read or written. InvalidSpec: what
  /// stands before the last line is no audit trail.
  [[nodiscard]] static Result<std::unique_ptr<Trail>> open(TrailOptions options, InstanceId instance,
                                                           const Clock& clock);
  ~Trail();
  Trail(const Trail&) = delete;
  Trail& operator=(const Trail&) = delete;

  /// One line per change. On disk (fdatasync) when this returns. Unavailable "audit log cannot be written": then the
  /// request must not be sent.
  [[nodiscard]] Result<Intent> intend(Sending sending);
  /// One line per intent; after Accepted it may be called again, with what became of it. Unavailable when it cannot be
  /// written; the intents then stay open for `verify` to find.
  [[nodiscard]] Result<void> conclude(const Intent& intent, const Answer& answer);

  /// For SIGHUP: opens the path anew after the file was moved away. The chain goes on in the new file.
  [[nodiscard]] Result<void> reopen();

 private:
  struct State;
  explicit Trail(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace sallyport::audit
