// SPDX-License-Identifier: Apache-2.0
#include "operator/program/kubernetes_backend.hpp"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "operator/base/digest.hpp"
#include "operator/base/log.hpp"
#include "operator/kube/config.hpp"
#include "operator/kube/lease.hpp"
#include "operator/store/kubernetes.hpp"

namespace sallyport::program {
namespace {

using metrics::Metric;

/// An agent waits for it, and comes again.
constexpr std::chrono::seconds kPodPatience{4};

kube::Hooks hooks_for(metrics::Metrics& metrics) {
  kube::Hooks hooks;
  hooks.request = [&metrics](std::string_view verb, int code, std::chrono::milliseconds took) {
    metrics.count(Metric::KubeRequests, {code == 0 ? std::string("<error>") : std::to_string(code), verb, "apiserver"});
    metrics.observe(Metric::KubeRequestSeconds, {verb, "apiserver"}, took);
  };
  hooks.repeated = [&metrics](std::string_view verb, int code) {
    metrics.count(Metric::KubeRequestRetries,
                  {code == 0 ? std::string("<error>") : std::to_string(code), verb, "apiserver"});
  };
  hooks.lease_read_again = [&metrics] { metrics.count(Metric::LeaderSlowPath, {"sallyport"}); };
  hooks.watch_ended = [&metrics](std::string_view kind, kube::WatchEnd why) {
    metrics.count(Metric::WatchRestarts, {kind, kube::to_string(why)});
  };
  hooks.stale_sync_skip = [&metrics](std::string_view kind) { metrics.count(Metric::StaleSyncSkips, {kind}); };
  hooks.lease_held = [&metrics](bool held) { metrics.set(Metric::LeaderMaster, {"sallyport"}, held ? 1 : 0); };
  return hooks;
}

class KubernetesBackend final : public Backend {
 public:
  static Result<std::unique_ptr<Backend>> open(const Settings& settings, metrics::Metrics& metrics) {
    const kube::Config config =
        TRY(kube::load_config({.kubeconfig = settings.kubeconfig, .context = settings.context}));
    log::info("connecting to the API server", {{"server", config.server}, {"by", config.source}});
    kube::Transports transports = TRY(kube::make_transports(config));
    auto backend = std::unique_ptr<KubernetesBackend>(new KubernetesBackend);
    const auto credentials = std::make_shared<kube::Credentials>(config, system_clock());
    const bool in_cluster = config.source == "in-cluster";
    const std::string ns = !settings.operator_namespace.empty() ? settings.operator_namespace
                           : in_cluster                         ? config.default_ns
                                                                : "sallyport-system";
    if (settings.leader_election) {
      kube::LeaseOptions options;
      options.ns = ns;
      options.duration = settings.lease_duration;
      options.renew_deadline = settings.renew_deadline;
      options.retry = settings.retry_period;
      options.margin = std::min<std::chrono::milliseconds>(options.margin, settings.lease_duration / 5);
      KubernetesBackend* self = backend.get();
      options.on_acquired = [self] { self->set(State::Held); };
      options.on_lost = [self] { self->set(State::Lost); };
      backend->lease_ = TRY(kube::Lease::create(std::move(transports.lease),
                                                {.credentials = credentials, .hooks = hooks_for(metrics)}, options));
    }
    if (!settings.deliver_listen.empty()) {
      // A pool of its own: agents that enrol never hold up a status.
      kube::Transports own = TRY(kube::make_transports(config));
      kube::ClientOptions asking;
      asking.credentials = credentials;
      asking.hooks = hooks_for(metrics);
      asking.may_write = [self = backend.get()] { return self->may_write(); };
      asking.deadline = kPodPatience;
      asking.attempts = 1;
      backend->pods_ = std::make_unique<kube::Pods>(std::move(own.unary), std::move(asking));
    }
    store::KubernetesOptions options;
    options.operator_namespace = ns;
    options.namespaces = settings.watch_namespaces;
    options.hooks = hooks_for(metrics);
    options.instance = backend->lease_ ? backend->lease_->identity() : "sallyport";
    options.may_write = [self = backend.get()] { return self->may_write(); };
    backend->store_ = std::make_unique<store::KubernetesStore>(std::move(transports), credentials, std::move(options));
    return std::unique_ptr<Backend>(std::move(backend));
  }

  ~KubernetesBackend() override { release(); }

  store::Store& store() override { return *store_; }
  kube::Pods* pods() override { return pods_.get(); }

  Result<void> may_write() const override { return lease_ ? lease_->may_write() : Result<void>{}; }

  Result<void> acquire(std::stop_token stop) override {
    if (!lease_) return {};
    thread_ = std::jthread([this](std::stop_token end) { lease_->run(end); });
    log::info("waiting for the lease", {{"identity", lease_->identity()}});
    std::unique_lock lock(mutex_);
    changed_.wait(lock, stop, [&] { return state_ != State::Waiting; });
    if (state_ != State::Held) return Error{Code::ShuttingDown, "stopped before the lease was acquired", {}, {}};
    log::info("holding the lease", {{"identity", lease_->identity()}});
    // A watch is as old as it likes, and who held the lease before us wrote until the end. At a first start this costs
    // little: the lease is there before the first list has got far.
    store_->refresh();
    return {};
  }

  void on_lost(std::function<void()> lost) override {
    const std::lock_guard lock(mutex_);
    lost_ = std::move(lost);
  }

  void break_off() override { store_->stop_writes(); }

  void release() override {
    if (!thread_.joinable()) return;
    thread_.request_stop();
    thread_.join();
  }

 private:
  enum class State { Waiting, Held, Lost };

  void set(State state) {
    std::function<void()> lost;
    {
      const std::lock_guard lock(mutex_);
      state_ = state;
      if (state == State::Lost) lost = lost_;
    }
    changed_.notify_all();
    if (lost) lost();
  }

  std::unique_ptr<kube::Lease> lease_;
  std::unique_ptr<kube::Pods> pods_;
  std::unique_ptr<store::KubernetesStore> store_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  State state_ = State::Waiting;
  std::function<void()> lost_;
  std::jthread thread_;
};

}  // namespace

Result<std::unique_ptr<Backend>> open_kubernetes(const Settings& settings, metrics::Metrics& metrics) {
  return KubernetesBackend::open(settings, metrics);
}

}  // namespace sallyport::program
