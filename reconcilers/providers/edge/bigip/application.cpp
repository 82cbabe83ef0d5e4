// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/edge/bigip/application.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "operator/base/digest.hpp"
#include "operator/base/text.hpp"
#include "reconcilers/providers/edge/bigip/guard_rule.hpp"
#include "reconcilers/providers/edge/bigip/marks.hpp"
#include "reconcilers/providers/edge/bigip/upstream.hpp"

namespace sallyport::edge::bigip {
namespace {

/// What may stand in a log line of somebody else's system: no header, no cookie, no query, no body, and none of the
/// variables that hold a whole request ($HTTP_REQUEST, $NCSA_COMBINED).
constexpr std::string_view kRequestLine =
    "sallyport ts=$DATE_NCSA host=$VIRTUAL_NAME client=$CLIENT_IP method=$HTTP_METHOD path=$HTTP_PATH";
constexpr std::string_view kResponseLine =
    "sallyport ts=$DATE_NCSA host=$VIRTUAL_NAME client=$CLIENT_IP status=$HTTP_STATCODE ms=$RESPONSE_MSECS "
    "size=$RESPONSE_SIZE";

/// Firewalls on the way drop flows that are silent for minutes; an inference is.
constexpr int kKeepAliveSeconds = 60;

long long whole_seconds(std::chrono::milliseconds duration) {
  return std::chrono::ceil<std::chrono::seconds>(duration).count();
}

Json records(std::vector<std::string> keys, const std::string& value) {
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  Json list = Json::array();
  for (const std::string& key : keys) list.push_back({{"key", key}, {"value", value}});
  return list;
}

Json data_group(std::string_view type, Json list) {
  return {{"class", "Data_Group"}, {"storageType", "internal"}, {"keyDataType", type}, {"records", std::move(list)}};
}

/// Client side towards the caller; server side bounds how long a silent inference may take.
Json tcp_profile(std::chrono::milliseconds idle) {
  return {{"class", "TCP_Profile"}, {"idleTimeout", whole_seconds(idle)}, {"keepAliveInterval", kKeepAliveSeconds}};
}

Json service(const ir::EdgeFragment& fragment) {
  const UpstreamNames names = upstream_names(fragment);
  const auto shared = [&fragment](const std::string& name) {
    return "/" + fragment.place.tenant + "/" + std::string(kShared) + "/" + name;
  };
  Json vs = {{"class", "Service_HTTPS"},
             {"virtualAddresses", Json::array({fragment.address})},
             {"virtualPort", fragment.port},
             {"redirect80", false},  // true by default: a second virtual server on port 80
             {"serverTLS", "tls_in"},
             {"clientTLS", shared(names.tls)},
             {"pool", shared(names.pool)},
             {"snat", "auto"},
             {"profileHTTP", {{"use", "http"}}},
             {"profileTCP", {{"ingress", {{"use", "tcp_client"}}}, {"egress", {{"use", "tcp_server"}}}}},
             {"profileMultiplex", {{"use", "oneconnect"}}},
             {"persistenceMethods", Json::array()},  // a cookie by default
             {"iRules", Json::array({"guard"})},
             {"maxConnections", fragment.max_concurrent},
             {"profileAccess", {{"bigip", fragment.policy.access_profile}}},
             {"policyPerRequestAccess", {{"bigip", fragment.policy.per_request_policy}}}};
  if (fragment.waf_policy) vs["policyWAF"] = {{"bigip", *fragment.waf_policy}};
  if (fragment.log_pool) vs["profileTrafficLog"] = {{"use", "request_log"}};
  return vs;
}

Json certificate(const KeyPair& pair) {
  Json cert = {{"class", "Certificate"}, {"certificate", pair.certificate}, {"privateKey", pair.key.reveal()}};
  if (!pair.chain.empty()) cert["chainCA"] = pair.chain;
  return cert;
}

Json tls_in() {
  return {{"class", "TLS_Server"},  {"certificates", Json::array({{{"certificate", "certificate"}}})},
          {"ssl3Enabled", false},   {"tls1_0Enabled", false},
          {"tls1_1Enabled", false}, {"tls1_2Enabled", true},
          {"tls1_3Enabled", true},  {"ciphers", "ECDHE+AES-GCM"}};
}

Json request_log(const std::string& pool) {
  return {{"class", "Traffic_Log_Profile"},
          {"requestSettings",
           {{"requestEnabled", true},
            {"requestProtocol", "mds-tcp"},
            {"requestPool", {{"bigip", pool}}},
            {"requestTemplate", kRequestLine}}},
          {"responseSettings",
           {{"responseEnabled", true},
            {"responseProtocol", "mds-tcp"},
            {"responsePool", {{"bigip", pool}}},
            {"responseTemplate", kResponseLine}}}};
}

}  // namespace

Json application(const ir::EdgeFragment& fragment, const KeyPair& pair) {
  Json app = {{"class", "Application"},
              {"template", "generic"},
              {"label", one_line(fragment.owner.ns + "/" + fragment.owner.name, 64)},
              {"remark", application_remark(fragment)},
              {"vs", service(fragment)},
              {"tls_in", tls_in()},
              {"certificate", certificate(pair)},
              {"http",
               {{"class", "HTTP_Profile"},
                {"xForwardedFor", true},
                {"requestChunking", "sustain"},  // a stream of tokens must not be gathered
                {"responseChunking", "sustain"},
                {"serverHeaderValue", "sallyport"}}},
              {"tcp_client", tcp_profile(fragment.idle_timeout)},
              {"tcp_server", tcp_profile(fragment.response_timeout)},
              {"oneconnect", {{"class", "Multiplex_Profile"}, {"sourceMask", "255.255.255.255"}}}};
  app["tcp_server"]["synRtoBase"] = fragment.connect_timeout.count() / kSynTimersInAConnect;
  app["tcp_server"]["synMaxRetrans"] = kSynRetransmissions;
  const auto networks = fragment.allowed_networks.empty() ? ClientNetworks::Everywhere : ClientNetworks::Listed;
  app["guard"] = {{"class", "iRule"},
                  {"iRule", {{"base64", base64_encode(guard_rule(fragment.place, networks))}}},
                  {"expand", false}};  // true by default: AS3 would evaluate backquotes in the text
  app[std::string(kPathsGroup)] = data_group("string", records(fragment.allowed_paths, "POST"));
  app[std::string(kRouteGroup)] =
      data_group("string", Json::array({{{"key", "public_host"}, {"value", to_lower(fragment.host)}},
                                        {{"key", "serving_host"}, {"value", fragment.upstream.host}}}));
  if (networks == ClientNetworks::Listed) {
    app[std::string(kNetworksGroup)] = data_group("ip", records(fragment.allowed_networks, "allowed"));
  }
  if (fragment.log_pool) app["request_log"] = request_log(*fragment.log_pool);
  return app;
}

}  // namespace sallyport::edge::bigip
