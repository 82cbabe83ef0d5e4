// SPDX-License-Identifier: Apache-2.0
// A machine's settings for tests.
#pragma once

#include "reconcilers/nginx_agent/machine.hpp"

namespace sallyport::nginx_agent {

inline Machine sample_machine(const std::string& installed = "/var/lib/sallyport") {
  Machine machine;
  machine.installed = installed;
  machine.authorizer = "/run/sallyport/authorizer.sock";
  return machine;
}

}  // namespace sallyport::nginx_agent
