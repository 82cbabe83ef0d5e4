// SPDX-License-Identifier: Apache-2.0
#include "operator/program/wiring.hpp"

#include <atomic>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <thread>

#include "operator/audit/guarded_client.hpp"
#include "operator/base/log.hpp"
#include "operator/metrics/endpoint.hpp"
#include "operator/program/backend.hpp"
#include "operator/program/controllers.hpp"
#include "operator/program/delivery.hpp"
#include "operator/program/memory.hpp"
#include "operator/program/probe_listener.hpp"
#include "operator/program/routing.hpp"
#include "operator/program/start.hpp"
#include "operator/runtime/shutdown.hpp"
#include "operator/store/watched.hpp"
#include "reconcilers/identity_provider/unclaimed.hpp"

namespace sallyport::program {
namespace {

constexpr std::chrono::seconds kTidying{20};
/// Client and access are done at about the same time: told together, in one write of the status.
constexpr std::chrono::milliseconds kVerdictPause{100};
constexpr std::chrono::seconds kProgressInterval{10};
constexpr std::chrono::seconds kLookPatience{5};  ///< for a certificate
/// A link's step is told to stop after fifteen minutes (shared/link.hpp).
constexpr std::chrono::minutes kLongestStep{20};

std::vector<store::WatchedKind> watched_kinds(shared::Caches& caches, schema::Unknown unknown) {
  return {store::watch_kind<api::F5Gateway>(caches.gateways, unknown),
          store::watch_kind<api::IdentityProvider>(caches.providers, unknown),
          store::watch_kind<api::DatabricksWorkspace>(caches.workspaces, unknown),
          store::watch_kind<api::ProtectedEndpoint>(caches.endpoints, unknown),
          store::watch_kind<api::AccessLedger>(caches.ledgers, unknown)};
}

/// The operator from top to bottom. Members are declared in the order in which they may be used; they end in reverse.
class Operator {
 public:
  explicit Operator(const Settings& settings)
      : settings_(settings), queue_({.name = "sallyport"}, system_clock(), system_random(), metrics_) {}

  int run() {
    const runtime::SignalWatch signals(
        {.stop = [this] { stop_.request_stop(); }, .leave = [] { std::_Exit(1); }, .reload = [this] { reload(); }});
    const Result<void> ended = work();
    wind_down();
    if (ended || ended.error().code == Code::ShuttingDown) return 0;
    log::error("cannot run", {{"error", ended.error().text()}});
    return 1;
  }

 private:
  Result<void> work() {
    backend_ = TRY(open_backend(settings_, metrics_));
    synced_ = metrics_.on_scrape([this](metrics::Metrics& into) {
      into.set(metrics::Metric::StoreSynced, {}, backend_->store().synced() ? 1 : 0);
    });
    backend_->on_lost([] {
      log::error("the lease is lost; leaving at once, for another instance may be writing already");
      std::_Exit(1);
    });
    TRY(serve());
    routing_.emplace(caches_, backend_->store(), queue_);
    const auto unknown = settings_.manifests.empty() ? schema::Unknown::Ignore : schema::Unknown::Refuse;
    TRY(backend_->store().start(
        watched_kinds(caches_, unknown), [this](const Key& key, store::Cause cause) { changed(key, cause); },
        sources_.get_token()));
    TRY(deliver());
    TRY(backend_->acquire(stop_.get_token()));
    TRY(wait_for_caches());  // a standby's are filled, but not with what the instance before us wrote last
    TRY(take_up_work());
    log::info("reconciling", {{"instance", world_->instance.str()}, {"version", SALLYPORT_VERSION}});
    std::mutex mutex;
    std::condition_variable_any stopped;
    std::unique_lock lock(mutex);
    while (!stop_.stop_requested()) {
      give_back_memory();
      stopped.wait_for(lock, stop_.get_token(), kTidying, [] { return false; });
    }
    log::info("stopping");
    return {};
  }

  Result<void> serve() {
    if (settings_.listen.empty()) return {};
    http::ListenerOptions options = TRY(probe_listener(settings_.listen));
    metrics::Endpoint endpoint;
    endpoint.ready = {metrics::caches_synced([this] { return backend_->store().synced(); })};
    endpoint.live = {metrics::not_wedged(
                         "controllers", [this] { return queue_.longest_running(); }, std::chrono::minutes(10)),
                     metrics::not_wedged(
                         "links", [this] { return longest_step(); }, kLongestStep)};
    listener_ = TRY(metrics::serve(std::move(options), std::move(endpoint), metrics_));
    log::info("serving metrics and probes", {{"port", listener_->port()}});
    return {};
  }

  Result<void> deliver() {
    if (settings_.deliver_listen.empty()) return {};
    delivery_ = TRY(Delivery::open(settings_, backend_->store(), caches_, backend_->pods(), system_clock()));
    return {};
  }

  std::vector<std::string> notes_on_delivery(const std::string& gateway) const {
    if (delivery_) return delivery_->notes(gateway);
    return {"agents cannot fetch what is published: the operator runs without --deliver-listen"};
  }

  Result<void> wait_for_caches() {
    while (!backend_->store().synced()) {
      if (!system_clock().sleep(std::chrono::milliseconds(50), stop_.get_token()))
        return Error{Code::ShuttingDown, "stopped while reading", {}, {}};
    }
    return {};
  }

  Result<void> take_up_work() {
    const InstanceId instance = TRY(backend_->store().instance_id());
    TRY(refuse_foreign_placements(instance));
    if (settings_.watch_namespaces.empty()) identity_provider::tell_of_unclaimed_records(backend_->store(), caches_);
    std::unique_ptr<audit::Trail> trail = TRY(audit::Trail::open(
        {.path = settings_.audit_log, .copy_fd = settings_.audit_stdout ? 1 : -1}, instance, system_clock()));
    {
      const std::lock_guard lock(probed_);
      trail_ = std::move(trail);
    }
    shared::Around around{
        system_clock(),
        system_random(),
        metrics_,
        settings_.drift_interval,
        [this](const Key& owner, runtime::Priority priority) { queue_.add_after(owner, kVerdictPause, priority); },
        [this](const Key& connection, shared::HealthNews news) { looked_at(connection, news); },
        kProgressInterval};
    world_ =
        std::make_unique<shared::World>(backend_->store(), caches_, instance, std::move(around),
                                        [this](http::ClientOptions options) { return connect(std::move(options)); });
    world_->look_at_certificate = [](const http::Url& url, const http::TlsOptions& tls, std::stop_token stop) {
      return http::look_at_certificate(url, tls, kLookPatience, std::move(stop));
    };
    world_->publications = settings_.publications;
    world_->delivery_notes = [this](const std::string& gateway) { return notes_on_delivery(gateway); };
    if (delivery_) delivery_->lead(instance);
    working_ = true;  // before everything is queued, or a change in between would be missed
    auto controllers = std::make_unique<Controllers>(*world_, queue_, settings_.workers, metrics_);
    const std::lock_guard lock(probed_);
    controllers_ = std::move(controllers);
    return {};
  }

  std::chrono::milliseconds longest_step() {
    const std::lock_guard lock(probed_);
    return controllers_ ? controllers_->longest_step() : std::chrono::milliseconds{0};
  }

  /// Restoring the instance id restores ownership; a new id beside old placements would disown everything silently.
  Result<void> refuse_foreign_placements(const InstanceId& instance) const {
    const std::string ours = ir::tenant_prefix(instance);
    for (const auto& endpoint : caches_.endpoints.list()) {
      for (const api::Placement& placement : endpoint->status.placements) {
        if (placement.system != api::PlacementSystem::F5 || placement.id.starts_with(ours)) continue;
        return Error{Code::Conflict,
                     "the placements of " + endpoint->meta.ns + "/" + endpoint->meta.name +
                         " name another installation (" + placement.id + "), but this one is '" + instance.str() +
                         "'; restore the ConfigMap sallyport-instance",
                     {},
                     {}};
      }
    }
    return {};
  }

  Result<std::unique_ptr<http::Client>> connect(http::ClientOptions options) {
    const std::string base = options.base_url;
    std::unique_ptr<http::Client> client = TRY(http::make_client(std::move(options)));
    audit::Gate gate{*trail_, [this] { return backend_->may_write(); }, metrics_, system_clock()};
    const std::size_t scheme = base.find("://");
    std::string system = scheme == std::string::npos ? base : base.substr(scheme + 3);
    return std::unique_ptr<http::Client>(
        std::make_unique<audit::GuardedClient>(std::move(client), std::move(gate), std::move(system), base));
  }

  /// While stopping, only what our own writes wait for: what others change is for the instance after us.
  void changed(const Key& key, store::Cause cause) {
    if (stop_.stop_requested() && cause != store::Cause::CaughtUp) return;
    if (working_) {
      routing_->changed(key, cause);
    } else {
      routing_->note(key);
    }
  }

  void looked_at(const Key& connection, shared::HealthNews news) {
    queue_.add(connection, runtime::Priority::High);  // there are few, and a device is not changed before this is told
    if (news == shared::HealthNews::AsBefore) return;
    for (const Key& dependent : shared::dependents(connection, caches_, backend_->store()))
      queue_.add(dependent, runtime::Priority::Normal);
  }

  void reload() {
    const std::lock_guard lock(probed_);
    if (!trail_) return;
    if (const Result<void> reopened = trail_->reopen(); !reopened)
      log::error("audit log", {{"error", reopened.error().text()}});
  }

  /// Steps and status, sources, listeners, lease: see runtime/shutdown.hpp.
  void wind_down() {
    stop_work();
    sources_.request_stop();
    listener_.reset();
    controllers_.reset();  // they ask it for notes
    delivery_.reset();
    world_.reset();
    if (backend_) backend_->release();
  }

  /// An API server that does not answer must not hold us beyond the grace: we would be killed with the lease in hand.
  void stop_work() {
    const std::jthread patience([this](std::stop_token done) {
      if (system_clock().sleep(settings_.grace, std::move(done)) && backend_) backend_->break_off();
    });
    if (controllers_) controllers_->stop(settings_.grace);
    if (delivery_) delivery_->stop();
  }

  const Settings settings_;
  metrics::Metrics metrics_;
  std::stop_source stop_;
  std::stop_source sources_;
  shared::Caches caches_;
  ControllerQueue queue_;
  std::optional<Routing> routing_;
  std::unique_ptr<Backend> backend_;
  std::unique_ptr<Delivery> delivery_;
  std::unique_ptr<http::Listener> listener_;
  std::unique_ptr<audit::Trail> trail_;
  std::unique_ptr<shared::World> world_;
  std::unique_ptr<Controllers> controllers_;
  std::mutex probed_;  ///< held while `trail_` and `controllers_` appear: signals and probes come from the start
  std::atomic<bool> working_{false};
  std::shared_ptr<void> synced_;  ///< last: its end waits for a scrape in progress
};

}  // namespace

int run_operator(const Settings& settings) {
  start_process({settings.log_level, settings.log_format, settings.allow_core_dumps});
  Operator program(settings);
  return program.run();
}

}  // namespace sallyport::program
