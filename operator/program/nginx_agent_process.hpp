// SPDX-License-Identifier: Apache-2.0
// `sallyport nginx-agent`: the process beside an nginx that installs on it what the operator publishes.
#pragma once

#include <chrono>
#include <iosfwd>
#include <string>

#include "reconcilers/nginx_agent/local.hpp"

namespace sallyport::program {

struct NginxAgentSettings {
  std::string source;        ///< directory of the publication
  std::string trusted_keys;  ///< file: JWK set
  std::string nginx = "nginx";
  nginx_agent::Local local{};
  std::chrono::milliseconds interval = std::chrono::milliseconds(500);
  bool once = false;  ///< one look, the report on `out`, and the end
  std::string log_level = "info";
  std::string log_format = "json";
  bool allow_core_dumps = false;
};

/// Runs until SIGTERM or SIGINT; the exit code. With `once`: 1 when something is not as published.
[[nodiscard]] int run_nginx_agent(const NginxAgentSettings& settings, std::ostream& out);

}  // namespace sallyport::program
