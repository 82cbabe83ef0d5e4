// SPDX-License-Identifier: Apache-2.0
// Service_HTTPS and Service_Address. A service accepts properties that it does not know, silently: a misspelt one is
// lost without a word (f5.md 1.7).
#include "e2e/simulators/bigip/schema_classes.hpp"

namespace sallyport::simulators::bigip {

namespace {

Check persistence() {
  return when_text(one_of({"cookie", "destination-address", "msrdp", "source-address", "tls-session-id"}),
                   reference("Persist", "ltm persistence"));
}

Check tcp_profile() {
  static const std::vector<std::string> kNames{"normal", "lan", "wan", "mobile"};
  const Check side = when_text(one_of(kNames), reference("TCP_Profile", "ltm profile tcp"));
  const Check sides = object({{"ingress", side}, {"egress", side}}, Others::Refused);
  const Check whole = reference("TCP_Profile", "ltm profile tcp");
  const Check form = [=](const Json& value, const std::string& path, Notes& notes) {
    const bool split = value.is_object() && (value.contains("ingress") || value.contains("egress"));
    if (split && value.size() < 2) return Fault(path + ": should NOT have fewer than 2 properties");
    if (split && value.size() > 2) return Fault(path + ": should NOT have more than 2 properties");
    return split ? sides(value, path, notes) : whole(value, path, notes);
  };
  return when_text(one_of(kNames), form);
}

Check tls(const char* cls, const char* kind) {
  return when_text(pointer({cls}), when_list(list(reference(cls, kind)), reference(cls, kind)));
}

Check endpoint_policy_reference() {
  return when_text(pointer({"Endpoint_Policy"}), reference("Endpoint_Policy", "ltm policy"));
}

Check virtual_address() {
  const Check address = when_text(format("f5ip"), reference("Service_Address", "ltm virtual-address"));
  return when_list(list(address, 2, 2), address);
}

const Check& service_core() {
  static const Check check = object(
      {{"label", label()},
       {"remark", remark()},
       {"virtualAddresses", either({list(virtual_address(), 1), reference("Address_List", "net address-list")})},
       {"serviceDownImmediateAction", one_of({"none", "drop", "reset"})},
       {"shareAddresses", boolean()},
       {"sourceAddress",
        either({format("f5ip"), reference("Address_List", "net address-list,security firewall address-list")})},
       {"enable", boolean()},
       {"maxConnections", integer(0, kNoMaximum)},
       {"snat", when_text(one_of({"none", "self", "auto"}), reference("SNAT_Pool", "ltm snatpool"))},
       {"iRules", list(when_text(pointer({"iRule"}), reference("iRule", "ltm rule")))},
       {"pool", when_text(pointer({"Pool"}), reference("Pool", "ltm pool"))},
       {"addressStatus", boolean()},
       {"mirroring", one_of({"none", "L4"})},
       {"policyBandwidthControl", reference("Bandwidth_Control_Policy", "net bwc policy")},
       {"policyFirewallEnforced", with_module("afm", reference("Firewall_Policy", "security firewall policy"))},
       {"policyFirewallStaged", with_module("afm", reference("Firewall_Policy", "security firewall policy"))},
       {"policyNAT", with_module("afm", any())},
       {"policyIdleTimeout", reference("Idle_Timeout_Policy", "net timer-policy")},
       {"lastHop", any()},
       {"translateClientPort", either({boolean(), one_of({"change", "preserve", "preserve-strict"})})},
       {"translateServerAddress", boolean()},
       {"translateServerPort", boolean()},
       {"serversslUseSni", boolean()},
       {"nat64Enabled", boolean()},
       {"httpMrfRoutingEnabled", boolean()},
       {"persistenceMethods", list(persistence())},
       {"fallbackPersistenceMethod", persistence()},
       {"allowVlans", list(any())},
       {"rejectVlans", list(any())},
       {"securityLogProfiles",
        with_module("afm, asm", list(reference("Security_Log_Profile", "security log profile")))},
       {"profileDiameterEndpoint", reference("Enforcement_Diameter_Endpoint_Profile", "pem profile diameter-endpoint")},
       {"profileEnforcement", reference("Enforcement_Profile", "pem profile spm")},
       {"profileSubscriberManagement",
        reference("Enforcement_Subscriber_Management_Profile", "pem profile subscriber-mgmt")},
       {"profileIPOther", reference("IP_Other_Profile", "ltm profile ipother")},
       {"profileClassification", reference("Classification_Profile", "ltm profile classification")},
       {"profileDNS", reference("DNS_Profile", "ltm profile dns")},
       {"profileStatistics", reference("Statistics_Profile", "ltm profile statistics")},
       {"profileTrafficLog", reference("Traffic_Log_Profile", "ltm profile request-log")},
       {"profileRewrite", reference("Rewrite_Profile", "ltm profile rewrite")},
       {"profileProtocolInspection",
        with_module("afm", reference("Protocol_Inspection_Profile", "security protocol-inspection profile"))},
       {"metadata", metadata()},
       {"rateLimit", integer(0, kNoMaximum)},
       {"clonePools", any()},
       {"maximumBandwidth", with_module("afm", either({integer(10, 1000000), constant("infinite")}))},
       {"ipIntelligencePolicy",
        with_module("afm, asm", reference("IP_Intelligence_Policy", "security ip-intelligence policy"))},
       {"profileIntegratedBotDefense", reference("Integrated_Bot_Defense_Profile", "saas bd profile")},
       {"adminState", one_of({"enable", "disable"})}},
      Others::Accepted);
  return check;
}

const Check& service_tcp_core() {
  static const Check check = object(
      {{"virtualType", one_of({"standard", "internal"})},
       {"virtualPort",
        either({integer(kNoMinimum, kNoMaximum), reference("Port_List", "net port-list,security firewall port-list")})},
       {"layer4", constant("tcp")},
       {"profileFIX", reference("FIX_Profile", "ltm profile fix")},
       {"profileTCP", tcp_profile()},
       {"profileAnalyticsTcp", reference("Analytics_TCP_Profile", "ltm profile tcp-analytics")},
       {"profileService", reference("Service_Profile", "ltm profile service")},
       {"profileSplitsessionClient", reference("Splitsession_Client_Profile", "ltm profile splitsessionclient")},
       {"profileSSHProxy", reference("SSH_Proxy_Profile", "security ssh profile")},
       {"serverTLS", tls("TLS_Server", "ltm profile client-ssl")},
       {"clientTLS", tls("TLS_Client", "ltm profile server-ssl")},
       {"policyEndpoint", when_list(list(endpoint_policy_reference()), endpoint_policy_reference())},
       {"profileStream", reference("Stream_Profile", "ltm profile stream")}},
      Others::Accepted);
  return check;
}

const Check& service_http_core() {
  static const Check check = object(
      {{"persistenceMethods", list(persistence())},
       {"profileAnalytics", reference("Analytics_Profile", "ltm profile analytics")},
       {"profileAnalyticsTcp", reference("Analytics_TCP_Profile", "ltm profile tcp-analytics")},
       {"profileService", reference("Service_Profile", "ltm profile service")},
       {"profileSplitsessionClient", reference("Splitsession_Client_Profile", "ltm profile splitsessionclient")},
       {"profileSSE", reference("SSE_Profile", "ltm profile sse")},
       {"profileConnector", reference("Connector_Profile", "ltm profile connector")},
       {"profileHTTP", when_text(one_of({"basic"}), reference("HTTP_Profile", "ltm profile http"))},
       {"profileHTTPCompression",
        when_text(one_of({"basic", "wan"}), reference("HTTP_Compress", "ltm profile http-compression"))},
       {"profileHTTPAcceleration",
        when_text(one_of({"basic"}), reference("HTTP_Acceleration_Profile", "ltm profile web-acceleration"))},
       {"profileHTML", reference("HTML_Profile", "ltm profile html")},
       {"profileJSON", reference("JSON_Profile", "ltm profile json")},
       {"profileMultiplex", when_text(one_of({"basic"}), reference("Multiplex_Profile", "ltm profile one-connect"))},
       {"profileNTLM", reference("NTLM_Profile", "ltm profile ntlm")},
       {"policyWAF", reference("WAF_Policy", "asm policy")},
       {"policyIAM", with_module("apm", reference("Access_Profile", "apm profile access"))},
       {"profileFPS", with_module("fps", reference("FPS_Profile", "security anti-fraud profile"))},
       {"profileRequestAdapt", reference("Request_Adapt_Profile", "ltm profile request-adapt")},
       {"profileResponseAdapt", reference("Response_Adapt_Profile", "ltm profile response-adapt")},
       {"profileAccess", with_module("apm", reference("Access_Profile", "apm profile access"))},
       {"profilePingAccess", with_module("apm", reference("Access_Profile_Ping", "apm profile ping-access"))},
       {"profileConnectivity", with_module("apm", reference("Connectivity_Profile", "apm profile connectivity"))},
       {"policyPerRequestAccess",
        with_module("apm", reference("Per_Request_Access_Policy", "apm policy access-policy"))},
       {"profileVdi", with_module("apm", reference("VDI_Profile", "apm profile vdi"))},
       {"profileApiProtection",
        with_module("apm, asm", reference("API_Protection_Profile", "api-protection profile apiprotection"))},
       {"profileDOS", reference("DOS_Profile", "security dos profile")},
       {"profileBotDefense", reference("Bot_Defense_Profile", "security bot-defense profile")},
       {"profileWebSocket", reference("WebSocket_Profile", "ltm profile websocket")}},
      Others::Accepted, {"class"});
  return check;
}

/// Service_Core's conditions, which stand after its properties.
Fault service_conditions(const Json& value, const std::string& path, Notes&) {
  if (value.contains("allowVlans") && value.contains("rejectVlans")) return path + ": then is NOT valid";
  if (text_of(value, "virtualType") != "internal" && !value.contains("virtualAddresses")) {
    return path + ": should have required property 'virtualAddresses'";
  }
  return {};
}

}  // namespace

const Check& service_https_check() {
  static const Check own = object(
      {{"class", constant("Service_HTTPS")},
       {"virtualPort",
        either({integer(kNoMinimum, kNoMaximum), reference("Port_List", "net port-list,security firewall port-list")})},
       {"redirect80", boolean()},
       {"profileHTTP2", when_text(one_of({"basic"}), any())}},
      Others::Accepted);
  static const Check check = both({own, service_http_core(), service_tcp_core(), service_core(), service_conditions});
  return check;
}

const Check& service_address_check() {
  static const Check check =
      object({{"class", constant("Service_Address")},
              {"label", label()},
              {"remark", remark()},
              {"virtualAddress", format("f5ip")},
              {"arpEnabled", boolean()},
              {"icmpEcho", one_of({"enable", "disable", "selective"})},
              {"serverScope", one_of({"any", "all", "none"})},
              {"routeAdvertisement", one_of({"enable", "disable", "selective", "always", "any", "all"})},
              {"spanningEnabled", boolean()},
              {"trafficGroup", text()},
              {"autoDelete", boolean()},
              {"useIpName", boolean()}},
             Others::Refused, {"virtualAddress"});
  return check;
}

}  // namespace sallyport::simulators::bigip
