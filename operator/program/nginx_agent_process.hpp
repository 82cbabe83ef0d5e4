// SPDX-License-Identifier: Apache-2.0
// `sallyport nginx-agent`: the process beside an nginx that installs on it what the operator publishes.
#pragma once

#include <string>

#include "operator/program/start.hpp"
#include "reconcilers/nginx_agent/machine.hpp"

namespace sallyport::program {

struct NginxAgentSettings {
  std::string source;        ///< directory of the publication, or https URL of the gateway at the operator
  std::string trusted_keys;  ///< file: JWK set
  std::string enrol_token;   ///< file: a service account's token; with https
  std::string operator_ca;   ///< file: PEM; with https
  std::string nginx = "nginx";
  std::string reports;  ///< directory that the operator reads reports from; empty: none
  std::string name;     ///< of this agent among those of its gateway, where it reads a directory
  nginx_agent::Machine machine{};
  ProcessSettings process{};
};

/// Runs until SIGTERM or SIGINT; the exit code.
[[nodiscard]] int run_nginx_agent(const NginxAgentSettings& settings);

}  // namespace sallyport::program
