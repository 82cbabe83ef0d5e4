// SPDX-License-Identifier: Apache-2.0
#include "e2e/simulators/faults.hpp"

#include <array>
#include <fstream>
#include <sstream>
#include <utility>

#include "e2e/simulators/json.hpp"
#include "operator/base/text.hpp"

namespace sallyport::simulators {

namespace {

constexpr std::array kActions{
    std::pair{std::string_view("status"), FaultAction::Status},
    std::pair{std::string_view("drop_before"), FaultAction::DropBefore},
    std::pair{std::string_view("drop_after"), FaultAction::DropAfter},
    std::pair{std::string_view("html"), FaultAction::Html},
    std::pair{std::string_view("delay"), FaultAction::Delay},
    std::pair{std::string_view("truncate"), FaultAction::Truncate},
    std::pair{std::string_view("half_open"), FaultAction::HalfOpen},
};

Error bad(const std::string& why) {
  return {Code::InvalidSpec, "fault rule: " + why, {}, {}};
}

Result<FaultAction> read_action(const std::string& name) {
  for (const auto& [known, action] : kActions) {
    if (known == name) return action;
  }
  return bad("unknown action '" + name + "'");
}

Result<void> read_match(const Json& match, FaultRule& rule) {
  for (const auto& [key, value] : match.items()) {
    if (key == "method")
      rule.method = value.get<std::string>();
    else if (key == "path")
      rule.path = value.get<std::string>();
    else if (key == "query")
      rule.query = value.get<std::string>();
    else if (key == "unit")
      rule.unit = value.get<int>();
    else if (key == "nth")
      rule.nth = value.get<int>();
    else
      return bad("unknown member match." + key);
  }
  return {};
}

Result<FaultRule> read_rule(const Json& json) {
  FaultRule rule;
  bool status_given = false;
  for (const auto& [key, value] : json.items()) {
    if (key == "match")
      TRY(read_match(value, rule));
    else if (key == "action")
      rule.action = TRY(read_action(value.get<std::string>()));
    else if (key == "status")
      rule.status = value.get<int>(), status_given = true;
    else if (key == "body")
      rule.body = value.is_string() ? value.get<std::string>() : value.dump();
    else if (key == "headers")
      for (const auto& [name, text] : value.items()) rule.headers[name] = text.get<std::string>();
    else if (key == "delay_ms")
      rule.delay = std::chrono::milliseconds(value.get<long>());
    else if (key == "times")
      rule.times = value.get<int>();
    else
      return bad("unknown member " + key);
  }
  if (!json.contains("action")) return bad("action is missing");
  if (rule.action == FaultAction::Status && !status_given) return bad("status is missing");
  if (rule.nth < 1 || rule.times < 0) return bad("nth counts from 1, times from 0");
  return rule;
}

}  // namespace

Result<std::vector<FaultRule>> read_faults(const std::string& text) {
  return guard(Code::InvalidSpec, "read faults", [&]() -> Result<std::vector<FaultRule>> {
    const Json json = Json::parse(text);
    const Json& list = json.is_object() ? json.at("rules") : json;
    if (!list.is_array()) return bad("an array is wanted");
    std::vector<FaultRule> rules;
    for (const Json& item : list) rules.push_back(TRY(read_rule(item)));
    return rules;
  });
}

Result<std::unique_ptr<Faults>> Faults::load(const std::string& file) {
  auto faults = std::make_unique<Faults>();
  faults->file_ = file;
  if (file.empty() || !std::filesystem::exists(file)) return faults;
  std::ifstream in(file);
  std::stringstream text;
  text << in.rdbuf();
  faults->set(TRY(read_faults(text.str())));
  std::error_code error;
  faults->written_ = std::filesystem::last_write_time(file, error);
  return faults;
}

void Faults::set(std::vector<FaultRule> rules) {
  const std::lock_guard lock(mutex_);
  rules_.clear();
  for (FaultRule& rule : rules) rules_.push_back({std::move(rule), 0});
}

void Faults::refresh() {
  if (file_.empty()) return;
  std::error_code error;
  const auto written = std::filesystem::last_write_time(file_, error);
  if (error || written == written_) return;
  std::ifstream in(file_);
  std::stringstream text;
  text << in.rdbuf();
  auto rules = read_faults(text.str());
  if (!rules) return;  // being written; the next request looks again
  written_ = written;
  rules_.clear();
  for (FaultRule& rule : *rules) rules_.push_back({std::move(rule), 0});
}

std::optional<FaultRule> Faults::strike(const http::Incoming& request, int unit) {
  const std::lock_guard lock(mutex_);
  refresh();
  std::optional<FaultRule> struck;
  for (Counted& counted : rules_) {
    const FaultRule& rule = counted.rule;
    if (rule.unit >= 0 && rule.unit != unit) continue;
    if (!matches_wildcard(rule.method, request.method) || !matches_wildcard(rule.path, request.path())) continue;
    if (!matches_wildcard(rule.query, request.query())) continue;
    const int match = ++counted.matched;
    if (!struck && match >= rule.nth && (rule.times == 0 || match < rule.nth + rule.times)) struck = rule;
  }
  return struck;
}

}  // namespace sallyport::simulators
