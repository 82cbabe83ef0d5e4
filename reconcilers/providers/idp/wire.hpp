// SPDX-License-Identifier: Apache-2.0
// How this family talks to identity providers: which URLs it may talk to, one client per origin, and what error answers
// mean. Providers differ in the shape of their errors, never in what a controller may do about them.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "operator/http/client.hpp"

namespace sallyport::idp {

/// An https URL, or an http one on this machine. InvalidSpec otherwise, naming `what` it is ("spec.issuer").
[[nodiscard]] Result<http::Url> parse_endpoint(std::string_view text, std::string_view what);

using Connect = std::function<Result<std::unique_ptr<http::Client>>(http::ClientOptions)>;

/// Connections to the origins of one provider, made when first needed. Thread-safe.
class Wire {
 public:
  Wire(Connect connect, std::string ca_bundle, std::size_t body_bytes);

  /// Sends to an absolute URL. Every status is a Response; an Error names method and URL (without its query).
  [[nodiscard]] Result<http::Response> send(const std::string& url, http::Request request, std::stop_token stop);

 private:
  [[nodiscard]] Result<http::Client*> client_for(const std::string& origin);

  Connect connect_;
  std::string ca_bundle_;
  std::size_t body_bytes_;
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<http::Client>> clients_;
};

/// "GET https://host/path", without the query.
[[nodiscard]] std::string where_of(std::string_view method, std::string_view url);

/// `error` of a JSON error body (RFC 6749 section 5.2, RFC 7591 section 3.2.2, Keycloak); empty for any other body,
/// such as a proxy's page: then somebody else than the provider has answered.
[[nodiscard]] std::string error_code(const http::Response& response);

/// Whether the provider itself may have answered: the body is empty or a JSON object. A page is a proxy's.
[[nodiscard]] bool is_own_answer(const http::Response& response);

/// What a status that is no success means: 400 InvalidSpec, 401 Unauthorized, 403 Refused, 404 NotFound, 409 Conflict,
/// 429 RateLimited, the rest (redirects and nonsense too) Unavailable. A body that is no JSON makes 400, 404 and 409
/// Unavailable: a proxy spoke, and it does not know. Words of the provider are kept, but for the bytes of `hidden`.
[[nodiscard]] Error error_of(const http::Response& response, std::string where, const std::vector<Secret>& hidden);

}  // namespace sallyport::idp
