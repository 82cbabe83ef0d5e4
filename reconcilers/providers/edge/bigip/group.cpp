// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/edge/bigip/group.hpp"

#include <nlohmann/json.hpp>

namespace sallyport::edge::bigip {
namespace {

constexpr std::chrono::seconds kPatience{3};
constexpr std::chrono::seconds kLittlePatience{1};  ///< with one that was silent a moment ago
constexpr std::chrono::seconds kLeftAlone{30};

Result<std::string> failover_status(Device& unit, std::chrono::milliseconds patience, std::stop_token stop) {
  const http::Response response = TRY(unit.get("/mgmt/tm/cm/failover-status", patience, std::move(stop)));
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

/// An error only when there is no point in going on.
Result<void> Group::ask(Unit& unit, std::chrono::milliseconds patience, Round& round, std::stop_token stop) {
  Device& device = *unit.device;
  const Result<std::string> status = failover_status(device, patience, std::move(stop));
  unit.silence.reset();
  if (status) {
    if (*status == "ACTIVE") round.active.push_back(&device);
    if (device.note()) notes_.push_back(*device.note());
    return {};
  }
  if (status.error().code == Code::ShuttingDown) return status.error();
  round.trouble = status.error();
  if (status.error().code == Code::Unavailable) {
    unit.silence = status.error();
    if (clock_.steady() >= unit.left_alone_until) unit.left_alone_until = clock_.steady() + kLeftAlone;
  } else {
    notes_.push_back("unit " + device.origin() + " does not tell its state: " + status.error().message);
  }
  return {};
}

Result<Device*> Group::active(std::stop_token stop, Silent silent) {
  notes_.clear();
  Round round;
  for (Unit& unit : units_) {
    const bool was_silent = unit.silence && clock_.steady() < unit.left_alone_until;
    if (units_.size() == 1 || (was_silent && silent == Silent::LeftAlone)) continue;
    TRY(ask(unit, was_silent ? kLittlePatience : kPatience, round, stop));
  }
  for (Unit& unit : units_) {
    const bool last_hope = round.active.empty() && (unit.silence || units_.size() == 1);
    if (last_hope) TRY(ask(unit, kReadDeadline, round, stop));
  }
  for (const Unit& unit : units_) {
    if (!unit.silence) continue;
    notes_.push_back("unit " + unit.device->origin() + " does not tell its state: " + unit.silence->message);
    round.trouble = unit.silence;
  }
  if (round.active.size() == 1) return round.active.front();
  if (round.active.size() > 1) {
    return Error{Code::Conflict,
                 "units " + round.active[0]->origin() + " and " + round.active[1]->origin() +
                     " are both ACTIVE: nothing is written until the group has one",
                 "spec.bigip.units",
                 {}};
  }
  if (round.trouble) return *std::move(round.trouble);
  return Error{Code::Unavailable, "no unit is ACTIVE", "spec.bigip.units", {}};
}

std::vector<Device*> Group::others(const Device& than) const {
  std::vector<Device*> found;
  for (const Unit& unit : units_) {
    if (unit.device.get() != &than) found.push_back(unit.device.get());
  }
  return found;
}

void Group::sign_out(std::stop_token stop) {
  // One that is silent would only be waited for; its token ends by itself.
  for (const Unit& unit : units_) {
    if (!unit.silence) unit.device->sign_out(stop);
  }
}

}  // namespace sallyport::edge::bigip
