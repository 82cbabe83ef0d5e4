// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/edge/nginx/reports.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "operator/base/json.hpp"
#include "operator/base/text.hpp"

namespace sallyport::edge::nginx {
namespace {

constexpr std::size_t kWords = 512;

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
  return now - report.at > kSilent;
}

}  // namespace

Result<AgentReport> read_report(const std::string& agent, std::string_view text) {
  const nlohmann::json document = TRY(parse_json(text, 8));
  return guard(Code::Unavailable, "report of agent " + agent, [&] { return read(agent, document); });
}

Standing standing_of(const std::string& id, const std::string& document, const std::vector<AgentReport>& reports,
                     SystemTime now) {
  bool in_force = false;
  std::string waiting;
  for (const AgentReport& report : reports) {
    if (is_silent(report, now)) continue;
    const auto found = report.endpoints.find(id);
    if (found == report.endpoints.end() || found->second.document != document) {
      waiting = "agent " + report.agent + " has not taken it yet" +
                (report.trouble.empty() ? std::string() : ": " + report.trouble);
    } else if (!report.running && !report.trouble.empty()) {
      waiting = "agent " + report.agent + ": " + report.trouble;
    } else if (found->second.state == "Live") {
      in_force = true;
    } else if (found->second.state == "Pending") {
      waiting = "agent " + report.agent + " is about to reload";
    } else {
      return {Standing::Where::NotTaken, "agent " + report.agent + ": " + found->second.why};
    }
  }
  if (!waiting.empty()) return {Standing::Where::Waiting, waiting};
  if (in_force) return {Standing::Where::InForce, {}};
  return {Standing::Where::Waiting, "no agent has told that it has installed it"};
}

std::string still_served_by(const std::string& id, std::int64_t serial, const std::vector<AgentReport>& reports,
                            std::chrono::milliseconds use_for, SystemTime now) {
  const auto serves = std::ranges::find_if(reports, [&](const AgentReport& report) {
    if (now - report.at > use_for) return false;
    return report.serial < serial || report.endpoints.contains(id);
  });
  return serves == reports.end() ? std::string() : serves->agent;
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
