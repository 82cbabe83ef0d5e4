// SPDX-License-Identifier: Apache-2.0
// What AS3's answers mean. They come in many shapes (f5.md 1.3, 1.4, 1.10): results, errors, bare messages, a task's
// record, HTML of the framework around it; this is the one place that tells them apart.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "operator/http/client.hpp"

namespace sallyport::edge::bigip {

enum class Meaning {
  Done,       ///< deployed, or (dry run) would be
  NoChange,   ///< what was sent is what is there
  Running,    ///< the task goes on
  Accepted,   ///< taken as a task: `task` names it
  Invalid,    ///< 422 before anything was touched: schema, pointer, reference. `words` names the place.
  Rejected,   ///< 422 by the device itself while deploying; rolled back
  Stale,      ///< a JSON Patch path does not exist (any more): read again
  First,      ///< the device stores no declaration: the first tenant has to be POSTed
  Busy,       ///< another write holds the device's lock
  Cancelled,  ///< the task died with its process; nothing of it will happen any more
  Lost,       ///< nobody knows such a task
  Failed,     ///< will not be answered otherwise by sending again soon: `error`
  Unclear,    ///< no telling whether it took effect: `error`
};

struct Answer {
  Meaning meaning = Meaning::Unclear;
  std::string words{};                     ///< AS3's or the device's own words, one line, no secrets
  std::string task{};                      ///< for Accepted, and Unclear after that
  std::optional<Error> error{};            ///< for Failed and Unclear
  bool sent = false;                       ///< for Failed: a write has left all the same, and may take effect yet
  std::vector<std::string> differences{};  ///< of a dry run: paths "/T/A/object/..." that are not as declared
};

/// The answer to a write (POST or PATCH of /declare) of `tenant`, or its task's record (GET /task/<id>). Where the
/// device also stores tenant Common, AS3 carries that along, first and last: what became of it is not what became of
/// ours. Never throws; what cannot be understood is Unclear.
[[nodiscard]] Answer read_answer(const http::Response& response, std::string_view where, std::string_view tenant);

/// Whether a task's record (GET /task/<id>), or any of a list of them (GET /task), is still under way. Each record
/// holds its whole declaration, so a list is megabytes of text, of which a few words are kept. Unavailable when it is
/// neither.
[[nodiscard]] Result<bool> any_running(const http::Response& response, std::string_view where);

/// An HTTP status that is no success, for calls whose answer has no other meaning. 401 Unauthorized, 403 Refused, 404
/// NotFound, 409 Conflict, 429 and AS3's 503 RateLimited, other 5xx and HTML Unavailable, the rest Internal.
[[nodiscard]] Error error_of(const http::Response& response, std::string_view where);

/// The framework knows no such path: AS3 is not installed, or has not registered yet after a restart.
[[nodiscard]] bool as3_missing(const http::Response& response);

/// `message` of a JSON error body; for anything else ("<html>...") the status in words.
[[nodiscard]] std::string words_of(const http::Response& response);

/// RateLimited, for a device that another write holds: with the time after which its lock is worth another try.
[[nodiscard]] Error busy(std::string words, std::string_view where);

}  // namespace sallyport::edge::bigip
