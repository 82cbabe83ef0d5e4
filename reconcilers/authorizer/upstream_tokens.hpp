// SPDX-License-Identifier: Apache-2.0
// Gets the tokens that go upstream from the workspaces, over HTTP.
#pragma once

#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "operator/base/clock.hpp"
#include "operator/http/client.hpp"
#include "reconcilers/authorizer/exchange.hpp"
#include "reconcilers/authorizer/policy.hpp"
#include "reconcilers/publication/objects.hpp"

namespace sallyport::authorizer {

/// Makes the client of an origin that trusts these certificates (PEM; empty: the system's).
using Connect =
    std::function<Result<std::unique_ptr<http::Client>>(const std::string& origin, const std::string& trust)>;

/// Thread-safe. Blocks while it asks; several may ask at once.
class UpstreamTokens {
 public:
  UpstreamTokens(Connect connect, const publication::Objects& objects, const Clock& clock)
      : connect_(std::move(connect)), objects_(objects), clock_(clock) {}

  /// One that nobody has to be asked for: the policy's principal is signed in, and will be for a while.
  [[nodiscard]] std::optional<UpstreamToken> ready(const Policy& policy, const Exchange& exchange);

  /// For a caller's token (TokenExchange), or for the policy's principal, whose token is kept until shortly before its
  /// end (ServicePrincipal). Within `until`, all requests together.
  [[nodiscard]] std::expected<UpstreamToken, Decision> get(const Policy& policy, const Exchange& exchange,
                                                           const Secret& token, SteadyTime until,
                                                           const std::stop_token& stop);

 private:
  using Answered = std::expected<UpstreamToken, Decision>;
  struct Limits {
    SteadyTime until;
    const std::stop_token& stop;
  };
  Answered exchange_token(const Policy& policy, const Exchange& exchange, const Secret& token, Limits limits);
  Answered sign_in(const Policy& policy, const Exchange& exchange, Limits limits);
  Answered send(http::Request request, const Exchange& exchange, Limits limits);
  Result<std::shared_ptr<http::Client>> client_of(const std::string& origin, const std::string& trust);

  const Connect connect_;
  const publication::Objects& objects_;
  const Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<http::Client>> clients_;  // by origin and trust
  std::map<std::string, UpstreamToken> principals_;               // by credentials, token endpoint and details
};

}  // namespace sallyport::authorizer
