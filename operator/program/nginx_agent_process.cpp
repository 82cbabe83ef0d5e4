// SPDX-License-Identifier: Apache-2.0
#include "operator/program/nginx_agent_process.hpp"

#include <cstdlib>
#include <map>
#include <memory>
#include <optional>

#include "operator/base/clock.hpp"
#include "operator/base/log.hpp"
#include "operator/base/whole_file.hpp"
#include "operator/http/name_lookup.hpp"
#include "operator/runtime/shutdown.hpp"
#include "reconcilers/nginx_agent/agent.hpp"

namespace sallyport::program {
namespace {

constexpr std::chrono::milliseconds kBetweenSteps{500};
constexpr std::chrono::seconds kNamePatience{3};
constexpr std::chrono::seconds kToldAnew{30};

/// One question per host at a time, whose answer is kept for half a minute. All hosts of a step share its patience: a
/// name server that is silent does not hold up what is published for as many times three seconds as there are hosts.
class Names {
 public:
  explicit Names(std::stop_token stop) : stop_(std::move(stop)) {}
  void begin() { until_ = system_clock().steady() + kNamePatience; }
  Result<std::vector<std::string>> addresses(const std::string& host) {
    auto& lookup = lookups_[host];
    if (lookup == nullptr) lookup = std::make_unique<http::NameLookup>(host);
    return lookup->addresses(until_, stop_);
  }

 private:
  std::stop_token stop_;
  SteadyTime until_{};
  std::map<std::string, std::unique_ptr<http::NameLookup>> lookups_;
};

class AgentProcess {
 public:
  explicit AgentProcess(const NginxAgentSettings& settings) : settings_(settings) {}

  int run() {
    const runtime::SignalWatch signals(
        {.stop = [this] { stop_.request_stop(); }, .leave = [] { std::_Exit(1); }, .reload = [] {}});
    const Result<void> ended = work();
    if (ended) return 0;
    log::error("cannot run", {{"error", ended.error().text()}});
    return 1;
  }

 private:
  Result<void> work() {
    TRY(nginx_agent::check(settings_.machine));
    const std::string& installed = settings_.machine.installed;
    auto follower = TRY(publication::Follower::open(installed + "/followed.json", settings_.trusted_keys));
    const auto source = nginx_agent::directory_source(settings_.source);
    const auto nginx = nginx_agent::make_nginx({.program = settings_.nginx,
                                                .pid_file = installed + "/nginx.pid",
                                                .status_address = settings_.machine.status_address});
    Names names(stop_.get_token());
    nginx_agent::Agent agent(
        settings_.machine, std::move(follower),
        {.source = *source, .nginx = *nginx, .clock = system_clock(), .resolve = [&names](const std::string& host) {
           return names.addresses(host);
         }});
    do {
      names.begin();
      tell(agent.step());
    } while (system_clock().sleep(kBetweenSteps, stop_.get_token()));
    return {};
  }

  /// The report stands beside what is installed and where the operator looks; in the log is how it differs from the
  /// last one. It is told anew while it stays the same: a silent agent counts as one that does not run.
  void tell(const nginx_agent::Report& report) {
    const SteadyTime now = system_clock().steady();
    if (report == told_ && told_at_ && now - *told_at_ < kToldAnew) return;
    told_at_ = now;
    if (report.trouble != told_.trouble) {
      if (report.trouble.empty()) log::info("all is well again", {});
      if (!report.trouble.empty()) log::warning("not as published", {{"trouble", report.trouble}});
    }
    told_ = report;
    const std::string text = nginx_agent::to_json(report, system_clock().now());
    write(settings_.machine.installed + "/report.json", text);
    if (settings_.reports.empty()) return;
    // Each time: the volume may have been taken away and mounted again.
    if (const auto made = make_private_directory(settings_.reports); !made)
      log::warning("the directory of reports cannot be made", {{"error", made.error().text()}});
    write(settings_.reports + "/" + settings_.name + ".json", text);
  }

  static void write(const std::string& path, const std::string& text) {
    if (const auto written = replace_file(path, text, Care::Shown); !written)
      log::warning("the report cannot be written", {{"error", written.error().text()}});
  }

  const NginxAgentSettings& settings_;
  std::stop_source stop_;
  nginx_agent::Report told_;
  std::optional<SteadyTime> told_at_;
};

}  // namespace

int run_nginx_agent(const NginxAgentSettings& settings) {
  start_process(settings.process);
  return AgentProcess(settings).run();
}

}  // namespace sallyport::program
