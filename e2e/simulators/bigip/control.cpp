// SPDX-License-Identifier: Apache-2.0
#include "e2e/simulators/bigip/control.hpp"

#include <array>

#include "e2e/simulators/bigip/as3_request.hpp"
#include "e2e/simulators/bigip/reachability.hpp"
#include "operator/base/digest.hpp"

namespace sallyport::simulators::bigip {

namespace {

using Change = http::Outgoing (*)(Group& group, Unit& unit, const Json& body);

std::chrono::milliseconds seconds_of(const Json& body, double otherwise) {
  return std::chrono::milliseconds(static_cast<long>(body.value("seconds", otherwise) * 1000));
}

Json configuration(const Config& config) {
  Json objects = Json::array();
  for (const auto& [key, object] : config.objects) {
    Json shown = redacted(object);
    shown["component"] = key.first;
    objects.push_back(std::move(shown));
  }
  return {{"id", config.id}, {"declaration", redacted(config.declaration)}, {"objects", std::move(objects)}};
}

http::Outgoing read_state(Group& group) {
  Json units = Json::array();
  for (const Unit& unit : group.units()) {
    units.push_back({{"host", unit.host},
                     {"failover", unit.failover},
                     {"busy", group.locked(unit)},
                     {"tokens", unit.tokens.size()},
                     {"records", unit.records.size()},
                     {"provision", unit.modules},
                     {"as3Installed", unit.as3_installed},
                     {"running", configuration(unit.running)},
                     {"saved", {{"id", unit.saved.id}, {"declaration", redacted(unit.saved.declaration)}}}});
  }
  return reply(200, {{"units", std::move(units)}, {"inSync", group.in_sync()}});
}

/// {"active": 1}, or {"states": ["ACTIVE", "ACTIVE"]}
http::Outgoing fail_over(Group& group, Unit&, const Json& body) {
  const Json& states = member(body, "states");
  if (states.is_array() && states.size() != group.units().size())
    return failure(400, "a state for each unit is wanted");
  for (std::size_t i = 0; i < group.units().size(); ++i) {
    const bool active = body.value("active", 0) == static_cast<int>(i);
    group.units()[i].failover = states.is_array() ? states[i].get<std::string>() : active ? "ACTIVE" : "STANDBY";
  }
  return reply(200, Json::object());
}

/// {"op": "put" | "merge" | "delete", "component": "ltm virtual", "path": "/Common/x", "properties": {...}}, or a list.
http::Outgoing edit(Group& group, Unit& unit, const Json& body) {
  const Json edits = body.is_array() ? body : Json::array({body});
  for (const Json& one : edits) {
    const std::string component = text_of(one, "component");
    const std::string path = text_of(one, "path");
    const std::string operation = text_of(one, "op", "put");
    if (component.empty() || !path.starts_with('/')) return failure(400, "component and an absolute path are wanted");
    const ObjectKey key{component, path};
    if (operation == "delete") {
      if (unit.running.objects.erase(key) == 0) return failure(404, "no such object");
      continue;
    }
    if (operation == "merge" && !unit.running.objects.contains(key)) return failure(404, "no such object");
    if (operation != "merge" && operation != "put") return failure(400, "op is put, merge or delete");
    Json& object = unit.running.objects[key];
    if (operation == "put") object = item(component, path);
    object.update(one.value("properties", Json::object()));
  }
  group.touch(unit.running);
  return reply(200, {{"edited", edits.size()}});
}

/// {"what": "restnoded" | "reboot", "seconds": 5}. A reboot loses what was not saved, and every token.
http::Outgoing restart(Group& group, Unit& unit, const Json& body) {
  const auto lasts = seconds_of(body, 0);
  const std::string what = text_of(body, "what");
  if (what != "restnoded" && what != "reboot") return failure(400, "what is restnoded or reboot");
  group.cancel_job(unit);
  unit.locked_until = {};
  if (what == "restnoded") {
    unit.rest_back = group.now() + lasts / 2;
    unit.as3_back = group.now() + lasts;
    return reply(200, Json::object());
  }
  unit.running = unit.saved;
  unit.tokens.clear();
  unit.tasks.clear();
  unit.up_again = group.now() + lasts;
  unit.as3_back = unit.up_again;
  return reply(200, Json::object());
}

/// {"seconds": 10}: another writer holds AS3's lock.
http::Outgoing lock(Group& group, Unit& unit, const Json& body) {
  unit.locked_until = group.now() + seconds_of(body, 120);
  return reply(200, Json::object());
}

/// {"installed": false}
http::Outgoing install(Group&, Unit& unit, const Json& body) {
  unit.as3_installed = body.value("installed", true);
  return reply(200, Json::object());
}

/// {"apm": "none"}
http::Outgoing provision(Group&, Unit& unit, const Json& body) {
  for (const auto& [module, level] : body.items()) unit.modules[module] = level.get<std::string>();
  return reply(200, unit.modules);
}

/// {"name", "password", "role": "admin" | "guest"}
http::Outgoing add_user(Group& group, Unit&, const Json& body) {
  group.accounts()[text_of(body, "name")] = {Secret(text_of(body, "password")), text_of(body, "role", "admin")};
  for (Unit& unit : group.units()) unit.refused_logins.erase(text_of(body, "name"));
  return reply(200, Json::object());
}

/// {"trouble": "..."}: somebody else's tenant Common is stored, and fails with these words (none: it is well).
http::Outgoing hold_common(Group& group, Unit& unit, const Json& body) {
  Json& stored = unit.running.declaration;
  if (stored.is_null()) stored = {{"class", "ADC"}, {"schemaVersion", "3.50.0"}, {"id", "of-somebody-else"}};
  stored[kCommon] = {{"class", "Tenant"}, {"Shared", {{"class", "Application"}, {"template", "shared"}}}};
  unit.common_trouble = text_of(body, "trouble");
  group.touch(unit.running);
  return reply(200, Json::object());
}

/// {"auto": true}: the group syncs by itself; {"fails": true}; {"status": "Syncing", "seconds": 10}: says so meanwhile.
http::Outgoing change_syncing(Group& group, Unit&, const Json& body) {
  Syncing& syncing = group.syncing();
  syncing.automatic = body.value("auto", syncing.automatic);
  syncing.fails = body.value("fails", syncing.fails);
  syncing.status = text_of(body, "status");
  syncing.status_ends = group.now() + (syncing.status.empty() ? std::chrono::milliseconds{0} : seconds_of(body, 10));
  return reply(200, Json::object());
}

/// {"expire": true}: every token has come to its end; {"forget": true}: none ever was.
http::Outgoing change_tokens(Group&, Unit& unit, const Json& body) {
  if (body.value("forget", false)) unit.tokens.clear();
  for (auto& [name, token] : unit.tokens) token.life = std::chrono::seconds(0);
  return reply(200, Json::object());
}

}  // namespace

http::Outgoing answer_control(Group& group, int number, const http::Incoming& incoming) {
  static constexpr std::array<std::pair<std::string_view, Change>, 10> kChanges{{{"/_sim/failover", fail_over},
                                                                                 {"/_sim/edit", edit},
                                                                                 {"/_sim/restart", restart},
                                                                                 {"/_sim/lock", lock},
                                                                                 {"/_sim/as3", install},
                                                                                 {"/_sim/common", hold_common},
                                                                                 {"/_sim/sync", change_syncing},
                                                                                 {"/_sim/provision", provision},
                                                                                 {"/_sim/users", add_user},
                                                                                 {"/_sim/tokens", change_tokens}}};
  const std::string path = incoming.path();
  if (incoming.method == "GET" && path == "/_sim/state") return read_state(group);
  if (incoming.method == "GET" && path == "/_sim/virtuals")
    return reply(200, reachability(group.unit(number).running.objects));
  for (const auto& [known, change] : kChanges) {
    if (path != known || incoming.method != "POST") continue;
    const auto body = parse_json(incoming.body.empty() ? "{}" : incoming.body);
    if (!body) return failure(400, "not JSON");
    try {
      return change(group, group.unit(number), *body);
    } catch (const Json::exception& wrong) {
      return failure(400, wrong.what());
    }
  }
  return failure(404, "no such control");
}

}  // namespace sallyport::simulators::bigip
