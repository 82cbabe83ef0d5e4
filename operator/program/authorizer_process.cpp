// SPDX-License-Identifier: Apache-2.0
#include "operator/program/authorizer_process.hpp"

#include <cstdlib>

#include "operator/base/log.hpp"
#include "operator/metrics/endpoint.hpp"
#include "operator/program/probe_listener.hpp"
#include "operator/program/users.hpp"
#include "operator/runtime/shutdown.hpp"
#include "reconcilers/authorizer/service.hpp"

namespace sallyport::program {
namespace {

Result<std::unique_ptr<http::Client>> connect(const std::string& origin, const std::string& trust) {
  http::ClientOptions options;
  options.base_url = origin;
  options.tls.ca_bundle_pem = trust;
  options.limits.body_bytes = 1UL << 20U;
  return http::make_client(std::move(options));
}

Result<authorizer::ServiceOptions> options_of(const AuthorizerSettings& settings) {
  authorizer::ServiceOptions options;
  options.installed = settings.installed;
  options.trusted_keys = settings.trusted_keys;
  options.state = settings.state;
  options.threads = settings.threads;
  options.socket.path = settings.socket;
  for (const std::string& user : settings.users) options.socket.users.push_back(TRY(user_id(user)));
  if (!settings.group.empty()) options.socket.group = TRY(group_id(settings.group));
  return options;
}

class Process {
 public:
  explicit Process(const AuthorizerSettings& settings) : settings_(settings) {}

  int run() {
    const runtime::SignalWatch signals(
        {.stop = [this] { stop_.request_stop(); }, .leave = [] { std::_Exit(1); }, .reload = [] {}});
    if (const Result<void> begun = begin(); !begun) {
      log::error("cannot run", {{"error", begun.error().text()}});
      return 1;
    }
    log::info("answers", {{"socket", settings_.socket}});
    while (system_clock().sleep(std::chrono::hours(1), stop_.get_token())) {
    }
    return 0;
  }

 private:
  Result<void> begin() {
    const auto count = [this](const authorizer::Decision& decision, const authorizer::Policy* policy) {
      metrics_.count(metrics::Metric::AuthorizerDecisions, {policy == nullptr ? "unknown" : policy->id, decision.code});
    };
    service_ = TRY(authorizer::start(TRY(options_of(settings_)),
                                     {.connect = connect, .clock = system_clock(), .on_decision = count}));
    if (settings_.probe_address.empty()) return {};
    metrics::Endpoint probes;
    probes.ready.push_back({"installed", [this] { return service_->ready(); }});
    probe_listener_ = TRY(metrics::serve(TRY(probe_listener(settings_.probe_address)), std::move(probes), metrics_));
    return {};
  }

  const AuthorizerSettings& settings_;
  std::stop_source stop_;
  metrics::Metrics metrics_;
  std::unique_ptr<authorizer::Service> service_;
  std::unique_ptr<http::Listener> probe_listener_;
};

}  // namespace

int run_authorizer(const AuthorizerSettings& settings) {
  start_process(settings.process);
  return Process(settings).run();
}

}  // namespace sallyport::program
