// SPDX-License-Identifier: Apache-2.0
// Failures in the workspace's own words: throttling, time-outs, missing rights, gateways that answer with a page. The
// front's fault rules can answer anything; these know what Databricks says, who calls, and can strike after the effect.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "e2e/simulators/databricks/call.hpp"
#include "operator/base/clock.hpp"

namespace sallyport::simulators::databricks {

enum class TroubleKind {
  Throttled,            ///< 429 with Retry-After
  ThrottledSilently,    ///< 429 without
  Unavailable,          ///< 503 TEMPORARILY_UNAVAILABLE, Retry-After when given
  RequestLimitAs500,    ///< 500 with REQUEST_LIMIT_EXCEEDED in its text
  DeadlineAfterEffect,  ///< the effect happens, then 504
  HtmlPage,             ///< 503 with a page
  PrivateLink,          ///< 302 to /login.html
  IpBlocked,            ///< 403 with a numeric code
  IpBlockedAsText,      ///< the same with "403" as a string
  PermissionDenied,     ///< 403 PERMISSION_DENIED for a caller who lacks a right
  InvalidToken,         ///< 403 "Invalid access token.", as when a token died meanwhile
  Unauthenticated,      ///< the same as a 401
  EmptyBody,            ///< 500 with nothing
  PlainText,            ///< 500 with `CODE: message`
};

struct TroubleRule {
  TroubleKind kind = TroubleKind::Unavailable;
  std::string method = "*";  ///< wildcard
  std::string path = "*";    ///< wildcard over the path without its query
  std::string who = "*";     ///< wildcard over the caller's reference ("user:a@b"); "" while nobody is known
  int nth = 1;               ///< strikes from the nth matching request on ...
  int times = 1;             ///< ... this many times; 0 = for ever
  int retry_after = 0;       ///< seconds; 0: no header, but for Throttled, which then says 1
  int matched = 0;
};

/// [{"kind","method","path","who","nth","times","retry_after"}], kinds in snake case. InvalidSpec for anything else.
[[nodiscard]] Result<std::vector<TroubleRule>> read_troubles(const Json& json);

/// When in the course of a request rules are asked: before anybody is known, or once the caller is.
enum class Phase { Network, Caller };

/// What a rule's answer tells of where it happened.
struct Place {
  std::string workspace_url;
  std::string workspace_id;
  std::string who;  ///< the caller's reference; empty at Phase::Network
};

class Troubles {
 public:
  void set(std::vector<TroubleRule> rules) { rules_ = std::move(rules); }
  /// The kind that strikes this request in this phase, with its rule's Retry-After; counts it.
  [[nodiscard]] std::optional<TroubleRule> strike(const Call& call, const Place& place, Phase phase);

 private:
  std::vector<TroubleRule> rules_;
};

[[nodiscard]] Reply trouble_reply(const TroubleRule& rule, const Call& call, const Place& place);
/// 403 of an address that the IP access lists refuse (reference 6.1).
[[nodiscard]] Reply ip_blocked(const Call& call, const std::string& workspace_id);

}  // namespace sallyport::simulators::databricks
