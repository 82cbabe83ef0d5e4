// SPDX-License-Identifier: Apache-2.0
// `sallyport authorizer`: the process beside an nginx that decides on each of its requests.
#pragma once

#include <string>
#include <vector>

namespace sallyport::program {

struct AuthorizerSettings {
  std::string installed;
  std::string trusted_keys;
  std::string socket;
  std::vector<std::string> users{};  ///< names or numbers of the users whose processes are answered
  std::string group{};               ///< name or number of the socket's group
  std::string probe_address{};       ///< "address:port" of metrics and probes; empty: none
  int threads = 2;
  std::string log_level = "info";
  std::string log_format = "json";
  bool allow_core_dumps = false;
};

/// Runs until SIGTERM or SIGINT; the exit code.
[[nodiscard]] int run_authorizer(const AuthorizerSettings& settings);

}  // namespace sallyport::program
