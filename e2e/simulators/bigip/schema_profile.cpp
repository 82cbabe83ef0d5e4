// SPDX-License-Identifier: Apache-2.0
// Profiles: HTTP_Profile, TCP_Profile, Multiplex_Profile, Traffic_Log_Profile, and the two access classes.
#include <algorithm>

#include "e2e/simulators/bigip/schema_classes.hpp"

namespace sallyport::simulators::bigip {

namespace {

/// Printable ASCII without space, quote, colon and backslash; AS3 writes the same set as a negated class.
Check header_name() {
  return pattern(R"(^[!#-9;-\[\]-~]+$)", 1, 128);
}
Check header_value() {
  static const auto fits = [](std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
  };
  return long_pattern(R"(^[^\x00-\x1f\x7f-\xff]*$)", fits);
}

Check access_import(const char* cls) {
  return with_module(
      "apm", object({{"class", constant(cls)},
                     {"label", label()},
                     {"remark", remark()},
                     {"url", when_text(format("uri"), object({{"url", format("uri")}}, Others::Accepted, {"url"}))},
                     {"ssloCreated", boolean()},
                     {"ignoreChanges", boolean()},
                     {"enable", boolean()}},
                    Others::Refused, {"class", "url"}));
}

std::vector<Property> tcp_first_half() {
  return {{"class", constant("TCP_Profile")},
          {"label", label()},
          {"remark", remark()},
          {"abc", boolean()},
          {"ackOnPush", boolean()},
          {"autoProxyBufferSize", boolean()},
          {"autoReceiveWindowSize", boolean()},
          {"autoSendBufferSize", boolean()},
          {"closeWaitTimeout", integer(-1, 3600)},
          {"congestionControl", one_of({"bbr", "cdg", "chd", "cubic", "high-speed", "illinois", "new-reno", "none",
                                        "reno", "scalable", "vegas", "westwood", "woodside"})},
          {"congestionMetricsCache", boolean()},
          {"congestionMetricsCacheTimeout", integer(0, 1000)},
          {"deferredAccept", boolean()},
          {"delayedAcks", boolean()},
          {"delayWindowControl", boolean()},
          {"dsack", boolean()},
          {"earlyRetransmit", boolean()},
          {"ecn", boolean()},
          {"enhancedLossRecovery", boolean()},
          {"fastOpen", boolean()},
          {"fastOpenCookieExpiration", integer(1, 1000000)},
          {"finWaitTimeout", integer(-1, 3600)},
          {"finWait2Timeout", integer(-1, 3600)},
          {"idleTimeout", either({integer(1, 86400), integer(-1, -1)})},
          {"initCwnd", integer(0, 64)},
          {"initRwnd", integer(0, 64)},
          {"ipDfMode", one_of({"clear", "pmtu", "preserve", "set"})},
          {"ipTosToClient", either({integer(0, 252), one_of({"pass-through", "mimic"})})},
          {"keepAliveInterval", integer(1, 86400)},
          {"limitedTransmit", boolean()},
          {"linkQosToClient", either({integer(0, 7), constant("pass-through")})},
          {"maxRetrans", integer(0, 12)},
          {"maxSegmentSize", either({integer(28, 8960), integer(0, 0)})},
          {"md5Signature", boolean()},
          {"md5SignaturePassphrase", any()},
          {"minimumRto", integer(1, 5000)},
          {"mptcp", one_of({"disable", "enable", "passthrough"})},
          {"mptcpCsum", boolean()},
          {"mptcpCsumVerify", boolean()},
          {"mptcpFallback", one_of({"accept", "active-accept", "reset", "retransmit"})}};
}

std::vector<Property> tcp_second_half() {
  return {{"mptcpFastJoin", boolean()},
          {"mptcpIdleTimeout", integer(1, 86400)},
          {"mptcpJoinMax", integer(1, 20)},
          {"mptcpMakeAfterBreak", boolean()},
          {"mptcpNoJoinDssAck", boolean()},
          {"mptcpRtoMax", integer(1, 20)},
          {"mptcpRetransmitMin", integer(1, 5000)},
          {"mptcpSubflowMax", integer(1, 20)},
          {"mptcpTimeout", integer(60, 3600)},
          {"nagle", one_of({"disable", "enable", "auto"})},
          {"pktLossIgnoreBurst", integer(0, 32)},
          {"pktLossIgnoreRate", integer(0, 1000000)},
          {"proxyBufferHigh", integer(64, 33554432)},
          {"proxyBufferLow", integer(64, 33554432)},
          {"proxyMSS", boolean()},
          {"proxyOptions", boolean()},
          {"pushFlag", one_of({"auto", "default", "none", "one"})},
          {"ratePace", boolean()},
          {"ratePaceMaxRate", integer(0, 4294967295)},
          {"receiveWindowSize", integer(64, 33554432)},
          {"resetOnTimeout", boolean()},
          {"retransmitThreshold", integer(0, 12)},
          {"selectiveAcks", boolean()},
          {"selectiveNack", boolean()},
          {"sendBufferSize", integer(64, 33554432)},
          {"slowStart", boolean()},
          {"synCookieEnable", boolean()},
          {"synCookieAllowlist", boolean()},
          {"synCookieWhitelist", boolean()},
          {"synMaxRetrans", integer(0, 12)},
          {"synRtoBase", integer(0, 5000)},
          {"tailLossProbe", boolean()},
          {"tcpOptions",
           list(object({{"option", integer(0, 255)}, {"when", one_of({"first", "last"})}}, Others::Refused), 0, 255)},
          {"timestamps", boolean()},
          {"timeWaitRecycle", boolean()},
          {"timeWaitTimeout", integer(-1, 600000)},
          {"ttlMode", one_of({"decrement", "preserve", "proxy", "set"})},
          {"ttlIPv4", integer(1, 255)},
          {"ttlIPv6", integer(1, 255)},
          {"verifiedAccept", boolean()},
          {"zeroWindowTimeout", integer(-1, 86400000)}};
}

}  // namespace

const Check& http_profile_check() {
  // AS3 accepts properties of every proxy type here and refuses what no type knows (f5.md 1.7).
  static const Check check =
      object({{"class", constant("HTTP_Profile")},
              {"label", label()},
              {"remark", remark()},
              {"multiplexStatusReuse", pattern(R"~(^([24]\d\d\s?)+$)~", 0, kAnyLength)},
              {"allowBlankSpaceAfterHeaderName", boolean()},
              {"allowedResponseHeaders", list(header_name())},
              {"cookiePassphrase", any()},
              {"encryptCookies", list(text())},
              {"enforceRFCCompliance", boolean()},
              {"fallbackRedirect", text()},
              {"fallbackStatusCodes", list(integer(100, 999))},
              {"hstsIncludeSubdomains", boolean()},
              {"hstsInsert", boolean()},
              {"hstsPeriod", integer(0, 4294967295)},
              {"hstsPreload", boolean()},
              {"requestChunking", one_of({"selective", "preserve", "rechunk", "sustain"})},
              {"responseChunking", one_of({"selective", "preserve", "unchunk", "rechunk", "sustain"})},
              {"rewriteRedirects", one_of({"none", "all", "matching", "addresses"})},
              {"insertHeader", object({{"name", header_name()}, {"value", header_value()}}, Others::Refused)},
              {"knownMethods", list(pattern(R"~(^[A-Z0-9]+$)~", 1, 32))},
              {"maxRequests", integer(0, 2147483647)},
              {"multiplexTransformations", boolean()},
              {"otherXFF", list(header_name())},
              {"pipelineAction", one_of({"allow", "reject", "pass-through"})},
              {"profileWebSocket", reference("WebSocket_Profile", "ltm profile websocket")},
              {"proxyConnectEnabled", boolean()},
              {"proxyType", one_of({"reverse", "transparent", "explicit"})},
              {"whiteOutHeader", header_name()},
              {"xForwardedFor", boolean()},
              {"serverHeaderValue", text()},
              {"trustXFF", boolean()},
              {"unknownMethodAction", one_of({"allow", "reject", "pass-through"})},
              {"viaHost", text()},
              {"viaRequest", one_of({"append", "preserve", "remove"})},
              {"viaResponse", one_of({"append", "preserve", "remove"})},
              {"webSocketMasking", one_of({"preserve", "remask", "selective", "unmask"})},
              {"webSocketsEnabled", boolean()},
              {"maxHeaderCount", integer(1, 1024)},
              {"maxHeaderSize", integer(9, 262144)},
              {"truncatedRedirects", boolean()}},
             Others::Refused, {"class"});
  return check;
}

const Check& tcp_profile_check() {
  static const Check check = object(joined(tcp_first_half(), tcp_second_half()), Others::Refused, {"class"});
  return check;
}

const Check& multiplex_profile_check() {
  static const Check check = object({{"class", constant("Multiplex_Profile")},
                                     {"label", label()},
                                     {"remark", remark()},
                                     {"sourceMask", format("f5ip")},
                                     {"maxConnections", integer(0, kNoMaximum)},
                                     {"maxConnectionAge", integer(0, kNoMaximum)},
                                     {"maxConnectionReuse", integer(0, kNoMaximum)},
                                     {"idleTimeoutOverride", integer(0, kNoMaximum)},
                                     {"connectionLimitEnforcement", one_of({"none", "idle", "strict"})},
                                     {"sharePools", boolean()}},
                                    Others::Refused, {"class"});
  return check;
}

const Check& traffic_log_profile_check() {
  static const Check request = object({{"requestErrorLoggingEnabled", boolean()},
                                       {"proxyCloseOnErrorEnabled", boolean()},
                                       {"proxyRespondOnLoggingErrorEnabled", boolean()},
                                       {"proxyResponse", text()},
                                       {"requestErrorPool", reference("Pool", "ltm pool")},
                                       {"requestErrorProtocol", one_of({"mds-tcp", "mds-udp"})},
                                       {"requestErrorTemplate", text()},
                                       {"requestPool", reference("Pool", "ltm pool")},
                                       {"requestProtocol", one_of({"mds-tcp", "mds-udp"})},
                                       {"requestTemplate", text()},
                                       {"requestEnabled", boolean()}},
                                      Others::Refused);
  static const Check response = object({{"byDefaultEnabled", boolean()},
                                        {"responseErrorLoggingEnabled", boolean()},
                                        {"responseErrorPool", reference("Pool", "ltm pool")},
                                        {"responseErrorProtocol", one_of({"mds-tcp", "mds-udp"})},
                                        {"responseErrorTemplate", text()},
                                        {"responsePool", reference("Pool", "ltm pool")},
                                        {"responseProtocol", one_of({"mds-tcp", "mds-udp"})},
                                        {"responseTemplate", text()},
                                        {"responseEnabled", boolean()}},
                                       Others::Refused);
  static const Check check = object({{"class", constant("Traffic_Log_Profile")},
                                     {"label", label()},
                                     {"remark", remark()},
                                     {"parentProfile", reference("Traffic_Log_Profile", "ltm profile request-log")},
                                     {"requestSettings", request},
                                     {"responseSettings", response}},
                                    Others::Refused, {"class"});
  return check;
}

const Check& access_profile_check() {
  static const Check check = access_import("Access_Profile");
  return check;
}

const Check& per_request_access_policy_check() {
  static const Check check = access_import("Per_Request_Access_Policy");
  return check;
}

}  // namespace sallyport::simulators::bigip
