// SPDX-License-Identifier: Apache-2.0
// `sallyport authorizer`: the process beside an nginx that decides on each of its requests.
#pragma once

#include <string>
#include <vector>

#include "operator/program/start.hpp"

namespace sallyport::program {

struct AuthorizerSettings {
  std::string installed;
  std::string trusted_keys;
  std::string socket;
  std::vector<std::string> users{};  ///< names or numbers of the users whose processes are answered
  std::string group{};               ///< name or number of the socket's group
  std::string probe_address{};       ///< "address:port" of metrics and probes; empty: none
  std::string state;                 ///< file of its own
  int threads = 2;
  ProcessSettings process{};
};

/// Runs until SIGTERM or SIGINT; the exit code.
[[nodiscard]] int run_authorizer(const AuthorizerSettings& settings);

}  // namespace sallyport::program
