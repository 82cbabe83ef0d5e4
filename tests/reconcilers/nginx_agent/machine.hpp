// SPDX-License-Identifier: Apache-2.0
// A machine's settings for tests.
#pragma once

#include "reconcilers/nginx_agent/local.hpp"

namespace sallyport::nginx_agent {

inline Local sample_local(const std::string& installed = "/var/lib/sallyport") {
  Local local;
  local.installed = installed;
  local.authorizer = "/run/sallyport/authorizer.sock";
  return local;
}

}  // namespace sallyport::nginx_agent
