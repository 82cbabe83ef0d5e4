// SPDX-License-Identifier: Apache-2.0
#include "e2e/simulators/bigip/realize_virtual.hpp"

#include "e2e/simulators/bigip/pointer.hpp"
#include "operator/base/digest.hpp"

namespace sallyport::simulators::bigip {

namespace {

/// The full path that a reference means: a bare pointer, {"use"} or {"bigip"}. Empty for anything else.
std::string target(const Json& value, const Place& place) {
  if (value.is_string()) return absolute(value.get<std::string>(), place.tenant, place.application);
  if (value.contains("bigip")) return text_of(value, "bigip");
  return value.contains("use") ? absolute(text_of(value, "use"), place.tenant, place.application) : "";
}

Json targets(const Json& value, const Place& place) {
  Json names = Json::array();
  if (value.is_null()) return names;
  if (!value.is_array()) return Json::array({target(value, place)});
  for (const Json& element : value) names.push_back(target(element, place));
  return names;
}

Json profiles_of(const Place& place) {
  const Json& declared = place.declared;
  Json names = Json::array();
  const auto add = [&](std::string_view property, const char* context) {
    for (const Json& name : targets(member(declared, property), place)) {
      names.push_back({{"fullPath", name}, {"context", context}});
    }
  };
  const Json& http = member(declared, "profileHTTP");
  names.push_back({{"fullPath", http.is_object() ? target(http, place) : "/Common/http"}, {"context", "all"}});
  add("serverTLS", "clientside");
  add("clientTLS", "serverside");
  if (member(declared, "profileMultiplex").is_object()) add("profileMultiplex", "all");
  if (member(declared, "profileTrafficLog").is_object()) add("profileTrafficLog", "all");
  add("profileAccess", "all");
  if (declared.contains("profileAccess")) {
    names.push_back({{"fullPath", "/Common/rba"}, {"context", "all"}});
    names.push_back({{"fullPath", "/Common/websso"}, {"context", "all"}});
  }
  const Json& tcp = member(declared, "profileTCP");
  if (!tcp.is_object()) {
    names.push_back({{"fullPath", "/Common/f5-tcp-progressive"}, {"context", "all"}});
  } else if (tcp.contains("use") || tcp.contains("bigip")) {
    add("profileTCP", "all");
  } else {
    for (const auto& [side, context] : {std::pair{"ingress", "clientside"}, std::pair{"egress", "serverside"}}) {
      if (member(tcp, side).is_object())
        names.push_back({{"fullPath", target(tcp[side], place)}, {"context", context}});
    }
  }
  return names;
}

/// The literal address of an entry of virtualAddresses, and the Service_Address that stands for it, if any.
struct Listen {
  std::string address;
  std::string object;  ///< full path of the virtual-address object
  std::string source = "0.0.0.0/0";
};

Listen listen_on(const Json& entry, const Place& place) {
  const Json& where = entry.is_array() ? entry.at(0) : entry;
  Listen listen;
  if (entry.is_array()) listen.source = entry.at(1).is_string() ? entry.at(1).get<std::string>() : listen.source;
  if (where.is_string()) {
    listen.address = where.get<std::string>();
    listen.object =
        (place.declared.value("shareAddresses", false) ? "/Common/" : "/" + place.tenant + "/") + listen.address;
    return listen;
  }
  listen.object = target(where, place);
  if (where.contains("use")) {
    const std::string relative = listen.object.substr(place.tenant.size() + 1);
    const Json* found = &place.scope;
    if (Json::json_pointer pointer(relative); found->contains(pointer)) {
      listen.address = text_of(found->at(pointer), "virtualAddress");
    }
  }
  return listen;
}

Json virtual_item(const Place& place, const std::string& path, const Listen& listen, int port) {
  const Json& declared = place.declared;
  Json made = item("ltm virtual", path);
  made["_declared"] = sha256_hex(declared.dump());
  made["_tenant"] = place.tenant;
  made["_application"] = place.application;
  made["_address"] = listen.address;
  made["_port"] = port;
  made["destination"] = listen.object.substr(0, listen.object.rfind('/') + 1) + listen.address +
                        (listen.address.contains(':') ? "." : ":") + std::to_string(port);
  made["ipProtocol"] = "tcp";
  made["mask"] = listen.address.contains(':') ? "any6" : "255.255.255.255";
  made["source"] = listen.source;
  made[text_of(declared, "adminState", "enable") == "enable" ? "enabled" : "disabled"] = true;
  if (declared.contains("remark")) made["description"] = declared["remark"];
  return made;
}

void add_details(const Place& place, Json& made) {
  const Json& declared = place.declared;
  if (declared.contains("pool")) made["pool"] = target(declared["pool"], place);
  made["connectionLimit"] = declared.value("maxConnections", 0);
  made["rateLimit"] = declared.value("rateLimit", 0) == 0 ? "disabled" : std::to_string(declared.value("rateLimit", 0));
  const Json& snat = member(declared, "snat");
  made["sourceAddressTranslation"] = {{"type", snat.is_object() ? "snat" : snat == "none" ? "none" : "automap"}};
  if (declared.contains("iRules")) made["rules"] = targets(declared["iRules"], place);
  if (declared.contains("policyEndpoint")) made["_policies"] = targets(declared["policyEndpoint"], place);
  if (declared.contains("profileAccess")) made["_access"] = target(declared["profileAccess"], place);
  if (declared.contains("policyWAF")) made["_waf"] = target(declared["policyWAF"], place);
  if (declared.contains("policyPerRequestAccess")) {
    made["perFlowRequestAccessPolicy"] = target(declared["policyPerRequestAccess"], place);
  }
  Json persist = Json::array();
  for (const Json& method : declared.value("persistenceMethods", Json::array({"cookie"}))) {
    persist.push_back({{"name", method.is_string() ? method.get<std::string>() : target(method, place)}});
  }
  if (!persist.empty()) made["persist"] = std::move(persist);
  for (const auto& [name, entry] : member(declared, "metadata").items()) {
    made["metadata"].push_back({{"name", name},
                                {"persist", entry.value("persist", true) ? "true" : "false"},
                                {"value", text_of(entry, "value")}});
  }
  made["_profiles"] = profiles_of(place);
}

void add_address(const Place& place, const Listen& listen, Objects& out) {
  Json& made = out[{"ltm virtual-address", listen.object}];
  if (!made.is_null()) return;
  made = item("ltm virtual-address", listen.object);
  made["address"] = listen.address;
  made["mask"] = listen.address.contains(':') ? "any6" : "255.255.255.255";
  made["enabled"] = "yes";
  made["arp"] = "enabled";
  made["icmpEcho"] = "enabled";
  made["trafficGroup"] = "/Common/traffic-group-1";
  made["_tenant"] = place.tenant;
}

}  // namespace

void add_service(const Place& place, Objects& out) {
  const Json& declared = place.declared;
  if (!declared.value("enable", true) || !place.scope.value("enable", true)) return;
  const Json& addresses = member(declared, "virtualAddresses");
  if (!addresses.is_array()) return;
  const int port = declared.value("virtualPort", 443);
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    const Listen listen = listen_on(addresses[i], place);
    const std::string suffix = i == 0 ? "" : "-" + std::to_string(i) + "-";
    if (!out.contains({"ltm virtual-address", listen.object}) && !listen.address.empty())
      add_address(place, listen, out);
    Json& made = out[{"ltm virtual", place.path() + suffix}] = virtual_item(place, place.path() + suffix, listen, port);
    add_details(place, made);
    if (!declared.value("redirect80", true)) continue;
    const std::string twin = place.path() + "-Redirect-" + (i == 0 ? "" : std::to_string(i) + "-");
    Json& redirect = out[{"ltm virtual", twin}] = virtual_item(place, twin, listen, 80);
    redirect["rules"] = Json::array({"/Common/_sys_https_redirect"});
    redirect["_profiles"] = Json::array({{{"fullPath", "/Common/http"}, {"context", "all"}}});
  }
}

void add_service_address(const Place& place, Objects& out) {
  static const std::map<std::string, std::string> kEcho{
      {"enable", "enabled"}, {"disable", "disabled"}, {"selective", "selective"}};
  Listen listen{.address = text_of(place.declared, "virtualAddress"), .object = place.path()};
  add_address(place, listen, out);
  Json& made = out[{"ltm virtual-address", listen.object}];
  made["address"] = listen.address;
  made["_declared"] = sha256_hex(place.declared.dump());
  made["_application"] = place.application;
  made["arp"] = place.declared.value("arpEnabled", true) ? "enabled" : "disabled";
  made["icmpEcho"] = kEcho.at(text_of(place.declared, "icmpEcho", "enable"));
}

}  // namespace sallyport::simulators::bigip
