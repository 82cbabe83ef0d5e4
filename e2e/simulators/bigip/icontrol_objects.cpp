// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "e2e/simulators/bigip/as3_request.hpp"
#include "e2e/simulators/bigip/icontrol.hpp"
#include "operator/base/text.hpp"

namespace sallyport::simulators::bigip {

namespace {

constexpr std::string_view kRoot = "/mgmt/tm/";

/// Components that have a collection even when it is empty, and what mcpd calls one of them.
constexpr std::array<std::pair<const char*, const char*>, 26> kComponents{{
    {"ltm virtual", "Virtual Server"},
    {"ltm virtual-address", "Virtual Address"},
    {"ltm snat-translation", "SNAT Translation"},
    {"ltm pool", "Pool"},
    {"ltm node", "Node"},
    {"ltm rule", "iRule"},
    {"ltm policy", "Policy"},
    {"ltm monitor http", "Monitor"},
    {"ltm monitor https", "Monitor"},
    {"ltm monitor tcp", "Monitor"},
    {"ltm monitor icmp", "Monitor"},
    {"ltm profile http", "Profile"},
    {"ltm profile tcp", "Profile"},
    {"ltm profile one-connect", "Profile"},
    {"ltm profile client-ssl", "Profile"},
    {"ltm profile server-ssl", "Profile"},
    {"ltm profile request-log", "Profile"},
    {"ltm data-group internal", "Class"},
    {"net self", "Self IP"},
    {"sys folder", "folder"},
    {"sys file ssl-cert", "Certificate File"},
    {"sys file ssl-key", "Certificate Key File"},
    {"apm profile access", "Access Profile"},
    {"apm policy access-policy", "Access Policy"},
    {"apm aaa oauth-provider", "OAuth Provider"},
    {"security log profile", "Log Profile"},
}};

const char* title_of(const std::string& component) {
  for (const auto& [known, title] : kComponents) {
    if (component == known) return title;
  }
  return nullptr;
}

std::string unescape(std::string name) {
  for (std::size_t at = 0; (at = name.find("%25", at)) != std::string::npos; ++at) name.replace(at, 3, "%");
  if (!name.starts_with('~')) return "/Common/" + name;
  for (char& c : name) c = c == '~' ? '/' : c;
  return name;
}

enum class Subcollections { Linked, Expanded };

Json shown(const Json& object, Subcollections subcollections) {
  Json copy = redacted(object);
  for (const auto& [inner, outer] :
       {std::pair{"_profiles", "profilesReference"}, std::pair{"_members", "membersReference"}}) {
    if (!object.contains(inner)) continue;
    copy[outer] = {{"isSubcollection", true}};
    if (subcollections == Subcollections::Expanded) copy[outer]["items"] = object[inner];
  }
  return copy;
}

std::string parameter(const http::Incoming& incoming, std::string_view name) {
  for (const std::string& pair : split(incoming.query(), '&')) {
    const std::size_t equals = pair.find('=');
    std::string key = pair.substr(0, equals);
    if (key.starts_with("%24")) key = "$" + key.substr(3);
    if (key == name && equals != std::string::npos) return pair.substr(equals + 1);
  }
  return "";
}

Subcollections subcollections(const http::Incoming& incoming) {
  const bool wanted = parameter(incoming, "expandSubcollections") == "true";
  return wanted ? Subcollections::Expanded : Subcollections::Linked;
}

void select(Json& object, const std::string& names) {
  if (names.empty()) return;
  Json kept = Json::object();
  for (const std::string& name : split(names, ',')) {
    if (object.contains(name)) kept[name] = object[name];
  }
  object = std::move(kept);
}

/// $filter=partition eq T is the only filter that is known to work.
std::string filtered_partition(const http::Incoming& incoming) {
  std::string filter = parameter(incoming, "$filter");
  for (std::size_t at = 0; (at = filter.find("%20", at)) != std::string::npos;) filter.replace(at, 3, " ");
  for (char& c : filter) c = c == '+' ? ' ' : c;
  const std::string prefix = "partition eq ";
  return filter.starts_with(prefix) ? filter.substr(prefix.size()) : "";
}

http::Outgoing collection(const Unit& unit, const std::string& component, const http::Incoming& incoming) {
  const std::string partition = filtered_partition(incoming);
  const Subcollections expanded = subcollections(incoming);
  Json items = Json::array();
  for (const auto& [key, object] : unit.running.objects) {
    if (key.first != component) continue;
    if (!partition.empty() && text_of(object, "partition") != partition) continue;
    Json one = shown(object, expanded);
    select(one, parameter(incoming, "$select"));
    items.push_back(std::move(one));
  }
  std::string kind = "tm";
  for (const std::string& part : split(component, ' ')) kind += ":" + part;
  kind += ":" + split(component, ' ').back() + "collectionstate";
  Json body = {{"kind", kind}, {"selfLink", "https://localhost" + incoming.path() + "?ver=17.1.1"}};
  if (!items.empty()) body["items"] = std::move(items);  // an empty collection has no `items`
  return reply(200, body);
}

http::Outgoing object_statistics(const Json& object, const std::string& path) {
  const bool enabled = object.value("enabled", true);
  const Json zero = {{"value", 0}};
  return statistics("tm:ltm:statsstate", path,
                    {{"tmName", {{"description", text_of(object, "fullPath")}}},
                     {"destination", {{"description", text_of(object, "destination")}}},
                     {"clientside.curConns", zero},
                     {"clientside.totConns", zero},
                     {"totRequests", zero},
                     {"status.availabilityState", {{"description", "unknown"}}},
                     {"status.enabledState", {{"description", enabled ? "enabled" : "disabled"}}},
                     {"status.statusReason",
                      {{"description",
                        "The children pool member(s) either don't have service checking enabled, or service check "
                        "results are not available yet"}}}});
}

http::Outgoing one(const Unit& unit, const std::string& component, const std::string& name, const std::string& rest,
                   const http::Incoming& incoming) {
  const std::string path = unescape(name);
  const auto found = unit.running.objects.find({component, path});
  if (found == unit.running.objects.end()) {
    return icontrol_failure(
        404, std::string("01020036:3: The requested ") + title_of(component) + " (" + path + ") was not found.");
  }
  if (rest == "members" || rest == "profiles") {
    Json body = {{"kind", "tm:ltm:" + rest + ":collectionstate"}};
    if (const Json& items = member(found->second, "_" + rest); !items.empty()) body["items"] = items;
    return reply(200, body);
  }
  if (rest == "stats") return object_statistics(found->second, incoming.path().substr(kRoot.size()));
  Json body = shown(found->second, subcollections(incoming));
  select(body, parameter(incoming, "$select"));
  return reply(200, body);
}

http::Outgoing not_registered(const std::string& path) {
  return reply(404, {{"code", 404},
                     {"message", "Public URI path not registered: " + path},
                     {"restOperationId", 1},
                     {"kind", ":resterrorresponse"}});
}

}  // namespace

http::Outgoing read_objects(const Unit& unit, const http::Incoming& incoming) {
  const std::string path = incoming.path().substr(kRoot.size());
  if (incoming.method != "GET") return failure(501, "writes to " + path + " are not simulated");
  if (path == "asm/policies") return collection(unit, "asm policy", incoming);
  const std::vector<std::string> parts = split(path, '/');
  std::string component;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    component += (component.empty() ? "" : " ") + parts[i];
    if (title_of(component) == nullptr) continue;
    if (i + 1 == parts.size()) return collection(unit, component, incoming);
    return one(unit, component, parts[i + 1], i + 2 < parts.size() ? parts[i + 2] : "", incoming);
  }
  return not_registered("/tm/" + path);
}

}  // namespace sallyport::simulators::bigip
