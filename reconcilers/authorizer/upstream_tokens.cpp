// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/authorizer/upstream_tokens.hpp"

#include <algorithm>

namespace sallyport::authorizer {
namespace {

/// What is left of a principal's token when it is asked for again.
constexpr std::chrono::minutes kSpare{5};

std::string principal_key(const Policy& policy, const Exchange& exchange) {
  return policy.upstream.credentials + " " + exchange.token_endpoint + " " + exchange.authorization_details;
}

std::unexpected<Decision> cannot(const Error& error) {
  return std::unexpected(refuse(Reason::UpstreamUnavailable, error.text()));
}

}  // namespace

Result<std::shared_ptr<http::Client>> UpstreamTokens::client_of(const std::string& origin, const std::string& trust) {
  const std::string key = origin + " " + trust;
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = clients_.find(key); found != clients_.end()) return found->second;
  }
  const std::string pem = trust.empty() ? std::string{} : TRY(objects_.read(trust)).reveal();
  std::shared_ptr<http::Client> client = TRY(connect_(origin, pem));
  const std::lock_guard lock(mutex_);
  return clients_.try_emplace(key, std::move(client)).first->second;
}

UpstreamTokens::Answered UpstreamTokens::send(http::Request request, const Exchange& exchange, Limits limits) {
  const Result<http::Url> url = http::parse_url(exchange.token_endpoint);
  if (!url) return cannot(url.error());
  const auto client = client_of(url->origin(), exchange.trust);
  if (!client) return cannot(client.error());
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(limits.until - clock_.steady());
  if (left.count() <= 0)
    return std::unexpected(refuse(Reason::UpstreamUnavailable, "no time is left to ask the workspace"));
  request.target = url->target;
  const auto answer = (*client)->send(request, left, limits.stop);
  return read_token_answer(answer, clock_.now());
}

UpstreamTokens::Answered UpstreamTokens::exchange_token(const Policy& policy, const Exchange& exchange,
                                                        const Secret& token, Limits limits) {
  Answered first = send(exchange_request(token.reveal(), policy.upstream), exchange, limits);
  if (!first || exchange.authorization_details.empty()) return first;
  Answered narrowed = send(narrowing_request(*first, exchange.authorization_details), exchange, limits);
  if (narrowed) narrowed->expires = std::min(narrowed->expires, first->expires);
  return narrowed;
}

std::optional<UpstreamToken> UpstreamTokens::ready(const Policy& policy, const Exchange& exchange) {
  if (policy.upstream.type != publication::UpstreamType::ServicePrincipal) return std::nullopt;
  const std::lock_guard lock(mutex_);
  const auto found = principals_.find(principal_key(policy, exchange));
  if (found == principals_.end() || clock_.now() >= found->second.expires - kSpare) return std::nullopt;
  return found->second;
}

UpstreamTokens::Answered UpstreamTokens::sign_in(const Policy& policy, const Exchange& exchange, Limits limits) {
  if (auto token = ready(policy, exchange)) return *std::move(token);
  const auto object = objects_.read(policy.upstream.credentials);
  if (!object) return cannot(object.error());
  const auto credentials = read_credentials(*object);
  if (!credentials) return cannot(credentials.error());
  Answered token = send(sign_in_request(*credentials, exchange.authorization_details), exchange, limits);
  // That our own principal is not taken is no fault of the caller's.
  if (!token) return std::unexpected(refuse(Reason::UpstreamUnavailable, token.error().detail));
  const std::lock_guard lock(mutex_);
  principals_[principal_key(policy, exchange)] = *token;
  return token;
}

UpstreamTokens::Answered UpstreamTokens::get(const Policy& policy, const Exchange& exchange, const Secret& token,
                                             SteadyTime until, const std::stop_token& stop) {
  if (policy.upstream.type == publication::UpstreamType::ServicePrincipal)
    return sign_in(policy, exchange, {until, stop});
  return exchange_token(policy, exchange, token, {until, stop});
}

}  // namespace sallyport::authorizer
