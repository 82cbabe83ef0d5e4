// SPDX-License-Identifier: Apache-2.0
#include "operator/program/probe_listener.hpp"

#include <charconv>

namespace sallyport::program {
namespace {

/// A probe has no body. One is read before its request is refused, and may be sent on every connection at once.
constexpr std::size_t kMostBody = 1024;
/// A kubelet and a few Prometheus servers, with room for those whose last connection has not timed out yet.
constexpr int kMostConnections = 32;

}  // namespace

Result<http::ListenerOptions> listen_at(const std::string& address, const std::string& flag) {
  const std::size_t colon = address.rfind(':');
  const std::string_view digits = colon == std::string::npos ? "" : std::string_view(address).substr(colon + 1);
  std::uint16_t port = 0;
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (digits.empty() || failed != std::errc{} || end != digits.data() + digits.size())
    return Error{Code::InvalidSpec, "is not address:port: '" + address + "'", flag, {}};
  http::ListenerOptions options;
  options.address = address.substr(0, colon);
  options.port = port;
  return options;
}

Result<http::ListenerOptions> probe_listener(const std::string& address) {
  http::ListenerOptions options = TRY(listen_at(address, "--listen"));
  options.max_body_bytes = kMostBody;
  options.max_connections = kMostConnections;
  return options;
}

}  // namespace sallyport::program
