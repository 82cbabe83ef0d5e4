// SPDX-License-Identifier: Apache-2.0
// Names and places outside: where an endpoint lives on a gateway, which address it has. Decided once, then kept in
// status.placements. Pure.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "operator/base/strong_id.hpp"
#include "reconcilers/ir/edge.hpp"
#include "reconcilers/protected_endpoint/dereference.hpp"

namespace sallyport::protected_endpoint {

/// Where an endpoint is on its gateway.
struct Slot {
  ir::EdgePlace place;
  std::string address;
};

inline constexpr int kApplicationsPerTenant = 100;  ///< F5's advice (f5.md 1.8)

/// "pe_<name>_<hash>": from instance, gateway, namespace and name, so that a lost status is found again. With the
/// gateway, since two F5Gateways may be one device: a move between them makes a new application before it takes the old
/// one away.
[[nodiscard]] std::string application_name(const InstanceId& instance, const std::string& gateway,
                                           const std::string& ns, const std::string& name);

/// "sp_<instance>_<hash of the namespace>_" + number, from 1.
[[nodiscard]] std::string tenant_name(const InstanceId& instance, const std::string& ns, int number);

/// The slot that status.placements names for this gateway, if there is one: never changed afterwards.
[[nodiscard]] std::optional<Slot> kept_slot(const api::ProtectedEndpointStatus& status, const std::string& gateway);

/// The tenant for one more application of a namespace: the first that has room, by how many each holds.
[[nodiscard]] std::string choose_tenant(const InstanceId& instance, const std::string& ns,
                                        const std::function<int(const std::string& tenant)>& applications);

/// What status.placements has under this id at this connection; null: nothing. Ids of different systems differ.
[[nodiscard]] const api::Placement* placement_of(const api::ProtectedEndpointStatus& status,
                                                 const std::string& connection, const std::string& id);

/// The ids under which placements are kept.
[[nodiscard]] std::string edge_placement_id(const ir::EdgePlace& place);  ///< "tenant/application"
[[nodiscard]] std::optional<ir::EdgePlace> parse_edge_placement(const std::string& id);
[[nodiscard]] std::string client_placement_id(const Uid& uid);                      ///< "client/<uid>"
[[nodiscard]] std::string grant_placement_id(const std::string& serving_endpoint);  ///< "serving-endpoints/<name>"
[[nodiscard]] std::string parse_grant_placement(const std::string& id);

}  // namespace sallyport::protected_endpoint
