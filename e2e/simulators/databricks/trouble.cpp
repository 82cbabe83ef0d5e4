// SPDX-License-Identifier: Apache-2.0
#include "e2e/simulators/databricks/trouble.hpp"

#include <array>
#include <utility>

#include "operator/base/text.hpp"

namespace sallyport::simulators::databricks {

namespace {

constexpr std::array<std::pair<std::string_view, TroubleKind>, 14> kKinds{{
    {"throttled", TroubleKind::Throttled},
    {"throttled_silently", TroubleKind::ThrottledSilently},
    {"unavailable", TroubleKind::Unavailable},
    {"request_limit_as_500", TroubleKind::RequestLimitAs500},
    {"deadline_after_effect", TroubleKind::DeadlineAfterEffect},
    {"html_page", TroubleKind::HtmlPage},
    {"private_link", TroubleKind::PrivateLink},
    {"ip_blocked", TroubleKind::IpBlocked},
    {"ip_blocked_as_text", TroubleKind::IpBlockedAsText},
    {"permission_denied", TroubleKind::PermissionDenied},
    {"invalid_token", TroubleKind::InvalidToken},
    {"unauthenticated", TroubleKind::Unauthenticated},
    {"empty_body", TroubleKind::EmptyBody},
    {"plain_text", TroubleKind::PlainText},
}};

Error bad(std::size_t index, std::string_view member) {
  return {Code::InvalidSpec,
          "unknown or of the wrong type",
          "troubles[" + std::to_string(index) + "]." + std::string(member),
          {}};
}

Result<TroubleRule> read_rule(const Json& json, std::size_t index) {
  if (!json.is_object()) return bad(index, "");
  TroubleRule rule;
  bool has_kind = false;
  for (const auto& [name, value] : json.items()) {
    const bool text = value.is_string();
    const bool number = value.is_number_unsigned();
    if (name == "kind" && text) {
      for (const auto& [word, kind] : kKinds) {
        if (word != value.get_ref<const std::string&>()) continue;
        rule.kind = kind;
        has_kind = true;
      }
    } else if (name == "method" && text) {
      rule.method = value;
    } else if (name == "path" && text) {
      rule.path = value;
    } else if (name == "who" && text) {
      rule.who = value;
    } else if (name == "nth" && number) {
      rule.nth = value;
    } else if (name == "times" && number) {
      rule.times = value;
    } else if (name == "retry_after" && number) {
      rule.retry_after = value;
    } else {
      return bad(index, name);
    }
  }
  if (!has_kind) return bad(index, "kind");
  return rule;
}

Phase phase_of(TroubleKind kind) {
  switch (kind) {
    case TroubleKind::HtmlPage:
    case TroubleKind::PrivateLink:
    case TroubleKind::IpBlocked:
    case TroubleKind::IpBlockedAsText:
    case TroubleKind::Unavailable:
    case TroubleKind::EmptyBody:
      return Phase::Network;
    default:
      return Phase::Caller;
  }
}

Reply with_retry_after(Reply reply, int seconds) {
  if (seconds > 0) reply.headers["Retry-After"] = std::to_string(seconds);
  return reply;
}

std::string blocked_text(const Call& call, const std::string& workspace_id) {
  return "Source IP address: " + call.peer + " is blocked by Databricks IP ACL for workspace: " + workspace_id;
}

Reply plain(int status, std::string body) {
  Reply reply;
  reply.status = status;
  reply.content_type = "text/plain";
  reply.body = std::move(body);
  return reply;
}

}  // namespace

Result<std::vector<TroubleRule>> read_troubles(const Json& json) {
  if (!json.is_array()) return Error{Code::InvalidSpec, "must be an array", "troubles", {}};
  std::vector<TroubleRule> rules;
  for (std::size_t i = 0; i < json.size(); ++i) rules.push_back(TRY(read_rule(json[i], i)));
  return rules;
}

std::optional<TroubleRule> Troubles::strike(const Call& call, const Place& place, Phase phase) {
  std::optional<TroubleRule> struck;
  for (auto& rule : rules_) {
    if (phase_of(rule.kind) != phase) continue;
    if (!matches_wildcard(rule.method, call.method) || !matches_wildcard(rule.path, call.path)) continue;
    if (!matches_wildcard(rule.who, place.who)) continue;
    ++rule.matched;
    const bool strikes = rule.matched >= rule.nth && (rule.times == 0 || rule.matched < rule.nth + rule.times);
    if (strikes && !struck) struck = rule;
  }
  return struck;
}

Reply ip_blocked(const Call& call, const std::string& workspace_id) {
  return numeric_error(403, blocked_text(call, workspace_id));
}

Reply trouble_reply(const TroubleRule& rule, const Call& call, const Place& place) {
  switch (rule.kind) {
    case TroubleKind::Throttled:
      return with_retry_after(api_error(429, "REQUEST_LIMIT_EXCEEDED", "Rate limit exceeded. Please retry later."),
                              rule.retry_after > 0 ? rule.retry_after : 1);
    case TroubleKind::ThrottledSilently:
      return api_error(429, "RESOURCE_EXHAUSTED",
                       "Workspace " + place.workspace_id + " exceeded the concurrent limit of requests.");
    case TroubleKind::Unavailable:
      return with_retry_after(api_error(503, "TEMPORARILY_UNAVAILABLE",
                                        "The service at " + call.path +
                                            " is temporarily unavailable. Please try again "
                                            "later."),
                              rule.retry_after);
    case TroubleKind::RequestLimitAs500:
      return api_error(500, "INTERNAL_ERROR", "REQUEST_LIMIT_EXCEEDED: RPC token bucket limit has been exceeded.");
    case TroubleKind::DeadlineAfterEffect:
      return api_error(504, "DEADLINE_EXCEEDED", "deadline exceeded");
    case TroubleKind::HtmlPage:
      return html_error(503, "Service Unavailable");
    case TroubleKind::PrivateLink:
      return private_link(place.workspace_url, place.workspace_id);
    case TroubleKind::IpBlocked:
      return ip_blocked(call, place.workspace_id);
    case TroubleKind::IpBlockedAsText:
      return api_error(403, "403", blocked_text(call, place.workspace_id));
    case TroubleKind::PermissionDenied:
      return api_error(403, "PERMISSION_DENIED", "User does not have permission to call this API.");
    case TroubleKind::InvalidToken:
      return numeric_error(403, "Invalid access token.");
    case TroubleKind::Unauthenticated:
      return api_error(401, "UNAUTHENTICATED", "Invalid access token.");
    case TroubleKind::EmptyBody:
      return plain(500, "");
    case TroubleKind::PlainText:
      return plain(500, "INTERNAL_ERROR: an internal error occurred");
  }
  return api_error(500, "INTERNAL_ERROR", "");
}

}  // namespace sallyport::simulators::databricks
