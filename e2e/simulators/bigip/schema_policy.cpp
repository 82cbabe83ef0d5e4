// SPDX-License-Identifier: Apache-2.0
// Endpoint_Policy (rules with conditions and actions), iRule, Data_Group, and the list of classes.
#include <array>
#include <utility>

#include "e2e/simulators/bigip/schema_classes.hpp"

namespace sallyport::simulators::bigip {

namespace {

Check compare_text() {
  const Check own =
      object({{"operand", one_of({"equals", "does-not-equal", "starts-with", "does-not-start-with", "ends-with",
                                  "does-not-end-with", "contains", "does-not-contain", "exists", "does-not-exist"})},
              {"values", list(text(), 1)},
              {"datagroup", reference("Data_Group", "ltm data-group internal,ltm data-group external")},
              {"caseSensitive", boolean()}},
             Others::Refused);
  return [=](const Json& value, const std::string& path, Notes& notes) -> Fault {
    if (auto found = own(value, path, notes)) return found;
    const std::string operand = text_of(value, "operand");
    if (operand.empty() || operand == "exists" || operand == "does-not-exist") return {};
    if (value.contains("values") && value.contains("datagroup"))
      return path + ": should match exactly one schema in oneOf";
    const bool compared = value.contains("values") || value.contains("datagroup");
    return compared ? Fault{} : path + ": should have required property 'values'";
  };
}

/// One of `parts` has to be there; ajv names the first as missing.
Check condition_parts(std::vector<std::string> events, std::vector<std::string> parts) {
  std::vector<Property> properties{{"event", one_of(std::move(events))}};
  for (const std::string& part : parts) {
    properties.push_back({part, part == "port" ? any() : compare_text()});
  }
  properties.push_back({"name", text()});
  properties.push_back({"index", integer(1, kNoMaximum)});
  properties.push_back({"normalized", boolean()});
  const Check own = object(std::move(properties), Others::Accepted);
  return [=](const Json& value, const std::string& path, Notes& notes) -> Fault {
    if (auto found = own(value, path, notes)) return found;
    for (const std::string& part : parts) {
      if (value.contains(part)) return {};
    }
    return path + ": should have required property '" + parts.front() + "'";
  };
}

const Check& condition() {
  static const Check type = object({{"type", one_of({"geoip", "httpCookie", "httpHeader", "httpHost", "httpMethod",
                                                     "httpStatus", "httpUri", "sslExtension", "tcp"})}},
                                   Others::Accepted, {"type"});
  static const Check uri =
      condition_parts({"proxy-request", "request"}, {"path", "scheme", "host", "port", "extension", "queryString",
                                                     "queryParameter", "unnamedQueryParameter", "pathSegment", "all"});
  static const Check host = condition_parts({"proxy-request", "request", "proxy-connect"}, {"all", "host", "port"});
  static const Check header =
      condition_parts({"proxy-request", "request", "proxy-connect", "proxy-response", "response"}, {"all"});
  static const Check method = condition_parts({"proxy-request", "request"}, {"all"});
  static const Check check = [](const Json& value, const std::string& path, Notes& notes) -> Fault {
    if (auto found = type(value, path, notes)) return found;
    const std::string kind = text_of(value, "type");
    if (kind == "httpUri") return uri(value, path, notes);
    if (kind == "httpHost") return host(value, path, notes);
    if (kind == "httpHeader") return header(value, path, notes);
    if (kind == "httpMethod") return method(value, path, notes);
    return {};
  };
  return check;
}

const Check& forward_action() {
  static const Check select = object({{"pool", reference("Pool", "ltm pool")},
                                      {"service", reference("Service_HTTPS", "ltm virtual")},
                                      {"snat", one_of({"disable", "automap"})}},
                                     Others::Accepted);
  static const Check check =
      object({{"event", one_of({"client-accepted", "ssl-client-hello", "request"})}, {"select", select}},
             Others::Accepted, {"select"});
  return check;
}

const Check& header_action() {
  static const Check pair = object({{"name", text()}, {"value", text()}}, Others::Refused, {"name", "value"});
  static const Check name = object({{"name", text()}}, Others::Refused, {"name"});
  static const Check own =
      object({{"event", one_of({"request", "response"})}, {"replace", pair}, {"insert", pair}, {"remove", name}},
             Others::Accepted);
  static const Check check = [](const Json& value, const std::string& path, Notes& notes) -> Fault {
    if (auto found = own(value, path, notes)) return found;
    const bool some = value.contains("replace") || value.contains("insert") || value.contains("remove");
    return some ? Fault{} : path + ": should have required property 'replace'";
  };
  return check;
}

const Check& action() {
  static const Check type =
      object({{"type", one_of({"http", "httpCookie", "httpHeader", "httpRedirect", "httpUri", "botDefense", "waf",
                               "forward", "drop", "clientSsl", "persist", "tcl", "log", "l7dos"})}},
             Others::Accepted, {"type"});
  static const Check drop = object(
      {{"event", one_of({"proxy-request", "request", "ssl-client-hello", "client-accepted"})}}, Others::Accepted);
  static const Check redirect = object(
      {{"event", one_of({"proxy-request", "request", "response"})}, {"location", text()}, {"code", integer(300, 399)}},
      Others::Accepted, {"location"});
  static const Check uri = object({{"event", one_of({"request"})}, {"replace", any()}}, Others::Accepted, {"replace"});
  static const Check check = [](const Json& value, const std::string& path, Notes& notes) -> Fault {
    if (auto found = type(value, path, notes)) return found;
    const std::string kind = text_of(value, "type");
    if (kind == "drop") return drop(value, path, notes);
    if (kind == "forward") return forward_action()(value, path, notes);
    if (kind == "httpHeader") return header_action()(value, path, notes);
    if (kind == "httpRedirect") return redirect(value, path, notes);
    if (kind == "httpUri") return uri(value, path, notes);
    return {};
  };
  return check;
}

}  // namespace

const Check& endpoint_policy_check() {
  static const Check rule = object({{"name", pattern(R"(^[a-zA-Z0-9_\-.:%]+$)", 0, 64000)},
                                    {"label", label()},
                                    {"remark", remark()},
                                    {"conditions", list(condition())},
                                    {"actions", list(action())}},
                                   Others::Refused, {"name"});
  static const Check check =
      object({{"class", constant("Endpoint_Policy")},
              {"label", label()},
              {"remark", remark()},
              {"rules", list(rule)},
              {"strategy", one_of({"all-match", "best-match", "first-match", "custom"})},
              {"customStrategy", when_text(pointer({"Endpoint_Strategy"}), on_device("ltm policy-strategy"))}},
             Others::Refused, {"class"});
  return check;
}

const Check& irule_check() {
  static const Check check = object({{"class", constant("iRule")},
                                     {"expand", boolean()},
                                     {"label", label()},
                                     {"remark", remark()},
                                     {"iRule", f5_string()}},
                                    Others::Refused, {"class", "iRule"});
  return check;
}

const Check& data_group_check() {
  static const Check own = object({{"class", constant("Data_Group")},
                                   {"label", label()},
                                   {"remark", remark()},
                                   {"storageType", one_of({"internal", "external"})},
                                   {"keyDataType", one_of({"integer", "ip", "string"})}},
                                  Others::Accepted);
  static const Check texts =
      object({{"records", list(object({{"key", text()}, {"value", text()}}, Others::Accepted, {"key"}))}},
             Others::Accepted, {"class", "keyDataType", "records"});
  static const Check addresses =
      object({{"records", list(object({{"key", format("f5ip")}, {"value", text()}}, Others::Accepted, {"key"}))}},
             Others::Accepted, {"class", "keyDataType", "records"});
  static const Check numbers =
      object({{"records",
               list(object({{"key", integer(kNoMinimum, kNoMaximum)}, {"value", text()}}, Others::Accepted, {"key"}))}},
             Others::Accepted, {"class", "keyDataType", "records"});
  static const Check external =
      object({{"externalFilePath", any()}}, Others::Accepted, {"class", "keyDataType", "externalFilePath"});
  static const Check check = [](const Json& value, const std::string& path, Notes& notes) -> Fault {
    if (auto found = own(value, path, notes)) return found;
    if (text_of(value, "storageType", "internal") == "external") return external(value, path, notes);
    const std::string type = text_of(value, "keyDataType");
    if (type == "ip") return addresses(value, path, notes);
    return (type == "integer" ? numbers : texts)(value, path, notes);
  };
  return check;
}

const Check* find_class(std::string_view name) {
  using Getter = const Check& (*)();
  static constexpr std::array kClasses{
      std::pair<std::string_view, Getter>{"Service_HTTPS", service_https_check},
      std::pair<std::string_view, Getter>{"Service_Address", service_address_check},
      std::pair<std::string_view, Getter>{"Pool", pool_check},
      std::pair<std::string_view, Getter>{"Monitor", monitor_check},
      std::pair<std::string_view, Getter>{"TLS_Server", tls_server_check},
      std::pair<std::string_view, Getter>{"TLS_Client", tls_client_check},
      std::pair<std::string_view, Getter>{"Certificate", certificate_check},
      std::pair<std::string_view, Getter>{"CA_Bundle", ca_bundle_check},
      std::pair<std::string_view, Getter>{"HTTP_Profile", http_profile_check},
      std::pair<std::string_view, Getter>{"TCP_Profile", tcp_profile_check},
      std::pair<std::string_view, Getter>{"Multiplex_Profile", multiplex_profile_check},
      std::pair<std::string_view, Getter>{"Traffic_Log_Profile", traffic_log_profile_check},
      std::pair<std::string_view, Getter>{"Access_Profile", access_profile_check},
      std::pair<std::string_view, Getter>{"Per_Request_Access_Policy", per_request_access_policy_check},
      std::pair<std::string_view, Getter>{"Endpoint_Policy", endpoint_policy_check},
      std::pair<std::string_view, Getter>{"iRule", irule_check},
      std::pair<std::string_view, Getter>{"Data_Group", data_group_check},
  };
  for (const auto& [known, getter] : kClasses) {
    if (known == name) return &getter();
  }
  return nullptr;
}

const std::vector<std::string>& known_classes() {
  // clang-format off
  static const std::vector<std::string> kNames{
      "Service_HTTP", "Service_HTTPS", "Service_TCP", "Service_UDP", "Service_SCTP", "Service_L4", "Service_Generic",
      "Service_Forwarding", "Service_Address", "WAF_Policy", "Persist", "Pool", "Address_Discovery", "TLS_Server",
      "TLS_Client", "FIX_Profile", "RTSP_Profile", "SIP_Profile", "Statistics_Profile", "TFTP_Profile",
      "FTP_Profile", "HTML_Rule", "HTML_Profile", "JSON_Profile", "WebSocket_Profile", "Multiplex_Profile",
      "SOCKS_Profile", "TCP_Profile", "Classification_Profile", "Radius_Profile", "IP_Other_Profile",
      "Rewrite_Profile", "Stream_Profile", "Access_Profile", "Per_Request_Access_Policy", "ICAP_Profile",
      "Adapt_Profile", "Cipher_Rule", "Cipher_Group", "iFile", "PPTP_Profile", "Service_Profile",
      "Splitsession_Client_Profile", "SSE_Profile", "Connector_Profile", "Firewall_Address_List",
      "Firewall_Port_List", "Firewall_Rule_List", "Firewall_Policy", "NAT_Policy", "NAT_Source_Translation",
      "Protocol_Inspection_Profile", "SSH_Proxy_Profile", "Ping_Access_Agent_Properties", "Ping_Access_Profile",
      "IP_Intelligence_Policy", "Data_Group", "DNS_Cache", "DNS_Profile", "DNS_TSIG_Key", "DNS_Zone",
      "DNS_Nameserver", "DOS_Profile", "Bot_Defense_Profile", "GSLB_Domain", "GSLB_iRule", "GSLB_Monitor",
      "GSLB_Pool", "GSLB_Server", "GSLB_Data_Center", "GSLB_Prober_Pool", "GSLB_Topology_Records",
      "GSLB_Topology_Region", "ALG_Log_Profile", "Security_Log_Profile", "Traffic_Log_Profile", "Endpoint_Policy",
      "Endpoint_Strategy", "Bandwidth_Control_Policy", "Idle_Timeout_Policy", "Net_Address_List", "Net_Port_List",
      "Enforcement_Policy", "Enforcement_Diameter_Endpoint_Profile", "Enforcement_iRule",
      "Enforcement_Radius_AAA_Profile", "Enforcement_Profile", "Enforcement_Subscriber_Management_Profile",
      "Enforcement_Listener", "Enforcement_Interception_Endpoint", "Enforcement_Format_Script",
      "Enforcement_Forwarding_Endpoint", "Enforcement_Service_Chain_Endpoint", "Analytics_Profile",
      "Analytics_TCP_Profile", "CA_Bundle", "Certificate", "Certificate_Validator_OCSP", "DNS_Logging_Profile",
      "HTTP_Acceleration_Profile", "HTTP_Compress", "HTTP_Profile", "HTTP2_Profile", "iRule", "L4_Profile",
      "Log_Destination", "Log_Publisher", "Monitor", "SNAT_Pool", "SNAT_Translation", "UDP_Profile"};
  // clang-format on
  return kNames;
}

}  // namespace sallyport::simulators::bigip
