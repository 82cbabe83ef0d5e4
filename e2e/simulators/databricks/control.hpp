// SPDX-License-Identifier: Apache-2.0
// The stage machinery below /_sim/: what a scenario changes behind the product's back. No authentication, no journal.
#pragma once

#include "e2e/simulators/databricks/call.hpp"
#include "e2e/simulators/databricks/world.hpp"

namespace sallyport::simulators::databricks {

/// References are "user:NAME", "group:NAME", "service-principal:APPLICATION-ID"; items are those of world_file.hpp.
///   GET    /_sim/state                                   everything but secrets
///   POST   /_sim/serving-endpoints                       an endpoint; 201
///   DELETE /_sim/serving-endpoints/{name}
///   POST   /_sim/serving-endpoints/{name}/recreate       same name, new id; the list of the old id stays
///   PUT    /_sim/serving-endpoints/{name}/tags           {key: value}, replaces all
///   PUT    /_sim/serving-endpoints/{name}/ready          {"ready": bool}
///   PUT    /_sim/serving-endpoints/{name}/permissions    {reference: level}, replaces the direct entries
///   PATCH  /_sim/serving-endpoints/{name}/permissions    the same, merged; "" as a level takes the entry away
///   POST   /_sim/users | /_sim/groups | /_sim/service-principals     adds or replaces; 201
///   DELETE /_sim/principals/{reference}                  out of every group and (by a switch) list; its tokens die
///   PUT    /_sim/groups/{name}/members                   [reference]
///   POST   /_sim/tokens                                  {"token", "principal": reference}: a personal access token
///   DELETE /_sim/tokens                                  {"token"} or {"principal"}: those die now
///   PUT    /_sim/client-secret                           {"client_id", "secret"}: the old one is refused from now on
///   PUT    /_sim/switches                                switches.hpp; members that are absent stay
///   PUT    /_sim/troubles | /_sim/rate-limits            replaces all
///   PUT    /_sim/federation-policies                     replaces all; they work after policy_propagation_ms
///   PUT    /_sim/securables                              replaces all: unity_catalog.hpp
///   PUT    /_sim/ip-access                               replaces all at once: ip_access_lists.hpp
/// 404 for other paths and unknown names, 400 with a message for bodies that cannot be read.
[[nodiscard]] Reply answer_control(World& world, const Call& call);

}  // namespace sallyport::simulators::databricks
