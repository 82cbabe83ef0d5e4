// SPDX-License-Identifier: Apache-2.0
// What nginx asks for each request, and what it is told. Whose policy counts stands in nginx's file, never in what a
// client sends.
#pragma once

#include <chrono>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "operator/base/secret.hpp"
#include "operator/http/listener.hpp"
#include "reconcilers/authorizer/policy.hpp"
#include "reconcilers/authorizer/reason.hpp"

namespace sallyport::authorizer {

struct Ask {
  std::string endpoint;  ///< id, from the path "/check/<endpoint>/<key of the backend>"
  std::string backend;   ///< key
  Secret authorization;  ///< the client's whole header; empty where there is none
};

/// Nothing for a request that is not of this form.
[[nodiscard]] std::optional<Ask> read_ask(const http::Incoming& request);

/// RFC 6750 section 2.1: the token of the one header that there may be.
[[nodiscard]] std::expected<std::string_view, Reason> bearer_of(std::string_view authorization);

/// The decision on one request.
struct Decision {
  int status = 204;              ///< that the client is to see, but for 204: let in
  std::string code = "allowed";  ///< "expired", "grant_ended", ...
  std::string error;             ///< of RFC 6750; empty: none
  std::string detail;            ///< for a person; never the token
  std::optional<std::chrono::seconds> retry_after{};
  Secret authorization{};  ///< what goes upstream in place of the client's: "Bearer ..."
  token::Caller caller{};  ///< of a token whose signature was right
  [[nodiscard]] bool allowed() const { return status == 204; }
};

[[nodiscard]] Decision refuse(Reason reason, std::string detail);
[[nodiscard]] Decision refuse(const token::Refusal& refusal);

/// `auth_request` passes on 2xx, 401 and 403 alone: other statuses travel in X-Sallyport-Status of a 403, and nginx's
/// file makes them what they are. Who called and why it was refused goes along for nginx's log, which alone knows how
/// the request ended. `policy` may be null.
[[nodiscard]] http::Outgoing to_answer(const Decision& decision, const Policy* policy);

}  // namespace sallyport::authorizer
