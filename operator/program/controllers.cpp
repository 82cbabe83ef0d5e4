// SPDX-License-Identifier: Apache-2.0
#include "operator/program/controllers.hpp"

#include "operator/base/log.hpp"

namespace sallyport::program {
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
  if (workers_) workers_->stop(grace);
  const auto end = [&](auto& links) {
    for (const auto& link : links.all()) link->stop(grace);
  };
  end(world_.gateways);
  end(world_.providers);
  end(world_.workspaces);
  for (const auto& link : world_.gateways.all()) {
    if (const auto provider = link->provider()) provider->close({});
  }
}

}  // namespace sallyport::program
