// SPDX-License-Identifier: Apache-2.0
// Fault switches: rules that make a simulator fail in the ways the real system and the network do.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "operator/base/result.hpp"
#include "operator/http/listener.hpp"

namespace sallyport::simulators {

enum class FaultAction {
  Status,      ///< answer with `status`, `body`, `headers`; no effect
  DropBefore,  ///< no effect and no answer
  DropAfter,   ///< the effect happens, the answer is lost
  Html,        ///< as Status (503 by default) with an HTML page for a body
  Delay,       ///< the effect happens, the answer comes `delay_ms` later
  Truncate,    ///< the effect happens, only the first half of the body comes
  HalfOpen,    ///< no effect; the connection stays open without an answer until the client gives up
};

struct FaultRule {
  std::string method = "*";  ///< wildcard
  std::string path = "*";    ///< wildcard over the path without its query
  std::string query = "*";   ///< wildcard over the query
  int unit = -1;             ///< -1: any
  int nth = 1;               ///< strikes from the nth matching request on (1 = the first) ...
  int times = 1;             ///< ... this many times; 0 = for ever
  FaultAction action = FaultAction::Status;
  int status = 503;
  std::string body{};
  http::Headers headers{};
  std::chrono::milliseconds delay{0};
};

/// Rules as JSON: an array, or {"rules": [...]}, of
/// {"match": {"method","path","query","unit","nth"}, "action": "status|drop_before|drop_after|html|delay|truncate|
/// half_open", "status", "body" (text, or JSON that is sent as such), "headers", "delay_ms", "times"}.
/// InvalidSpec for an unknown member or value: a misspelt fault must not pass for a system that survived it.
[[nodiscard]] Result<std::vector<FaultRule>> read_faults(const std::string& text);

/// Rules and how often each has matched. Thread-safe.
class Faults {
 public:
  /// `file` may be empty. InvalidSpec when it is there and unreadable.
  [[nodiscard]] static Result<std::unique_ptr<Faults>> load(const std::string& file);
  /// Replaces all rules and forgets the counts; the file counts again when it changes next.
  void set(std::vector<FaultRule> rules);
  /// The first rule that strikes this request. Every rule that matches counts it, whether or not it strikes.
  [[nodiscard]] std::optional<FaultRule> strike(const http::Incoming& request, int unit);

 private:
  struct Counted {
    FaultRule rule;
    int matched = 0;
  };
  void refresh();

  std::mutex mutex_;
  std::string file_;
  std::filesystem::file_time_type written_{};
  std::vector<Counted> rules_;
};

}  // namespace sallyport::simulators
