// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/protected_endpoint/place.hpp"

#include "operator/base/digest.hpp"
#include "reconcilers/shared/addresses.hpp"

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
  return "sp_" + instance.str() + "_" + short_hash(ns, 10) + "_" + std::to_string(number);
}

std::optional<Slot> kept_slot(const api::ProtectedEndpointStatus& status, const std::string& gateway) {
  for (const api::Placement& placement : status.placements) {
    if (placement.system != api::PlacementSystem::F5 || placement.connection != gateway) continue;
    if (const auto place = parse_edge_placement(placement.id)) return Slot{*place, placement.address};
  }
  return std::nullopt;
}

Result<Slot> choose_slot(const EndpointPtr& object, const api::F5GatewaySpec& gateway, const InstanceId& instance,
                         const Taken& taken) {
  const auto address = shared::first_free(gateway.address_pool, taken.addresses);
  if (!address) {
    return Error{Code::NotFound,
                 "every address of the pool of F5Gateway '" + object->spec.gateway_ref.name +
                     "' is taken; add a network to its spec.addressPool",
                 "spec.gatewayRef",
                 {}};
  }
  for (int number = 1;; ++number) {
    const std::string tenant = tenant_name(instance, object->meta.ns, number);
    const auto count = taken.applications_per_tenant.find(tenant);
    if (count == taken.applications_per_tenant.end() || count->second < kApplicationsPerTenant) {
      return Slot{
          {tenant, application_name(instance, object->spec.gateway_ref.name, object->meta.ns, object->meta.name)},
          *address};
    }
  }
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
