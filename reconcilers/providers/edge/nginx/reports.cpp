// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/edge/nginx/reports.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "operator/base/json.hpp"
#include "operator/base/text.hpp"

namespace sallyport::edge::nginx {
namespace {

constexpr std::size_t kWords = 512;

/// Clocks differ by less, and no agent has been silent for longer.
constexpr std::chrono::minutes kAhead{5};
constexpr std::chrono::hours kAncient{24L * 365 * 10};

AgentReport read(const std::string& agent, const nlohmann::json& document) {
  AgentReport report;
  report.agent = agent;
  const Result<SystemTime> at = parse_rfc3339(document.at("at").get<std::string>());
  if (!at) throw std::invalid_argument("its time is none");
  report.at = *at;
  report.serial = document.at("serial").get<std::int64_t>();
  report.running = document.at("running").get<bool>();
  report.trouble = one_line(document.value("trouble", ""), kWords);
  for (const auto& entry : document.at("endpoints")) {
    report.endpoints[entry.at("id").get<std::string>()] = {entry.at("document").get<std::string>(),
                                                           entry.at("state").get<std::string>(),
                                                           one_line(entry.value("why", ""), kWords)};
  }
  return report;
}

bool is_silent(const AgentReport& report, SystemTime now) {
  return report.readable && now - report.at > kSilent;
}

}  // namespace

AgentReport unreadable_report(const std::string& agent, const std::string& why) {
  AgentReport report;
  report.agent = agent;
  report.readable = false;
  report.trouble = "its report cannot be read: " + one_line(why, kWords);
  return report;
}

AgentReport read_report(const std::string& agent, std::string_view text, SystemTime now) {
  const Result<nlohmann::json> document = parse_json(text, 8);
  if (!document) return unreadable_report(agent, document.error().message);
  const auto report = guard(Code::Unavailable, "report", [&] { return read(agent, *document); });
  if (!report) return unreadable_report(agent, report.error().message);
  const bool possible = report->at < now + kAhead && report->at > SystemTime{} && now - report->at < kAncient;
  const auto latest = std::chrono::duration_cast<std::chrono::milliseconds>((now + kAhead).time_since_epoch()).count();
  if (!possible) return unreadable_report(agent, "it was written at " + to_rfc3339(report->at));
  if (report->serial > latest) return unreadable_report(agent, "it tells of a serial that was never published");
  return *report;
}

Standing standing_of(const std::string& id, const std::string& document, const std::vector<AgentReport>& reports,
                     SystemTime now) {
  bool heard = false;
  std::string waiting;
  for (const AgentReport& report : reports) {
    if (is_silent(report, now)) continue;
    heard = true;
    if (!report.readable) {
      waiting = "agent " + report.agent + ": " + report.trouble;
      continue;
    }
    const auto found = report.endpoints.find(id);
    if (found == report.endpoints.end() || found->second.document != document) {
      waiting = "agent " + report.agent + " has not taken it yet" +
                (report.trouble.empty() ? std::string() : ": " + report.trouble);
    } else if (found->second.state == "Live" && !report.running) {
      waiting = "agent " + report.agent + ": " +
                (report.trouble.empty() ? "nginx has not been seen to run with it yet" : report.trouble);
    } else if (found->second.state == "Pending") {
      waiting = "agent " + report.agent + " is about to reload";
    } else if (found->second.state != "Live") {
      return {Standing::Where::NotTaken, "agent " + report.agent + ": " + found->second.why};
    }
  }
  if (!heard) return {Standing::Where::Unheard, "no agent tells that it installs what is published"};
  if (!waiting.empty()) return {Standing::Where::Waiting, waiting};
  return {Standing::Where::InForce, {}};
}

std::string still_served_by(const std::string& id, std::int64_t serial, const std::vector<AgentReport>& reports,
                            std::chrono::milliseconds use_for, SystemTime now) {
  const auto serves = std::ranges::find_if(reports, [&](const AgentReport& report) {
    if (!report.readable) return true;
    if (now - report.at > use_for) return false;
    return report.serial < serial || report.endpoints.contains(id);
  });
  return serves == reports.end() ? std::string() : serves->agent;
}

bool is_heard(const std::vector<AgentReport>& reports, SystemTime now) {
  return std::ranges::any_of(reports, [&](const AgentReport& report) { return !is_silent(report, now); });
}

std::int64_t highest_serial(const std::vector<AgentReport>& reports) {
  std::int64_t highest = 0;
  for (const AgentReport& report : reports)
    if (report.readable) highest = std::max(highest, report.serial);
  return highest;
}

std::vector<std::string> notes_on(const std::vector<AgentReport>& reports, SystemTime now) {
  if (reports.empty()) return {"no agent has told that it installs what is published"};
  std::vector<std::string> notes;
  for (const AgentReport& report : reports) {
    if (is_silent(report, now)) {
      notes.push_back("agent " + report.agent + " has been silent since " + to_rfc3339(report.at) +
                      "; if it is gone for good, remove its report");
    } else if (!report.trouble.empty()) {
      notes.push_back("agent " + report.agent + ": " + report.trouble);
    }
  }
  return notes;
}

}  // namespace sallyport::edge::nginx
