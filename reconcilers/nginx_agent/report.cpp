// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/nginx_agent/report.hpp"

#include <nlohmann/json.hpp>

namespace sallyport::nginx_agent {

std::string_view to_string(EndpointState state) {
  switch (state) {
    case EndpointState::Live:
      return "Live";
    case EndpointState::Pending:
      return "Pending";
    case EndpointState::Kept:
      return "Kept";
    case EndpointState::LeftOut:
      return "LeftOut";
  }
  return {};
}

std::string to_json(const Report& report, SystemTime at) {
  nlohmann::ordered_json endpoints = nlohmann::ordered_json::array();
  for (const EndpointReport& endpoint : report.endpoints) {
    nlohmann::ordered_json entry = {{"id", endpoint.id},
                                    {"generation", endpoint.generation},
                                    {"document", endpoint.document},
                                    {"state", to_string(endpoint.state)}};
    if (!endpoint.why.empty()) entry["why"] = endpoint.why;
    endpoints.push_back(std::move(entry));
  }
  nlohmann::ordered_json out = {{"at", to_rfc3339(at)},
                                {"serial", report.serial},
                                {"generation", report.generation},
                                {"running", report.running}};
  if (!report.trouble.empty()) out["trouble"] = report.trouble;
  out["endpoints"] = std::move(endpoints);
  return out.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace sallyport::nginx_agent
