// SPDX-License-Identifier: Apache-2.0
// Pool with its members, and Monitor. A monitor accepts properties that it does not know, silently; a pool does not;
// a member does (f5.md 1.7, and additionalProperties of the published schema).
#include "e2e/simulators/bigip/schema_classes.hpp"

namespace sallyport::simulators::bigip {

Check monitor_reference() {
  const Check named = object({{"bigip", format("f5bigip")}, {"use", pointer({"Monitor"})}}, Others::Accepted);
  const Check form = [=](const Json& value, const std::string& path, Notes& notes) -> Fault {
    if (auto found = named(value, path, notes)) return found;
    if (value.contains("bigip")) notes.devices.push_back({path, value["bigip"].get<std::string>(), "ltm monitor"});
    return {};
  };
  return when_text(one_of({"http", "https", "http2", "icmp", "tcp", "tcp-half-open", "udp"}), form);
}

namespace {

/// Address_Discovery_Common, as far as static addresses and names go.
Fault discovery(const Json& value, const std::string& path, Notes& notes) {
  static const Check fqdn =
      object({{"hostname", format("hostname")},
              {"addressFamily", one_of({"IPv4", "IPv6"})},
              {"autoPopulate", boolean()},
              {"queryInterval", integer(0, kNoMaximum)},
              {"downInterval", integer(0, kNoMaximum)},
              {"fqdnPrefix", either({pattern("^[A-Za-z][0-9A-Za-z_.-]*$", 0, kAnyLength), constant("")})}},
             Others::Accepted, {"hostname"});
  static const Check servers =
      list(object({{"address", format("f5ip")}, {"name", pattern("^[A-Za-z][0-9A-Za-z_.-]*$", 0, 64)}}, Others::Refused,
                  {"address"}));
  static const Check fixed =
      object({{"serverAddresses", list(format("f5ip"))}, {"servers", servers}}, Others::Accepted);
  const std::string how = text_of(value, "addressDiscovery", "static");
  if (how == "fqdn") {
    if (value.contains("bigip")) return path + ": then is NOT valid";
    return fqdn(value, path, notes);
  }
  if (how != "static") return {};
  if (value.contains("bigip")) return {};
  if (!value.contains("serverAddresses") && !value.contains("servers")) {
    return path + ": should have required property 'bigip'";
  }
  return fixed(value, path, notes);
}

Check pool_member() {
  const Check own = object(
      {{"remark", remark()},
       {"servicePort", integer(0, 65535)},
       {"bigip", format("f5bigip")},
       {"enable", boolean()},
       {"connectionLimit", integer(0, 2147483647)},
       {"rateLimit", integer(-1, 2147483647)},
       {"dynamicRatio", integer(0, 100)},
       {"ratio", integer(0, 100)},
       {"priorityGroup", integer(0, 65535)},
       {"monitors", list(monitor_reference())},
       {"minimumMonitors", either({constant("all"), integer(0, 63)})},
       {"metadata", metadata()},
       {"adminState", one_of({"enable", "disable", "offline"})},
       {"addressDiscovery", when_text(one_of({"static", "fqdn", "event", "aws", "gce", "azure", "consul"}), any())},
       {"shareNodes", boolean()},
       {"routeDomain", integer(0, 65534)}},
      Others::Accepted, {"servicePort"});
  return both({own, discovery});
}

}  // namespace

const Check& pool_check() {
  static const Check check =
      object({{"class", constant("Pool")},
              {"label", label()},
              {"remark", remark()},
              {"allowNATEnabled", boolean()},
              {"allowSNATEnabled", boolean()},
              {"loadBalancingMode",
               one_of({"dynamic-ratio-member", "dynamic-ratio-node", "fastest-app-response", "fastest-node",
                       "least-connections-member", "least-connections-node", "least-sessions", "observed-member",
                       "observed-node", "predictive-member", "predictive-node", "ratio-least-connections-member",
                       "ratio-least-connections-node", "ratio-member", "ratio-node", "ratio-session", "round-robin",
                       "weighted-least-connections-member", "weighted-least-connections-node"})},
              {"minimumMembersActive", integer(0, 65535)},
              {"monitors", list(monitor_reference())},
              {"minimumMonitors", either({constant("all"), integer(1, 63)})},
              {"members", list(pool_member())},
              {"metadata", metadata()},
              {"reselectTries", integer(0, 65535)},
              {"serviceDownAction", one_of({"drop", "none", "reselect", "reset"})},
              {"slowRampTime", integer(0, 900)}},
             Others::Refused, {"class"});
  return check;
}

const Check& monitor_check() {
  static const Check own =
      object({{"class", constant("Monitor")},
              {"label", label()},
              {"remark", remark()},
              {"monitorType", one_of({"dns", "external", "ftp", "http", "https", "http2", "icmp", "inband", "ldap",
                                      "mysql", "postgresql", "radius", "sip", "smtp", "tcp", "tcp-half-open", "udp"})}},
             Others::Accepted, {"class", "monitorType"});
  static const Check by_type = object({{"label", label()},
                                       {"remark", remark()},
                                       {"adaptive", boolean()},
                                       {"adaptiveDivergenceType", one_of({"absolute", "relative"})},
                                       {"adaptiveDivergenceMilliseconds", integer(1, 10000)},
                                       {"adaptiveDivergencePercentage", integer(1, 500)},
                                       {"adaptiveLimitMilliseconds", integer(1, 10000)},
                                       {"adaptiveWindow", integer(1, 1800)},
                                       {"ciphers", text()},
                                       {"clientCertificate", pointer({"Certificate"})},
                                       {"clientTLS", reference("TLS_Client", "ltm profile server-ssl")},
                                       {"dscp", integer(0, 63)},
                                       {"interval", integer(0, 3600)},
                                       {"monitorType", text()},
                                       {"passphrase", any()},
                                       {"receive", text()},
                                       {"receiveDown", text()},
                                       {"reverse", boolean()},
                                       {"send", text()},
                                       {"targetAddress", format("f5ip")},
                                       {"targetPort", integer(0, 65535)},
                                       {"timeout", integer(0, 900)},
                                       {"timeUntilUp", integer(0, 1800)},
                                       {"transparent", boolean()},
                                       {"upInterval", integer(0, 3600)},
                                       {"username", text()}},
                                      Others::Accepted);
  static const Check check = both({own, by_type});
  return check;
}

}  // namespace sallyport::simulators::bigip
