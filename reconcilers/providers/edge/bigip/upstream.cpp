// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/edge/bigip/upstream.hpp"

#include <array>
#include <nlohmann/json.hpp>

#include "operator/base/digest.hpp"
#include "operator/base/text.hpp"

namespace sallyport::edge::bigip {
namespace {

constexpr std::string_view kPool = "sp_pool_";
constexpr std::string_view kMonitor = "sp_monitor_";
constexpr std::string_view kTls = "sp_tls_";

/// Probes count against the workspace's request limit, and both units of a pair send them.
constexpr int kProbeSeconds = 15;

/// The beginning of the host as letters, digits and '_': for people; the hash behind it makes the name unique.
std::string readable(const std::string& host) {
  std::string name = host.substr(0, 24);
  for (char& c : name) {
    if (c == '.' || c == '-') c = '_';
  }
  return to_lower(name);
}

/// Everything but the names. The prefix of its nodes keeps those of two pools for one host apart: a node is one object
/// of the tenant, and the later pool's options would silently replace the earlier one's (f5.md 2.2).
Json pool(const ir::EdgeFragment& fragment) {
  const bool round_robin = fragment.load_balancing == ir::LoadBalancing::RoundRobin;
  return {{"class", "Pool"},
          {"loadBalancingMode", round_robin ? "round-robin" : "least-connections-member"},
          {"minimumMembersActive", 1},
          {"serviceDownAction", "reselect"},
          {"reselectTries", 1},
          {"members", Json::array({{{"servicePort", fragment.upstream.port},
                                    {"addressDiscovery", "fqdn"},
                                    {"hostname", fragment.upstream.host},
                                    {"autoPopulate", true},
                                    {"queryInterval", 60},
                                    {"addressFamily", "IPv4"},
                                    {"shareNodes", false}}})}};
}

/// Any answer of the front door proves it alive; the path asks for a list, so no model is ever invoked, and without a
/// credential the answer is a 401.
Json monitor(const ir::EdgeFragment& fragment) {
  return {{"class", "Monitor"},
          {"monitorType", "https"},
          {"interval", kProbeSeconds},
          {"timeout", 3 * kProbeSeconds + 1},
          // The device wants backslash r, backslash n, not the characters themselves.
          {"send", "GET /api/2.0/serving-endpoints HTTP/1.1\\r\\nHost: " + fragment.upstream.host +
                       "\\r\\nConnection: close\\r\\n\\r\\n"},
          {"receive", "HTTP/1\\.[01] [234][0-9][0-9]"}};
}

Json tls(const ir::EdgeFragment& fragment) {
  return {{"class", "TLS_Client"},
          {"sendSNI", fragment.upstream.host},
          {"serverName", fragment.upstream.host},
          {"validateCertificate", true},  // false by default
          {"trustCA", "generic"},         // the device's own bundle of public authorities
          {"ignoreExpired", false},
          {"ignoreUntrusted", false},
          {"ssl3Enabled", false},
          {"tls1_0Enabled", false},
          {"tls1_1Enabled", false},
          {"tls1_2Enabled", true},
          {"tls1_3Enabled", true},
          {"ciphers", "ECDHE+AES-GCM"}};
}

}  // namespace

UpstreamNames upstream_names(const ir::EdgeFragment& fragment) {
  const std::string host = readable(fragment.upstream.host) + "_";
  const std::string probe = host + short_hash(monitor(fragment).dump() + tls(fragment).dump());
  const std::string balanced = host + short_hash(pool(fragment).dump() + probe);
  return {std::string(kPool) + balanced, std::string(kMonitor) + probe, std::string(kTls) + probe};
}

Json upstream_objects(const ir::EdgeFragment& fragment) {
  const UpstreamNames names = upstream_names(fragment);
  Json objects = Json::object();
  objects[names.tls] = tls(fragment);
  objects[names.monitor] = monitor(fragment);
  objects[names.monitor]["clientTLS"] = {{"use", names.tls}};
  objects[names.pool] = pool(fragment);
  objects[names.pool]["monitors"] = Json::array({{{"use", names.monitor}}});
  objects[names.pool]["members"][0]["fqdnPrefix"] = node_prefix(upstream_key(names.pool));
  return objects;
}

std::string upstream_key(std::string_view name) {
  for (const std::string_view prefix : {kPool, kMonitor, kTls}) {
    if (name.starts_with(prefix)) return std::string(name.substr(prefix.size()));
  }
  return {};
}

std::string node_prefix(std::string_view key) {
  return "sp_" + std::string(key.substr(key.rfind('_') + 1)) + "_";
}

}  // namespace sallyport::edge::bigip
