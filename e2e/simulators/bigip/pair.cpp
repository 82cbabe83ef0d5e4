// SPDX-License-Identifier: Apache-2.0
// The pair: who is active, who is behind, and how to bring the other one up to date.
#include "e2e/simulators/bigip/as3_request.hpp"
#include "e2e/simulators/bigip/icontrol.hpp"
#include "e2e/simulators/latency.hpp"
#include "operator/base/text.hpp"

namespace sallyport::simulators::bigip {

namespace {

Json described(const std::string& text) {
  return {{"description", text}};
}

std::string color_of(const std::string& failover) {
  return failover == "ACTIVE" ? "green" : failover == "STANDBY" ? "gray" : "red";
}

http::Outgoing read_failover(const Unit& unit) {
  return statistics("tm:cm:failover-status:failover-statusstats", "cm/failover-status",
                    {{"color", described(color_of(unit.failover))},
                     {"status", described(unit.failover)},
                     {"summary", described(unit.failover == "ACTIVE" ? "1/1 active" : "1/1 standby")}});
}

http::Outgoing read_sync(Group& group) {
  const bool pair = group.units().size() > 1;
  const bool same = group.in_sync();
  const Syncing& syncing = group.syncing();
  std::string status = !pair ? "Standalone" : same ? "In Sync" : syncing.fails ? "Sync Failure" : "Changes Pending";
  if (pair && group.now() < syncing.status_ends) status = syncing.status;
  return statistics(
      "tm:cm:sync-status:sync-statusstats", "cm/sync-status",
      {{"color", described(pair && !same ? "yellow" : "green")},
       {"mode", described(pair ? "high-availability" : "standalone")},
       {"status", described(status)},
       {"summary", described(pair && !same ? "There is a possible change conflict between devices" : "")}});
}

http::Outgoing read_groups(Group& group) {
  Json body = {{"kind", "tm:cm:device-group:device-groupcollectionstate"},
               {"selfLink", "https://localhost/mgmt/tm/cm/device-group?ver=17.1.1"}};
  if (group.units().size() > 1) {
    body["items"] = Json::array({{{"kind", "tm:cm:device-group:device-groupstate"},
                                  {"name", group.name()},
                                  {"partition", "Common"},
                                  {"fullPath", "/Common/" + group.name()},
                                  {"type", "sync-failover"},
                                  {"autoSync", group.syncing().automatic ? "enabled" : "disabled"},
                                  {"fullLoadOnSync", "false"},
                                  {"networkFailover", "enabled"}}});
  }
  return reply(200, body);
}

http::Outgoing read_devices(Group& group, const Unit& self) {
  Json items = Json::array();
  for (const Unit& unit : group.units()) {
    items.push_back({{"kind", "tm:cm:device:devicestate"},
                     {"name", unit.host},
                     {"fullPath", "/Common/" + unit.host},
                     {"hostname", unit.host},
                     {"failoverState", to_lower(unit.failover)},
                     {"selfDevice", &unit == &self ? "true" : "false"},
                     {"version", "17.1.1"}});
  }
  return reply(200, {{"kind", "tm:cm:device:devicecollectionstate"}, {"items", std::move(items)}});
}

/// {"command":"run","utilCmdArgs":"config-sync to-group DG"}
Answer run_sync(Group& group, Unit& unit, const http::Incoming& incoming) {
  Answer answer;
  answer.takes = group.read_time();
  static const std::string kPrefix = "config-sync to-group ";
  const auto body = parse_json(incoming.body);
  const std::string arguments = body ? text_of(*body, "utilCmdArgs") : "";
  if (!body || text_of(*body, "command") != "run" || !arguments.starts_with(kPrefix)) {
    answer.out = icontrol_failure(400, "\"utilCmdArgs\" is invalid or missing");
    return answer;
  }
  const std::string name = arguments.substr(kPrefix.size());
  const bool behind = !group.in_sync();
  if (!group.sync(unit, name)) {
    answer.out = icontrol_failure(404, "01020036:3: The requested device group (/Common/" + name + ") was not found.");
    return answer;
  }
  answer.mutating = behind;
  answer.effect = Json{{"synced", name}}.dump();
  answer.out = reply(200, {{"kind", "tm:cm:runstate"}, {"command", "run"}, {"utilCmdArgs", arguments}});
  return answer;
}

}  // namespace

std::optional<Answer> answer_pair(Group& group, Unit& unit, const http::Incoming& incoming) {
  const std::string path = incoming.path();
  if (path == "/mgmt/tm/cm" && incoming.method == "POST") return run_sync(group, unit, incoming);
  if (incoming.method != "GET") return {};
  Answer answer;
  answer.takes = group.read_time();
  if (path == "/mgmt/tm/cm/failover-status")
    answer.out = read_failover(unit);
  else if (path == "/mgmt/tm/cm/sync-status")
    answer.out = read_sync(group);
  else if (path == "/mgmt/tm/cm/device-group")
    answer.out = read_groups(group);
  else if (path == "/mgmt/tm/cm/device")
    answer.out = read_devices(group, unit);
  else
    return {};
  return answer;
}

}  // namespace sallyport::simulators::bigip
