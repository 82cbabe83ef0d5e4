// SPDX-License-Identifier: Apache-2.0
#include "e2e/simulators/databricks/limits.hpp"

#include <algorithm>

#include "e2e/simulators/latency.hpp"
#include "operator/base/text.hpp"

namespace sallyport::simulators::databricks {

namespace {

using std::chrono::milliseconds;

Error bad(std::size_t index, std::string_view member) {
  return {Code::InvalidSpec,
          "unknown or of the wrong type",
          "rate_limits[" + std::to_string(index) + "]." + std::string(member),
          {}};
}

std::optional<RetryAfter> parse_retry_after(const std::string& word) {
  if (word == "always") return RetryAfter::Always;
  if (word == "never") return RetryAfter::Never;
  if (word == "alternating") return RetryAfter::Alternating;
  return std::nullopt;
}

Result<LimitRule> read_rule(const Json& json, std::size_t index) {
  if (!json.is_object()) return bad(index, "");
  LimitRule rule;
  for (const auto& [name, value] : json.items()) {
    if (name == "method" && value.is_string()) {
      rule.method = value;
    } else if (name == "path" && value.is_string()) {
      rule.path = value;
    } else if (name == "calls" && value.is_number_unsigned()) {
      rule.calls = value;
    } else if (name == "window_ms" && value.is_number_unsigned()) {
      rule.window = milliseconds(value.get<std::int64_t>());
    } else if (name == "retry_after" && value.is_string()) {
      const auto word = parse_retry_after(value);
      if (!word) return bad(index, name);
      rule.retry_after = *word;
    } else {
      return bad(index, name);
    }
  }
  return rule;
}

bool matches_any(std::string_view patterns, std::string_view text) {
  for (const auto& pattern : split(patterns, '|'))
    if (matches_wildcard(pattern, text)) return true;
  return false;
}

LimitRule limit(std::string method, std::string path, int calls, milliseconds window) {
  LimitRule rule;
  rule.method = std::move(method);
  rule.path = std::move(path);
  rule.calls = calls;
  rule.window = window;
  return rule;
}

Reply refused(LimitRule& rule, milliseconds left) {
  Reply reply = api_error(429, "REQUEST_LIMIT_EXCEEDED", "Rate limit exceeded. Please retry later.");
  ++rule.refused;
  const bool tell =
      rule.retry_after == RetryAfter::Always || (rule.retry_after == RetryAfter::Alternating && rule.refused % 2 == 1);
  if (tell) reply.headers["Retry-After"] = std::to_string(std::max<std::int64_t>(1, (left.count() + 999) / 1000));
  return reply;
}

}  // namespace

Result<std::vector<LimitRule>> read_limits(const Json& json) {
  if (!json.is_array()) return Error{Code::InvalidSpec, "must be an array", "rate_limits", {}};
  std::vector<LimitRule> rules;
  for (std::size_t i = 0; i < json.size(); ++i) rules.push_back(TRY(read_rule(json[i], i)));
  return rules;
}

std::vector<LimitRule> documented_limits() {
  using std::chrono::minutes;
  using std::chrono::seconds;
  return {limit("GET", "/api/2.0/permissions/*", 100, seconds(1)),
          limit("PUT|PATCH", "/api/2.0/permissions/*", 30, seconds(1)),
          limit("GET", "/api/2.0/preview/scim/v2/*", 255, minutes(1)),
          limit("POST|PUT|PATCH|DELETE", "/api/2.0/serving-endpoints*", 50, minutes(5)),
          limit("POST", "/serving-endpoints/*", 200, seconds(1))};
}

void Limits::set(std::vector<LimitRule> rules, double time_scale) {
  rules_ = std::move(rules);
  for (auto& rule : rules_) rule.window = scaled(rule.window, time_scale);
}

std::optional<Reply> Limits::take(const Call& call, SteadyTime now) {
  std::optional<Reply> full;
  for (auto& rule : rules_) {
    if (!matches_any(rule.method, call.method) || !matches_any(rule.path, call.path)) continue;
    if (rule.used == 0 || now - rule.started >= rule.window) {
      rule.started = now;
      rule.used = 0;
    }
    if (++rule.used > rule.calls && !full)
      full = refused(rule, std::chrono::duration_cast<milliseconds>(rule.started + rule.window - now));
  }
  return full;
}

}  // namespace sallyport::simulators::databricks
