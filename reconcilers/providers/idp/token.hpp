// SPDX-License-Identifier: Apache-2.0
// Asking a token endpoint for a token with a client's own credentials: how the operator signs in, and how it is found
// out whether a client is still alive.
#pragma once

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>

#include "reconcilers/providers/idp/wire.hpp"

namespace sallyport::idp {

/// RFC 7591 section 2, `token_endpoint_auth_method`.
enum class ClientAuth { Basic, Post };

struct ClientLogin {
  std::string token_endpoint;
  std::string client_id;
  Secret client_secret;
  ClientAuth auth = ClientAuth::Basic;
  std::string scope{};  ///< empty: what the client has by default
};

struct TokenAnswer {
  enum class Meaning {
    Issued,         ///< the client is there, and its secret is right
    InvalidClient,  ///< `invalid_client`: no such client, not enabled, or not its secret (RFC 6749 section 5.2)
    Refused,        ///< any other `error`: the client may be there
  };
  Meaning meaning = Meaning::Refused;
  Secret access_token{};
  std::chrono::seconds life{0};
  std::optional<Error> error{};  ///< but for Issued
};

/// POST {token_endpoint} grant_type=client_credentials (RFC 6749 section 4.4.2). An Error when the endpoint gave no
/// answer in its own words: unreachable, 429, 5xx, a page of a proxy.
[[nodiscard]] Result<TokenAnswer> request_token(Wire& wire, const ClientLogin& login, std::stop_token stop);

}  // namespace sallyport::idp
