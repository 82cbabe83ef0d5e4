// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/data/databricks/catalogue.hpp"

#include "reconcilers/providers/data/databricks/answer.hpp"

namespace sallyport::data::databricks {
namespace {

/// Before anything is written that depends on it, the endpoint itself is read.
constexpr std::chrono::seconds kBelieved{15};

}  // namespace

Result<std::optional<ServingEndpoint>> Catalogue::find(const std::string& name, std::stop_token stop) {
  const std::lock_guard lock(mutex_);
  if (!listed_at_ || clock_.steady() - *listed_at_ >= kBelieved) TRY(refresh(std::move(stop)));
  const auto found = listed_.find(name);
  if (found == listed_.end()) return std::optional<ServingEndpoint>{};
  ServingEndpoint endpoint = found->second;
  fill_in(endpoint, routes_);
  return std::optional{std::move(endpoint)};
}

void Catalogue::fill_in(ServingEndpoint& endpoint, const Routes& routes) {
  const auto route = routes.find(endpoint.id);
  if (route == routes.end()) return;
  endpoint.invocations_url = route->second.invocations_url;
  endpoint.authorization_details = route->second.authorization_details;
  endpoint.scales_to_zero = route->second.scales_to_zero;
}

void Catalogue::remember(const ServingEndpoint& endpoint) {
  const std::lock_guard lock(mutex_);
  listed_[endpoint.name] = endpoint;
  if (!endpoint.invocations_url.empty())
    routes_[endpoint.id] = {endpoint.invocations_url, endpoint.authorization_details, endpoint.scales_to_zero};
}

Result<void> Catalogue::refresh(std::stop_token stop) {
  const SteadyTime asked = clock_.steady();
  const http::Response response = TRY(session_.send({.target = "/api/2.0/serving-endpoints"}, std::move(stop)));
  std::vector<ServingEndpoint> all = TRY(read_serving_endpoints(response.body));
  listed_.clear();
  Routes routes;  // without those of ids that are gone
  for (ServingEndpoint& endpoint : all) {
    if (const auto route = routes_.find(endpoint.id); route != routes_.end()) routes.insert(*route);
    std::string name = endpoint.name;
    listed_.insert_or_assign(std::move(name), std::move(endpoint));
  }
  routes_ = std::move(routes);
  listed_at_ = asked;
  return {};
}

}  // namespace sallyport::data::databricks
