// SPDX-License-Identifier: Apache-2.0
// The authorizer as a process: follows what is installed on this gateway, keeps the issuers' keys fresh and answers
// nginx on a Unix socket.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "operator/base/clock.hpp"
#include "operator/base/result.hpp"
#include "operator/http/listener.hpp"
#include "reconcilers/authorizer/upstream_tokens.hpp"

namespace sallyport::authorizer {

struct ServiceOptions {
  std::string installed;     ///< directory of the agent: manifest and objects/
  std::string trusted_keys;  ///< file: JWK set of the operator's public keys
  std::string state;         ///< file of its own, which nobody else may write: what was followed last
  http::UnixSocket socket;
  int threads = 2;
  std::chrono::milliseconds look = std::chrono::milliseconds(250);  ///< how often what is installed is looked at
};

/// What it uses of the world; references outlive it.
struct ServiceSurroundings {
  Connect connect;
  const Clock& clock;
  std::function<void(const Decision&, const Policy*)> on_decision = {};
};

class Service {
 public:
  virtual ~Service() = default;
  /// Whether something is installed and still young enough to let anybody in: what a probe asks.
  [[nodiscard]] virtual Result<void> ready() const = 0;
};

/// InvalidSpec, Unavailable or Conflict where it cannot begin: no trusted keys, no socket. That nothing is installed
/// yet is no error: until then everything is refused.
[[nodiscard]] Result<std::unique_ptr<Service>> start(ServiceOptions options, ServiceSurroundings around);

}  // namespace sallyport::authorizer
