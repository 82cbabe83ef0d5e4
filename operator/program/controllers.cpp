// SPDX-License-Identifier: Apache-2.0
#include "operator/program/controllers.hpp"

#include <algorithm>
#include <thread>

#include "operator/base/log.hpp"

namespace sallyport::program {
namespace {

using std::chrono::milliseconds;

/// A session that a device keeps a while longer does no harm; one that is down must not keep us.
constexpr std::chrono::seconds kFarewell{2};

template <class F>
void each_link(shared::World& world, const F& apply) {
  const auto of = [&](const auto& links) {
    for (const auto& link : links.all()) apply(*link);
  };
  of(world.gateways);
  of(world.providers);
  of(world.workspaces);
}

}  // namespace

Controllers::Controllers(shared::World& world, ControllerQueue& queue, int workers, metrics::Metrics& metrics)
    : world_(world), queue_(queue), gateways_(world), providers_(world), workspaces_(world), endpoints_(world) {
  queue_everything();
  workers_ = std::make_unique<runtime::Workers<Key>>(
      queue_, [this](const Key& key, std::stop_token stop) { return reconcile(key, stop); },
      runtime::WorkersOptions{.threads = workers}, world.around.clock, metrics);
}

Controllers::~Controllers() {
  stop(std::chrono::milliseconds{0});
}

void Controllers::queue_everything() {
  const auto add = [&](std::string_view kind, const auto& cache) {
    for (const auto& object : cache.list())
      queue_.add({std::string(kind), object->meta.ns, object->meta.name}, runtime::Priority::Low);
  };
  add("F5Gateway", world_.caches.gateways);
  add("IdentityProvider", world_.caches.providers);
  add("DatabricksWorkspace", world_.caches.workspaces);
  add("ProtectedEndpoint", world_.caches.endpoints);
}

runtime::Next Controllers::reconcile(const Key& key, std::stop_token stop) {
  const auto run = [&]() -> runtime::Next {
    if (key.kind == "ProtectedEndpoint") return endpoints_.reconcile(key, stop);
    if (key.kind == "F5Gateway") return gateways_.reconcile(key, stop);
    if (key.kind == "IdentityProvider") return providers_.reconcile(key, stop);
    if (key.kind == "DatabricksWorkspace") return workspaces_.reconcile(key, stop);
    return {};
  };
  runtime::Next next = run();
  if (next.error) {
    log::warning("reconcile failed",
                 {{"kind", key.kind}, {"namespace", key.ns}, {"name", key.name}, {"error", next.error->text()}});
  }
  return next;
}

void Controllers::stop(std::chrono::milliseconds grace) {
  const Clock& clock = world_.around.clock;
  const SteadyTime end = clock.steady() + grace;
  const auto left = [&] {
    return std::max(milliseconds{0}, std::chrono::duration_cast<milliseconds>(end - clock.steady()));
  };
  const auto stop_links = [&] { each_link(world_, [&](auto& link) { link.stop(left()); }); };
  // All of them first: nobody begins anything while another is waited for.
  each_link(world_, [](auto& link) { link.queue().shut_down(runtime::ShutDown::Stop); });
  queue_.shut_down(runtime::ShutDown::Drain);
  stop_links();
  queue_.await_idle(left());  // what the last steps did is told
  if (workers_) workers_->stop(left());
  stop_links();  // those that an edit of the last moment has made
  sign_out();
}

void Controllers::sign_out() {
  std::stop_source enough;
  const std::jthread patience([&](std::stop_token done) {
    if (world_.around.clock.sleep(kFarewell, std::move(done))) enough.request_stop();
  });
  for (const auto& link : world_.gateways.all()) {
    if (const auto provider = link->provider()) provider->close(enough.get_token());
  }
}

milliseconds Controllers::longest_step() const {
  milliseconds longest{0};
  each_link(world_, [&](auto& link) { longest = std::max(longest, link.queue().longest_running()); });
  return longest;
}

}  // namespace sallyport::program
