// SPDX-License-Identifier: Apache-2.0
// What the machine knows and the operator does not: where files lie, which addresses names have, on what nginx listens.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "operator/base/result.hpp"

namespace sallyport::nginx_agent {

struct Machine {
  std::string installed;   ///< absolute; objects/ and current/ in it
  std::string authorizer;  ///< absolute path of the authorizer's socket
  std::string listen{};    ///< "address" or "address:port" in place of every address and an endpoint's own port
  std::string status_address = "127.0.0.1:8081";  ///< on which the running generation is told; loopback
  std::string access_log = "/dev/stdout";
  std::string error_log = "stderr";
  std::string system_trust = "/etc/ssl/certs/ca-certificates.crt";  ///< PEM; for backends without trust of their own
  /// "user" or "user:group" of the workers, when nginx is started as root; empty: as it is compiled.
  std::string user{};
};

/// What follows nginx's `listen` for this port.
[[nodiscard]] std::string listen_address(const Machine& machine, int port);

/// InvalidSpec, naming the setting, for a value that may not stand in nginx's file.
[[nodiscard]] Result<void> check(const Machine& machine);

/// Addresses by host name: IPv4 literals and IPv6 ones without brackets. Sorted, so that the same answer of a name
/// server is the same file.
using Addresses = std::map<std::string, std::vector<std::string>>;

}  // namespace sallyport::nginx_agent
