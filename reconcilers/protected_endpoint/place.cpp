// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/protected_endpoint/place.hpp"

#include "operator/base/digest.hpp"

namespace sallyport::protected_endpoint {
namespace {

constexpr std::string_view kGrantPrefix = "serving-endpoints/";

}  // namespace

std::string application_name(const InstanceId& instance, const std::string& gateway, const std::string& ns,
                             const std::string& name) {
  std::string readable;
  for (const char c : name.substr(0, 40)) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    readable += plain ? c : '_';
  }
  return "pe_" + readable + "_" + short_hash(instance.str() + "/" + gateway + "/" + ns + "/" + name, 12);
}

std::string tenant_name(const InstanceId& instance, const std::string& ns, int number) {
  return ir::tenant_prefix(instance) + short_hash(ns, 10) + "_" + std::to_string(number);
}

std::optional<Slot> kept_slot(const api::ProtectedEndpointStatus& status, const std::string& gateway) {
  for (const api::Placement& placement : status.placements) {
    if (placement.system != api::PlacementSystem::F5 || placement.connection != gateway) continue;
    if (const auto place = parse_edge_placement(placement.id)) return Slot{*place, placement.address};
  }
  return std::nullopt;
}

std::string choose_tenant(const InstanceId& instance, const std::string& ns,
                          const std::function<int(const std::string& tenant)>& applications) {
  for (int number = 1;; ++number) {
    std::string tenant = tenant_name(instance, ns, number);
    if (applications(tenant) < kApplicationsPerTenant) return tenant;
  }
}

const api::Placement* placement_of(const api::ProtectedEndpointStatus& status, const std::string& connection,
                                   const std::string& id) {
  for (const api::Placement& placement : status.placements) {
    if (placement.connection == connection && placement.id == id) return &placement;
  }
  return nullptr;
}

std::string edge_placement_id(const ir::EdgePlace& place) {
  return place.tenant + "/" + place.application;
}

std::optional<ir::EdgePlace> parse_edge_placement(const std::string& id) {
  const std::size_t slash = id.find('/');
  if (slash == std::string::npos || slash == 0 || slash + 1 == id.size()) return std::nullopt;
  return ir::EdgePlace{id.substr(0, slash), id.substr(slash + 1)};
}

std::string client_placement_id(const Uid& uid) {
  return "client/" + uid.str();
}

std::string grant_placement_id(const std::string& serving_endpoint) {
  return std::string(kGrantPrefix) + serving_endpoint;
}

std::string parse_grant_placement(const std::string& id) {
  return id.starts_with(kGrantPrefix) ? id.substr(kGrantPrefix.size()) : id;
}

}  // namespace sallyport::protected_endpoint
