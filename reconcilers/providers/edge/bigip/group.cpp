// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/edge/bigip/group.hpp"

#include <nlohmann/json.hpp>

namespace sallyport::edge::bigip {
namespace {

Result<std::string> failover_status(Device& unit, std::stop_token stop) {
  const http::Response response = TRY(unit.get("/mgmt/tm/cm/failover-status", stop));
  return read_stat(response, "status");
}

}  // namespace

Result<std::string> read_stat(const http::Response& response, const std::string& name) {
  using Node = nlohmann::json;
  const Node body = Node::parse(response.body, nullptr, false);
  const Node entries = body.is_object() ? body.value("entries", Node::object()) : Node::object();
  for (const auto& [url, entry] : entries.items()) {
    const Node::json_pointer leaf("/nestedStats/entries/" + name + "/description");
    if (entry.is_object() && entry.contains(leaf) && entry[leaf].is_string()) return entry[leaf].get<std::string>();
  }
  return Error{Code::Unavailable, "the device's answer has no " + name, {}, {}};
}

Result<Device*> Group::active(std::stop_token stop) {
  notes_.clear();
  std::vector<Device*> found;
  std::optional<Error> trouble;
  for (const auto& unit : units_) {
    const Result<std::string> status = failover_status(*unit, stop);
    if (status && *status == "ACTIVE") found.push_back(unit.get());
    if (status && unit->note()) notes_.push_back(*unit->note());
    if (status) continue;
    if (status.error().code == Code::ShuttingDown) return status.error();
    notes_.push_back("unit " + unit->origin() + " does not tell its state: " + status.error().message);
    trouble = status.error();
  }
  if (found.size() == 1) return found.front();
  if (found.size() > 1) {
    return Error{Code::Conflict,
                 "units " + found[0]->origin() + " and " + found[1]->origin() +
                     " are both ACTIVE: nothing is written until the group has one",
                 "spec.bigip.units",
                 {}};
  }
  if (trouble) return *std::move(trouble);
  return Error{Code::Unavailable, "no unit is ACTIVE", "spec.bigip.units", {}};
}

void Group::sign_out(std::stop_token stop) {
  for (const auto& unit : units_) unit->sign_out(stop);
}

}  // namespace sallyport::edge::bigip
