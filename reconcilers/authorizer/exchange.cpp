// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/authorizer/exchange.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "operator/base/digest.hpp"
#include "operator/base/json.hpp"
#include "operator/base/text.hpp"

namespace sallyport::authorizer {
namespace {

using Form = std::vector<std::pair<std::string, std::string>>;

http::Request form_request(const Form& form) {
  http::Request request;
  request.method = "POST";
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}, {"Accept", "application/json"}};
  request.body = form_encode(form);
  request.session = true;  // no object is changed by it
  return request;
}

std::string text_of(const nlohmann::json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

/// RFC 6749 section 5.2, in the workspace's words.
std::string words_of(const nlohmann::json& body) {
  const std::string error = text_of(body, "error"), description = text_of(body, "error_description");
  return one_line(error + (description.empty() ? "" : ": " + description), 200);
}

Decision unavailable(std::string detail) {
  return refuse(Reason::UpstreamUnavailable, std::move(detail));
}

}  // namespace

Result<Credentials> read_credentials(const Secret& object) {
  const nlohmann::json document = TRY(parse_json(object.reveal(), 4, Code::InvalidSpec));
  Credentials credentials;
  if (document.is_object()) {
    credentials.client_id = text_of(document, "client_id");
    credentials.client_secret = Secret(text_of(document, "client_secret"));
  }
  if (credentials.client_id.empty() || credentials.client_secret.empty()) {
    return Error{Code::InvalidSpec, "has no client_id and client_secret", "credentials", {}};
  }
  return credentials;
}

http::Request exchange_request(std::string_view subject_token, const publication::Upstream& upstream) {
  Form form{{"grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"},
            {"scope", "all-apis"},
            {"subject_token_type", "urn:ietf:params:oauth:token-type:jwt"},
            {"subject_token", std::string(subject_token)}};
  if (!upstream.client_id.empty()) form.emplace_back("client_id", upstream.client_id);
  return form_request(form);
}

http::Request sign_in_request(const Credentials& credentials, std::string_view authorization_details) {
  Form form{{"grant_type", "client_credentials"}, {"scope", "all-apis"}};
  if (!authorization_details.empty()) form.emplace_back("authorization_details", std::string(authorization_details));
  http::Request request = form_request(form);
  request.authorization =
      Secret("Basic " + base64_encode(credentials.client_id + ":" + credentials.client_secret.reveal()));
  return request;
}

http::Request narrowing_request(const UpstreamToken& token, std::string_view authorization_details) {
  return form_request({{"grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"},
                       {"assertion", token.token.reveal()},
                       {"authorization_details", std::string(authorization_details)}});
}

std::expected<UpstreamToken, Decision> read_token_answer(const Result<http::Response>& answer, SystemTime now) {
  if (!answer) return std::unexpected(unavailable("the workspace's token endpoint: " + answer.error().message));
  const std::string status = std::to_string(answer->status);
  const Result<nlohmann::json> body = parse_json(answer->body, 16);
  const bool object = body.has_value() && body->is_object();
  if (answer->status >= 400 && answer->status < 500 && answer->status != 408 && answer->status != 429) {
    // A page in place of an answer comes from something in between, which knows nothing of the caller.
    if (!object) return std::unexpected(unavailable("the workspace's token endpoint answered " + status));
    return std::unexpected(
        refuse(Reason::ExchangeRefused, "Databricks does not take the token: " + status + " " + words_of(*body)));
  }
  if (!answer->ok() || !object) {
    Decision decision = unavailable("the workspace's token endpoint answered " + status);
    if (const auto after = answer->retry_after())
      decision.retry_after = std::chrono::ceil<std::chrono::seconds>(*after);
    return std::unexpected(std::move(decision));
  }
  UpstreamToken token{Secret(text_of(*body, "access_token")), now + std::chrono::minutes(1)};
  const bool fits = !token.token.empty() &&
                    token.token.reveal().find_first_not_of(
                        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/=") == std::string::npos;
  if (!fits || to_lower(text_of(*body, "token_type")) != "bearer") {
    return std::unexpected(unavailable("the workspace's token endpoint gave no bearer token"));
  }
  const auto seconds = body->find("expires_in");
  if (seconds != body->end() && seconds->is_number_integer()) {
    token.expires = now + std::chrono::seconds(std::clamp<std::int64_t>(seconds->get<std::int64_t>(), 0, 86400));
  }
  return token;
}

}  // namespace sallyport::authorizer
