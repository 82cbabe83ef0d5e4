// SPDX-License-Identifier: Apache-2.0
// Hands out to agents what NGINX gateways without a directory of their own are to serve: the listener, its certificate
// and the authority behind it, and what agents trust it by (reconcilers/delivery does the thinking).
#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "operator/http/listener.hpp"
#include "operator/http/server_identity.hpp"
#include "operator/kube/pods.hpp"
#include "operator/program/settings.hpp"
#include "reconcilers/delivery/authority_secret.hpp"
#include "reconcilers/delivery/service.hpp"

namespace sallyport::program {

/// Serves from its making until it is destroyed: "503, come again" until it leads.
class Delivery {
 public:
  /// References outlive it. InvalidSpec for flags that do not fit together, Unavailable when the address is taken.
  [[nodiscard]] static Result<std::unique_ptr<Delivery>> open(const Settings& settings, store::Store& store,
                                                              const shared::Caches& caches, kube::Pods* pods,
                                                              const Clock& clock);
  ~Delivery();
  Delivery(const Delivery&) = delete;
  Delivery& operator=(const Delivery&) = delete;

  /// The lease is held, and the caches are filled.
  void lead(const InstanceId& instance);
  /// Ends its threads and its port. May wait for a write in progress (Backend::break_off ends that).
  void stop();

  /// What a person should know of how a gateway's agents are served. Thread-safe.
  [[nodiscard]] std::vector<std::string> notes(const std::string& gateway) const;
  [[nodiscard]] int port() const { return listener_->port(); }

 private:
  Delivery(const Settings& settings, store::Store& store, const shared::Caches& caches, kube::Pods& pods,
           const Clock& clock);

  void serve(const http::Incoming& request, const http::Listener::Respond& respond);
  void enrol(std::stop_token stop);
  void tend(std::stop_token stop);
  [[nodiscard]] bool rest(std::stop_token stop);
  [[nodiscard]] Result<void> tend_identity();
  void tend_gateways();
  void drop_reports_of_gone_pods(const delivery::DeliveredGateway& gateway, std::stop_token stop);
  [[nodiscard]] std::shared_ptr<delivery::Service> service() const;
  [[nodiscard]] std::shared_ptr<const delivery::Authorities> authorities() const;

  const Settings& settings_;
  store::Store& store_;
  const shared::Caches& caches_;
  kube::Pods& pods_;
  const Clock& clock_;
  const std::shared_ptr<http::ServerIdentity> identity_ = std::make_shared<http::ServerIdentity>();

  // The thread that tends alone.
  delivery::AuthoritySecret secret_;
  std::shared_ptr<const delivery::Authorities> shown_with_;
  SystemTime renew_at_{};
  std::string trouble_;  // of the authority, as it was told last
  std::optional<SteadyTime> pods_looked_at_;

  struct Waiting {
    http::Incoming request;
    http::Listener::Respond respond;
  };
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::string instance_;
  std::shared_ptr<delivery::Service> service_;  // of who leads
  std::shared_ptr<const delivery::Authorities> authorities_;
  std::map<std::string, std::vector<std::string>> notes_;  // by gateway
  std::vector<std::string> common_notes_;
  std::deque<Waiting> waiting_;  // enrolments: they wait for the API server, and nobody else shall
  bool woken_ = false;
  bool ending_ = false;

  std::unique_ptr<http::Listener> listener_;
  std::jthread enrolling_;
  std::jthread tending_;
};

}  // namespace sallyport::program
