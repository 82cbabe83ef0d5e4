// SPDX-License-Identifier: Apache-2.0
#include "operator/program/nginx_agent_process.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <ostream>

#include "operator/base/log.hpp"
#include "operator/base/whole_file.hpp"
#include "operator/http/name_lookup.hpp"
#include "operator/program/start.hpp"
#include "operator/runtime/shutdown.hpp"
#include "reconcilers/nginx_agent/agent.hpp"

namespace sallyport::program {
namespace {

constexpr std::chrono::seconds kNamePatience{3};

/// One question per host at a time, whose answer is kept for half a minute.
class Names {
 public:
  explicit Names(std::stop_token stop) : stop_(std::move(stop)) {}
  Result<std::vector<std::string>> operator()(const std::string& host) {
    auto& lookup = lookups_[host];
    if (lookup == nullptr) lookup = std::make_unique<http::NameLookup>(host);
    return lookup->addresses(system_clock().steady() + kNamePatience, stop_);
  }

 private:
  std::stop_token stop_;
  std::map<std::string, std::unique_ptr<http::NameLookup>> lookups_;
};

bool is_as_published(const nginx_agent::Report& report) {
  return report.serial > 0 && report.trouble.empty() && std::ranges::all_of(report.endpoints, [](const auto& e) {
           return e.state == nginx_agent::EndpointState::Live;
         });
}

class AgentProcess {
 public:
  AgentProcess(const NginxAgentSettings& settings, std::ostream& out) : settings_(settings), out_(out) {}

  int run() {
    const runtime::SignalWatch signals(
        {.stop = [this] { stop_.request_stop(); }, .leave = [] { std::_Exit(1); }, .reload = [] {}});
    const auto trusted = trusted_keys();
    if (!trusted) return fail(trusted.error());
    if (const Result<void> fine = nginx_agent::check(settings_.local); !fine) return fail(fine.error());
    const auto source = nginx_agent::directory_source(settings_.source);
    const auto nginx = nginx_agent::make_nginx({.program = settings_.nginx,
                                                .pid_file = settings_.local.installed + "/nginx.pid",
                                                .status_address = settings_.local.status_address});
    Names names(stop_.get_token());
    nginx_agent::Agent agent(
        settings_.local, *trusted,
        {.source = *source, .nginx = *nginx, .clock = system_clock(), .resolve = [&names](const std::string& host) {
           return names(host);
         }});
    if (settings_.once) return once(agent);
    do tell(agent.step());
    while (system_clock().sleep(settings_.interval, stop_.get_token()));
    return 0;
  }

 private:
  Result<token::KeySet> trusted_keys() const {
    token::KeySet keys = TRY(token::KeySet::read(TRY(read_whole_file(settings_.trusted_keys, token::kMaxKeySetSize))));
    if (keys.keys().empty()) {
      return Error{Code::InvalidSpec, "holds no key that can be used", settings_.trusted_keys, {}};
    }
    return keys;
  }

  static int fail(const Error& error) {
    log::error("cannot run", {{"error", error.text()}});
    return 1;
  }

  int once(nginx_agent::Agent& agent) {
    const nginx_agent::Report report = agent.step();
    out_ << nginx_agent::to_json(report);
    return is_as_published(report) ? 0 : 1;
  }

  /// The report stands beside what is installed, and in the log where it differs from the last one.
  void tell(const nginx_agent::Report& report) {
    if (report == told_) return;
    if (report.trouble != told_.trouble) {
      if (report.trouble.empty()) log::info("all is well again", {});
      if (!report.trouble.empty()) log::warning("not as published", {{"trouble", report.trouble}});
    }
    told_ = report;
    const std::string path = settings_.local.installed + "/report.json";
    if (const auto written = replace_file(path, nginx_agent::to_json(report), Care::Shown); !written) {
      log::warning("the report cannot be written", {{"error", written.error().text()}});
    }
  }

  const NginxAgentSettings& settings_;
  std::ostream& out_;
  std::stop_source stop_;
  nginx_agent::Report told_;
};

}  // namespace

int run_nginx_agent(const NginxAgentSettings& settings, std::ostream& out) {
  start_process({settings.log_level, settings.log_format, settings.allow_core_dumps});
  return AgentProcess(settings, out).run();
}

}  // namespace sallyport::program
