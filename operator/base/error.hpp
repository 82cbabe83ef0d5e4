// SPDX-License-Identifier: Apache-2.0
// What went wrong, in terms of what the caller may do about it.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace sallyport {

/// Says what a controller may do next. `runtime/outcome.cpp` is the one place that turns a code into a requeue rule, a
/// condition reason, an event and a metric.
enum class Code {
  InvalidSpec,   ///< The user has to change something; do not retry until the object changes.
  NotFound,      ///< The system answered, and the thing is not there.
  Conflict,      ///< Somebody else holds the name, or changed the thing meanwhile: read again, or ask a human.
  Unauthorized,  ///< Our credential is not accepted (401).
  Refused,  ///< Our credential is accepted, but this is not allowed (403). What we asked for is *unknown*, not absent.
  RateLimited,   ///< Too many requests, or busy; `retry_after` when the system said so.
  Unavailable,   ///< Unreachable, timed out, 5xx, or an answer that makes no sense. The effect of a write is unknown.
  ShuttingDown,  ///< We are being stopped, or no longer hold the lease; nothing was sent.
  Unaudited,     ///< The change cannot be written to the audit log; nothing was sent.
  Internal,      ///< A fault of ours.
};

[[nodiscard]] std::string_view to_string(Code code);

/// A value, copied and passed on. Never holds a secret.
struct Error {
  Code code = Code::Internal;
  std::string message;  ///< For a person: what happened and what to do. No trailing full stop, no newline.
  std::string where;    ///< Field path (`spec.host`), or method and URL without its query. May be empty.
  std::optional<std::chrono::milliseconds> retry_after{};  ///< A floor, as the other system asked.

  /// The same error, with what was being done in front of the message: `register client: connection refused`.
  [[nodiscard]] Error context(std::string_view doing) const;
  /// `where: message`, or the message alone.
  [[nodiscard]] std::string text() const;
  friend bool operator==(const Error&, const Error&) = default;
};

}  // namespace sallyport
