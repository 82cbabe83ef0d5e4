// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/nginx_agent/local.hpp"

#include "reconcilers/nginx_agent/words.hpp"

namespace sallyport::nginx_agent {

std::string listen_address(const Local& local, int port) {
  if (local.listen.empty()) return std::to_string(port);
  const std::size_t colon = local.listen.rfind(':'), bracket = local.listen.rfind(']');
  const bool has_port = colon != std::string::npos && (bracket == std::string::npos || colon > bracket);
  return has_port ? local.listen : local.listen + ":" + std::to_string(port);
}

Result<void> check(const Local& local) {
  struct Setting {
    const char* name;
    const std::string& value;
    bool path;
    bool optional = false;
  };
  for (const Setting& setting :
       {Setting{"installed", local.installed, true}, Setting{"authorizer", local.authorizer, true},
        Setting{"listen", local.listen, false, true}, Setting{"status-address", local.status_address, false},
        Setting{"access-log", local.access_log, true}, Setting{"error-log", local.error_log, false},
        Setting{"system-trust", local.system_trust, true}, Setting{"user", local.user, false, true}}) {
    if (setting.optional && setting.value.empty()) continue;
    if (const auto word = plain_word(setting.value); !word) {
      return Error{Code::InvalidSpec, word.error().message, std::string("--") + setting.name, {}};
    }
    if (setting.path && !setting.value.starts_with('/')) {
      return Error{Code::InvalidSpec, "is not an absolute path", std::string("--") + setting.name, {}};
    }
  }
  return {};
}

}  // namespace sallyport::nginx_agent
