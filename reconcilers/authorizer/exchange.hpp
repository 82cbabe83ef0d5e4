// SPDX-License-Identifier: Apache-2.0
// The token that goes upstream: one of the workspace, for the same person (RFC 8693) or for the one principal that
// stands for all (RFC 6749 section 4.4).
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "operator/base/clock.hpp"
#include "operator/base/secret.hpp"
#include "operator/http/client.hpp"
#include "reconcilers/authorizer/ask.hpp"
#include "reconcilers/publication/endpoint.hpp"

namespace sallyport::authorizer {

struct Credentials {
  std::string client_id;
  Secret client_secret;
};
/// InvalidSpec for an object that is no JSON with client_id and client_secret.
[[nodiscard]] Result<Credentials> read_credentials(const Secret& object);

/// Bytes of the longest token of a workspace: nginx's buffer for our answer is 32 KiB (nginx_agent/BEHAVIOUR.md).
inline constexpr std::size_t kMaxUpstreamTokenSize = 30000;

struct UpstreamToken {
  Secret token;
  SystemTime expires;
};

/// Requests without their target, which is the token endpoint's. POST form of RFC 8693 to the workspace's token
/// endpoint: subject_token, scope all-apis, client_id where the policy is a service principal's (databricks.md 5.4).
[[nodiscard]] http::Request exchange_request(std::string_view subject_token, const publication::Upstream& upstream);
/// POST grant_type=client_credentials with Basic authorization (databricks.md 5.2). A route-optimised endpoint names
/// what the token is for (databricks.md 1.3).
[[nodiscard]] http::Request sign_in_request(const Credentials& credentials, std::string_view authorization_details);
/// POST grant_type=jwt-bearer: a workspace token for one route-optimised endpoint (databricks.md 1.3).
[[nodiscard]] http::Request narrowing_request(const UpstreamToken& token, std::string_view authorization_details);

/// The token, or the refusal: ExchangeRefused with the workspace's words where it says no, UpstreamUnavailable where it
/// says nothing that makes sense. Never longer than its `expires_in`, or a minute where it says none.
[[nodiscard]] std::expected<UpstreamToken, Decision> read_token_answer(const Result<http::Response>& answer,
                                                                       SystemTime now);

}  // namespace sallyport::authorizer
