// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/idp/token.hpp"

#include <nlohmann/json.hpp>

#include "operator/base/digest.hpp"
#include "operator/base/text.hpp"

namespace sallyport::idp {
namespace {

using Json = nlohmann::json;
using Meaning = TokenAnswer::Meaning;

/// RFC 6749 section 5.1 only recommends `expires_in`.
constexpr std::chrono::seconds kAssumedLife{60};

/// Id and secret are form-encoded before they are joined (RFC 6749 section 2.3.1).
Secret basic(const ClientLogin& login) {
  const std::string pair = percent_encode(login.client_id) + ":" + percent_encode(login.client_secret.reveal());
  return Secret("Basic " + base64_encode(pair));
}

http::Request request_for(const ClientLogin& login) {
  http::Request request;
  request.method = "POST";
  request.session = true;
  request.headers["Content-Type"] = "application/x-www-form-urlencoded";
  std::vector<std::pair<std::string, std::string>> form{{"grant_type", "client_credentials"}};
  if (!login.scope.empty()) form.emplace_back("scope", login.scope);
  if (login.auth == ClientAuth::Basic) {
    request.authorization = basic(login);
  } else {
    form.emplace_back("client_id", login.client_id);
    form.emplace_back("client_secret", login.client_secret.reveal());
  }
  request.body = form_encode(form);
  return request;
}

Result<TokenAnswer> read_token(const http::Response& response, const std::string& where) {
  const Json body = Json::parse(response.body, nullptr, false);
  const auto token = body.is_object() ? body.find("access_token") : body.end();
  if (!body.is_object() || token == body.end() || !token->is_string() || token->get<std::string>().empty()) {
    return Error{Code::Unavailable, "HTTP " + std::to_string(response.status) + " without an access token", where, {}};
  }
  TokenAnswer answer{Meaning::Issued, Secret(token->get<std::string>()), kAssumedLife, {}};
  const auto life = body.find("expires_in");
  if (life != body.end() && life->is_number_unsigned()) {
    answer.life = std::chrono::seconds(std::min<std::uint64_t>(life->get<std::uint64_t>(), 86400));
  }
  return answer;
}

}  // namespace

Result<TokenAnswer> request_token(Wire& wire, const ClientLogin& login, std::stop_token stop) {
  const http::Response response = TRY(wire.send(login.token_endpoint, request_for(login), std::move(stop)));
  const std::string where = where_of("POST", login.token_endpoint);
  if (response.ok()) return read_token(response, where);
  Error error = error_of(response, where, {login.client_secret});
  const std::string code = error_code(response);
  const bool own_words = !code.empty() && (response.status == 400 || response.status == 401 || response.status == 403);
  if (!own_words) return error;
  return TokenAnswer{code == "invalid_client" ? Meaning::InvalidClient : Meaning::Refused, {}, {}, std::move(error)};
}

}  // namespace sallyport::idp
