// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/nginx_agent/machine.hpp"

#include "reconcilers/nginx_agent/words.hpp"

namespace sallyport::nginx_agent {

std::string listen_address(const Machine& machine, int port) {
  if (machine.listen.empty()) return std::to_string(port);
  const std::size_t colon = machine.listen.rfind(':'), bracket = machine.listen.rfind(']');
  const bool has_port = colon != std::string::npos && (bracket == std::string::npos || colon > bracket);
  return has_port ? machine.listen : machine.listen + ":" + std::to_string(port);
}

Result<void> check(const Machine& machine) {
  struct Setting {
    const char* name;
    const std::string& value;
    bool path;
    bool optional = false;
  };
  for (const Setting& setting :
       {Setting{"installed", machine.installed, true}, Setting{"authorizer", machine.authorizer, true},
        Setting{"listen", machine.listen, false, true}, Setting{"status-address", machine.status_address, false},
        Setting{"access-log", machine.access_log, true}, Setting{"error-log", machine.error_log, false},
        Setting{"system-trust", machine.system_trust, true}, Setting{"nginx-user", machine.user, false, true}}) {
    if (setting.optional && setting.value.empty()) continue;
    if (const auto word = plain_word(setting.value); !word) {
      return Error{Code::InvalidSpec, word.error().message, setting.name, {}};
    }
    if (setting.path && !setting.value.starts_with('/')) {
      return Error{Code::InvalidSpec, "is not an absolute path", setting.name, {}};
    }
  }
  return {};
}

}  // namespace sallyport::nginx_agent
