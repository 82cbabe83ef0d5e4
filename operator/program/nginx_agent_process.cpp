// SPDX-License-Identifier: Apache-2.0
#include "operator/program/nginx_agent_process.hpp"

#include <cstdlib>
#include <map>
#include <memory>
#include <optional>

#include "operator/base/clock.hpp"
#include "operator/base/log.hpp"
#include "operator/base/whole_file.hpp"
#include "operator/http/client.hpp"
#include "operator/http/name_lookup.hpp"
#include "operator/runtime/shutdown.hpp"
#include "reconcilers/nginx_agent/agent.hpp"
#include "reconcilers/nginx_agent/https_source.hpp"

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
    source_ = TRY(open_source());
    const auto nginx = nginx_agent::make_nginx({.program = settings_.nginx,
                                                .pid_file = installed + "/nginx.pid",
                                                .status_address = settings_.machine.status_address});
    Names names(stop_.get_token());
    nginx_agent::Agent agent(
        settings_.machine, std::move(follower),
        {.source = *source_, .nginx = *nginx, .clock = system_clock(), .resolve = [&names](const std::string& host) {
           return names.addresses(host);
         }});
    do {
      names.begin();
      tell(agent.step());
    } while (system_clock().sleep(kBetweenSteps, stop_.get_token()));
    return {};
  }

  Result<std::unique_ptr<nginx_agent::Source>> open_source() {
    const std::string& source = settings_.source;
    if (source.find("://") == std::string::npos)
      return nginx_agent::directory_source(source, settings_.reports, settings_.name);
    const http::Url url = TRY(http::parse_url(source));
    if (url.scheme != "https") return Error{Code::InvalidSpec, "has to be https, or a directory", "--source", {}};
    if (settings_.enrol_token.empty() || settings_.operator_ca.empty()) {
      return Error{
          Code::InvalidSpec, "an operator is enrolled at with --enrol-token and --operator-ca", "--source", {}};
    }
    nginx_agent::EnrolmentOptions enrolment{source, settings_.enrol_token, settings_.operator_ca,
                                            settings_.machine.installed + "/enrolled.json"};
    const auto connect = [](http::ClientOptions options) { return http::make_client(std::move(options)); };
    return nginx_agent::https_source(std::move(enrolment), connect, system_clock(), stop_.get_token());
  }

  /// The report stands beside what is installed and where the operator looks; in the log is how it differs from the
  /// last one. It is told anew while it stays the same: a silent agent counts as one that does not run. And until it
  /// has arrived.
  void tell(const nginx_agent::Report& report) {
    const SteadyTime now = system_clock().steady();
    const bool same = report == told_ && told_at_ && now - *told_at_ < kToldAnew;
    if (same && arrived_) return;
    const std::string text = nginx_agent::to_json(report, system_clock().now());
    if (!same) {
      told_at_ = now;
      if (report.trouble != told_.trouble) {
        if (report.trouble.empty()) log::info("all is well again", {});
        if (!report.trouble.empty()) log::warning("not as published", {{"trouble", report.trouble}});
      }
      told_ = report;
      write(settings_.machine.installed + "/report.json", text);
    }
    const Result<void> arrived = source_->tell(text);
    if (!arrived && arrived_) log::warning("the report does not arrive", {{"error", arrived.error().text()}});
    arrived_ = arrived.has_value();
  }

  static void write(const std::string& path, const std::string& text) {
    if (const auto written = replace_file(path, text, Care::Shown); !written)
      log::warning("the report cannot be written", {{"error", written.error().text()}});
  }

  const NginxAgentSettings& settings_;
  std::stop_source stop_;
  std::unique_ptr<nginx_agent::Source> source_;
  nginx_agent::Report told_;
  std::optional<SteadyTime> told_at_;
  bool arrived_ = true;
};

}  // namespace

int run_nginx_agent(const NginxAgentSettings& settings) {
  start_process(settings.process);
  return AgentProcess(settings).run();
}

}  // namespace sallyport::program
