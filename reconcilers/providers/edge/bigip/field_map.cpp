// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/edge/bigip/field_map.hpp"

#include <array>
#include <vector>

#include "operator/base/text.hpp"

namespace sallyport::edge::bigip {
namespace {

struct Row {
  std::string_view object;    ///< a beginning
  std::string_view property;  ///< a beginning
  std::string_view field;
};

/// The one table. The first row that fits counts; object names are those of application.cpp and upstream.cpp.
constexpr std::array<Row, 27> kRows{{
    {"vs", "virtualAddresses", "status.virtualServer.address"},
    {"vs", "virtualPort", "status.virtualServer.address"},
    {"vs", "profileAccess", "spec.identity.enforcement.accessProfile"},
    {"vs", "policyPerRequestAccess", "spec.identity.enforcement.perRequestPolicy"},
    {"vs", "policyWAF", "spec.security.wafPolicy"},
    {"vs", "profileTrafficLog", "spec.gatewayRef"},
    {"vs", "maxConnections", "spec.traffic.maxConcurrent"},
    {"vs", "serverTLS", "spec.tls.secretName"},
    {"vs", "pool", "spec.backends"},
    {"vs", "clientTLS", "spec.backends"},
    {"vs", "", "status.virtualServer.address"},
    {"certificate", "", "spec.tls.secretName"},
    {"tls_in", "", "spec.tls.secretName"},
    {"tcp_client", "", "spec.traffic.timeouts.idle"},
    {"tcp_server", "idleTimeout", "spec.traffic.timeouts.response"},
    {"tcp_server", "syn", "spec.traffic.timeouts.connect"},
    {"tcp_server", "", "spec.traffic.timeouts"},
    {"networks", "", "spec.security.allowedNetworks"},
    {"paths", "", "spec.backends"},
    {"route", "", "spec.host"},
    {"guard", "", "spec.backends"},
    {"request_log", "", "spec.gatewayRef"},
    {"sp_pool_", "loadBalancingMode", "spec.traffic.loadBalancing"},
    {"sp_pool_", "", "spec.backends"},
    {"sp_monitor_", "", "spec.backends"},
    {"sp_tls_", "", "spec.backends"},
    {"label", "", "metadata.name"},
}};

bool ends_path(char c) {
  static constexpr std::string_view kEnd = " \t\r\n:;,'\"()[]";
  return kEnd.find(c) != std::string_view::npos;
}

ObjectPath parts_of(std::string_view text) {
  std::vector<std::string> parts = split(text, '/');
  parts.resize(5);
  // The device's own objects have endings that the declaration has not: "certificate.crt".
  if (const std::size_t dot = parts[3].find('.'); dot != std::string::npos) parts[3].resize(dot);
  return {parts[1], parts[2], parts[3], parts[4]};
}

}  // namespace

std::optional<ObjectPath> find_path(std::string_view words, const std::string& tenant) {
  const std::string start = "/" + tenant + "/";
  const std::size_t begin = words.find(start);
  if (begin == std::string_view::npos) return std::nullopt;
  std::size_t end = begin + start.size();
  while (end < words.size() && !ends_path(words[end])) ++end;
  std::string_view path = words.substr(begin, end - begin);
  while (path.ends_with('.')) path.remove_suffix(1);  // the sentence's, not the path's
  return parts_of(path);
}

std::string field_of(const ObjectPath& path) {
  for (const Row& row : kRows) {
    if (path.object.starts_with(row.object) && path.property.starts_with(row.property)) return std::string(row.field);
  }
  return "spec";
}

}  // namespace sallyport::edge::bigip
