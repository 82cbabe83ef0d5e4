// SPDX-License-Identifier: Apache-2.0
#include "e2e/simulators/bigip/realize.hpp"

#include "e2e/simulators/bigip/pointer.hpp"
#include "e2e/simulators/bigip/realize_virtual.hpp"
#include "operator/base/digest.hpp"

namespace sallyport::simulators::bigip {

namespace {

/// Adds an object whose only visible detail is that it exists; its declared form is hashed, so that a change shows.
Json& plain(const Place& place, const std::string& component, const std::string& path, Objects& out) {
  Json& made = out[{component, path}] = item(component, path);
  made["_declared"] = sha256_hex(place.declared.dump());
  made["_tenant"] = place.tenant;
  made["_application"] = place.application;
  if (place.declared.contains("remark")) made["description"] = place.declared["remark"];
  return made;
}

void add_member(const Place& place, const Json& declared, Json& members, Objects& out) {
  const int port = declared.value("servicePort", 0);
  const auto add = [&](const std::string& node, const Json& details) {
    const std::string node_path = "/" + place.tenant + "/" + node;
    Json& made = out[{"ltm node", node_path}];
    if (made.is_null()) made = item("ltm node", node_path);
    made.update(details);
    made["_tenant"] = place.tenant;
    Json one = {{"name", node + ":" + std::to_string(port)},
                {"partition", place.tenant},
                {"fullPath", node_path + ":" + std::to_string(port)}};
    one["connectionLimit"] = declared.value("connectionLimit", 0);
    one["priorityGroup"] = declared.value("priorityGroup", 0);
    one["ratio"] = declared.value("ratio", 1);
    one["session"] = text_of(declared, "adminState", "enable") == "enable" ? "user-enabled" : "user-disabled";
    one.update(details);
    members.push_back(std::move(one));
  };
  if (text_of(declared, "addressDiscovery") == "fqdn") {
    const std::string host = text_of(declared, "hostname");
    Json fqdn = {{"tmName", host},
                 {"autopopulate", declared.value("autoPopulate", false) ? "enabled" : "disabled"},
                 {"addressFamily", text_of(declared, "addressFamily", "IPv4") == "IPv6" ? "ipv6" : "ipv4"}};
    add(text_of(declared, "fqdnPrefix") + host, {{"fqdn", std::move(fqdn)}, {"address", "any6"}});
    return;
  }
  for (const Json& address : member(declared, "serverAddresses")) {
    add(address.get<std::string>(), {{"address", address}});
  }
}

void add_pool(const Place& place, Objects& out) {
  Json members = Json::array();
  for (const Json& declared : member(place.declared, "members")) {
    if (declared.value("enable", true)) add_member(place, declared, members, out);
  }
  Json& made = plain(place, "ltm pool", place.path(), out);
  made["loadBalancingMode"] = text_of(place.declared, "loadBalancingMode", "round-robin");
  made["minActiveMembers"] = place.declared.value("minimumMembersActive", 1);
  made["serviceDownAction"] = text_of(place.declared, "serviceDownAction", "none");
  made["_members"] = std::move(members);
  std::string monitors;
  for (const Json& monitor : member(place.declared, "monitors")) {
    std::string name = "/Common/" + (monitor.is_string() ? monitor.get<std::string>() : "");
    if (monitor.is_object()) {
      name = monitor.contains("bigip") ? text_of(monitor, "bigip")
                                       : absolute(text_of(monitor, "use"), place.tenant, place.application);
    }
    monitors += (monitors.empty() ? "" : " and ") + name;
  }
  if (!monitors.empty()) made["monitor"] = monitors;
}

void add_tls_client(const Place& place, Objects& out) {
  const Json& declared = place.declared;
  Json& made = plain(place, "ltm profile server-ssl", place.path(), out);
  made["peerCertMode"] = declared.value("validateCertificate", false) ? "require" : "ignore";
  made["serverName"] = text_of(declared, "sendSNI", "none");
  made["authenticateName"] = text_of(declared, "serverName", "none");
  if (const Json& trust = member(declared, "trustCA"); trust.is_object()) {
    made["caFile"] = trust.contains("bigip") ? text_of(trust, "bigip")
                                             : absolute(text_of(trust, "use"), place.tenant, place.application);
  } else {
    made["caFile"] = text_of(declared, "trustCA", "generic") == "none" ? "none" : "/Common/ca-bundle.crt";
  }
}

void add_tls_server(const Place& place, Objects& out) {
  Json chain = Json::array();
  for (const Json& entry : member(place.declared, "certificates")) {
    const std::string certificate = absolute(text_of(entry, "certificate"), place.tenant, place.application);
    chain.push_back({{"name", "set" + std::to_string(chain.size())},
                     {"cert", certificate + ".crt"},
                     {"key", certificate + ".key"}});
  }
  plain(place, "ltm profile client-ssl", place.path(), out)["certKeyChain"] = std::move(chain);
}

void add_http_profile(const Place& place, Objects& out) {
  const Json& declared = place.declared;
  Json& made = plain(place, "ltm profile http", place.path(), out);
  made["insertXforwardedFor"] = declared.value("xForwardedFor", true) ? "enabled" : "disabled";
  made["headerErase"] = text_of(declared, "whiteOutHeader", "none");
  made["serverAgentName"] = text_of(declared, "serverHeaderValue", "BigIP");
  made["requestChunking"] = text_of(declared, "requestChunking", "preserve");
  made["responseChunking"] = text_of(declared, "responseChunking", "selective");
  if (const Json& insert = member(declared, "insertHeader"); insert.is_object()) {
    made["headerInsert"] = text_of(insert, "name") + ": " + text_of(insert, "value");
  }
}

void add_tcp_profile(const Place& place, Objects& out) {
  const Json& idle = member(place.declared, "idleTimeout");
  Json& made = plain(place, "ltm profile tcp", place.path(), out);
  made["idleTimeout"] = idle == -1 ? "indefinite" : std::to_string(idle.is_number() ? idle.get<int>() : 300);
  made["keepAliveInterval"] = place.declared.value("keepAliveInterval", 1800);
}

void add_monitor(const Place& place, Objects& out) {
  const Json& declared = place.declared;
  Json& made = plain(place, "ltm monitor " + text_of(declared, "monitorType"), place.path(), out);
  made["interval"] = declared.value("interval", 5);
  made["timeout"] = declared.value("timeout", 16);
  for (const auto& [from, to] : {std::pair{"send", "send"}, std::pair{"receive", "recv"}}) {
    if (declared.contains(from)) made[to] = declared[from];
  }
}

/// Plain text and base64 become the rule's text; what would be fetched from elsewhere is only hashed.
void add_irule(const Place& place, Objects& out) {
  const Json& rule = member(place.declared, "iRule");
  std::string text;
  if (rule.is_string()) {
    text = rule.get<std::string>();
  } else if (rule.contains("text")) {
    text = text_of(rule, "text");
  } else if (const auto decoded = base64_decode(text_of(rule, "base64"))) {
    text = *decoded;
  }
  plain(place, "ltm rule", place.path(), out)["apiAnonymous"] = text;
}

void add_object(const Place& place, Objects& out) {
  const std::string cls = text_of(place.declared, "class");
  if (cls == "Service_HTTPS")
    add_service(place, out);
  else if (cls == "Service_Address")
    add_service_address(place, out);
  else if (cls == "Pool")
    add_pool(place, out);
  else if (cls == "Monitor")
    add_monitor(place, out);
  else if (cls == "TLS_Server")
    add_tls_server(place, out);
  else if (cls == "TLS_Client")
    add_tls_client(place, out);
  else if (cls == "HTTP_Profile")
    add_http_profile(place, out);
  else if (cls == "TCP_Profile")
    add_tcp_profile(place, out);
  else if (cls == "iRule")
    add_irule(place, out);
  else if (cls == "Multiplex_Profile")
    plain(place, "ltm profile one-connect", place.path(), out);
  else if (cls == "Traffic_Log_Profile")
    plain(place, "ltm profile request-log", place.path(), out);
  else if (cls == "Endpoint_Policy")
    plain(place, "ltm policy", place.path(), out);
  else if (cls == "Data_Group")
    plain(place, "ltm data-group internal", place.path(), out)["type"] = text_of(place.declared, "keyDataType");
  else if (cls == "CA_Bundle")
    plain(place, "sys file ssl-cert", place.path(), out);
  else if (cls == "Access_Profile")
    plain(place, "apm profile access", place.path(), out);
  else if (cls == "Per_Request_Access_Policy")
    plain(place, "apm policy access-policy", place.path(), out);
  else if (cls == "Certificate") {
    plain(place, "sys file ssl-cert", place.path() + ".crt", out);
    if (place.declared.contains("privateKey")) plain(place, "sys file ssl-key", place.path() + ".key", out);
  }
}

void add_folder(const std::string& path, const std::string& tenant, Objects& out) {
  Json& folder = out[{"sys folder", path}] = item("sys folder", path);
  folder["_tenant"] = tenant;
}

}  // namespace

Objects realize(const std::string& name, const Json& tenant) {
  Objects out;
  const std::vector<std::string> applications = members_of_class(tenant, "Application");
  if (applications.empty()) return out;
  add_folder("/" + name, name, out);
  for (const std::string& application : applications) {
    add_folder("/" + name + "/" + application, name, out);
    for (const auto& [object, declared] : tenant[application].items()) {
      if (!declared.is_object() || !declared.contains("class")) continue;
      add_object(
          Place{.tenant = name, .application = application, .name = object, .declared = declared, .scope = tenant},
          out);
    }
  }
  return out;
}

}  // namespace sallyport::simulators::bigip
