// SPDX-License-Identifier: Apache-2.0
// The nginx beside the agent.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "operator/base/result.hpp"

namespace sallyport::nginx_agent {

class Nginx {
 public:
  virtual ~Nginx() = default;

  struct Judgement {
    bool good = false;
    std::string said;  ///< nginx's words, of which only the first complaint is told
  };
  /// `nginx -t` with this main file: changes nothing that runs. An Error when nginx could not be run at all.
  [[nodiscard]] virtual Result<Judgement> test(const std::string& main_file) = 0;

  /// Tells it to read its files again (SIGHUP). NotFound when it does not run: it will read them when it starts.
  [[nodiscard]] virtual Result<void> reload() = 0;

  /// The generation that answers new connections. NotFound when nobody answers.
  [[nodiscard]] virtual Result<std::string> running() = 0;
};

struct NginxOptions {
  std::string program = "nginx";
  std::string pid_file;
  std::string status_address;  ///< "127.0.0.1:8081"
  /// For one test: 1,000 endpoints take 4 s, with a long list of certificates each half a minute.
  std::chrono::milliseconds patience = std::chrono::minutes(2);
};
[[nodiscard]] std::unique_ptr<Nginx> make_nginx(NginxOptions options);

}  // namespace sallyport::nginx_agent
