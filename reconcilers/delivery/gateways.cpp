// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/delivery/gateways.hpp"

#include <algorithm>
#include <set>

namespace sallyport::delivery {
namespace {

std::optional<DeliveredGateway> read(const store::Object<api::F5Gateway>& gateway, const std::string& publications) {
  const auto& nginx = gateway.spec.nginx;
  if (!nginx || !nginx->directory.empty()) return std::nullopt;
  DeliveredGateway found{
      gateway.meta.name, directory_of(publications, gateway.meta.name), {}, gateway.meta, gateway.errors.empty()};
  for (const api::GatewayAgent& agent : nginx->agents) found.agents.push_back({agent.ns, agent.service_account});
  return found;
}

}  // namespace

bool DeliveredGateway::lists(const Account& account) const {
  return std::ranges::find(agents, account) != agents.end();
}

std::vector<std::string> DeliveredGateway::namespaces() const {
  std::set<std::string> names;
  for (const Account& agent : agents) names.insert(agent.ns);
  return {names.begin(), names.end()};
}

std::string directory_of(const std::string& publications, const std::string& gateway) {
  return publications + "/" + gateway;
}

std::optional<DeliveredGateway> delivered(const shared::Caches& caches, const std::string& publications,
                                          const std::string& name) {
  const auto gateway = caches.gateways.get("", name);
  return gateway ? read(*gateway, publications) : std::nullopt;
}

std::vector<DeliveredGateway> all_delivered(const shared::Caches& caches, const std::string& publications) {
  std::vector<DeliveredGateway> all;
  for (const auto& gateway : caches.gateways.list())
    if (auto found = read(*gateway, publications)) all.push_back(*std::move(found));
  return all;
}

}  // namespace sallyport::delivery
