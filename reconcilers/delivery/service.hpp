// SPDX-License-Identifier: Apache-2.0
// What agents ask the operator: what is published for their gateway, and to be let in. Requests in, answers out; the
// listener and its TLS are somebody else's.
//
//   POST /gateways/NAME/enrol              bearer: a pod's token; body: a certificate request. A certificate of a day.
//   GET  /gateways/NAME/manifest           with ETag; 304 for who has it
//   GET  /gateways/NAME/objects/SHA256
//   PUT  /gateways/NAME/reports/AGENT.json the agent's own
//
// Whoever is let in is told by the certificate; whether that one may be here still, by the gateway's list as it is now.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "operator/base/clock.hpp"
#include "operator/http/listener.hpp"
#include "operator/http/request_rates.hpp"
#include "operator/kube/pods.hpp"
#include "reconcilers/delivery/agent_name.hpp"
#include "reconcilers/delivery/authorities.hpp"
#include "reconcilers/delivery/gateways.hpp"
#include "reconcilers/delivery/shelf.hpp"

namespace sallyport::delivery {

/// What a token that enrols has to be for.
inline constexpr const char* kAudience = "sallyport";

/// References outlive the service.
struct ServiceSurroundings {
  std::function<std::optional<DeliveredGateway>(const std::string& name)> gateway;
  std::function<Result<kube::PodAccount>(const Secret& token)> review;  ///< as kube::Pods::of_token
  std::function<std::shared_ptr<const Authorities>()> authorities;      ///< null: there are none yet
  const Clock& clock;
};

/// Thread-safe.
class Service {
 public:
  Service(std::string instance, ServiceSurroundings around);

  /// Blocks for the disk, and an enrolment for the API server.
  [[nodiscard]] http::Outgoing serve(const http::Incoming& request);

  /// Whether it may block for the API server.
  [[nodiscard]] static bool is_enrolment(const http::Incoming& request);

 private:
  struct Path {
    std::string gateway;
    std::string kind;  // "manifest", "objects", "reports", "enrol"
    std::string name;  // what follows it
  };
  [[nodiscard]] static std::optional<Path> path_of(const http::Incoming& request);

  [[nodiscard]] http::Outgoing enrol(const http::Incoming& request, const std::string& gateway);
  [[nodiscard]] std::optional<AgentName> agent_of(const http::Incoming& request) const;
  [[nodiscard]] http::Outgoing hand_out(const http::Incoming& request, const Path& path,
                                        const DeliveredGateway& gateway, const AgentName& agent);
  [[nodiscard]] http::Outgoing manifest(const http::Incoming& request, const DeliveredGateway& gateway);
  [[nodiscard]] http::Outgoing take_report(const http::Incoming& request, const Path& path,
                                           const DeliveredGateway& gateway, const AgentName& agent);

  const std::string instance_;
  const ServiceSurroundings around_;
  Shelf shelf_;
  http::RequestRates enrolments_;  // by address
  http::RequestRates reports_;     // by agent
};

/// "503 Retry-After": of an instance that does not lead. The connection ends, so that the next may find another one.
[[nodiscard]] http::Outgoing not_leading();

}  // namespace sallyport::delivery
