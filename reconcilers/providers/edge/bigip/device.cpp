// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/edge/bigip/device.hpp"

#include <nlohmann/json.hpp>

#include "operator/base/digest.hpp"
#include "reconcilers/providers/edge/bigip/answer.hpp"

namespace sallyport::edge::bigip {
namespace {

constexpr std::chrono::seconds kLoginDeadline{20};
constexpr std::chrono::seconds kDefaultLife{1200};
/// With too many live tokens: the oldest end within their default life, then a token is tried again.
constexpr std::chrono::seconds kTokenPause{1200};
constexpr std::chrono::seconds kRefusedPause{60};
constexpr const char* kTokenHeader = "X-F5-Auth-Token";

struct Token {
  Secret text;
  std::chrono::seconds life;
};

Result<Token> read_token(const http::Response& response) {
  const nlohmann::json body = nlohmann::json::parse(response.body, nullptr, false);
  const nlohmann::json token = body.is_object() ? body.value("token", nlohmann::json()) : nlohmann::json();
  if (!token.is_object() || !token.contains("token") || !token["token"].is_string()) {
    return Error{Code::Unavailable, "the sign-in's answer holds no token", {}, {}};
  }
  const auto timeout = token.find("timeout");
  const bool given = timeout != token.end() && timeout->is_number_integer() && timeout->get<int>() > 0;
  return Token{Secret(token["token"].get<std::string>()),
               given ? std::chrono::seconds(timeout->get<int>()) : kDefaultLife};
}

std::string text_of(const ir::SecretBytes& bytes, const char* key) {
  const auto found = bytes.find(key);
  return found == bytes.end() ? std::string() : found->second.reveal();
}

}  // namespace

Device::Device(std::string origin, std::unique_ptr<http::Client> client, Access access)
    : origin_(std::move(origin)), client_(std::move(client)), access_(std::move(access)) {}

std::string Device::where(const http::Request& request) const {
  return request.method + " " + origin_ + request.target.substr(0, request.target.find('?'));
}

Result<http::Response> Device::send(http::Request request, std::chrono::milliseconds deadline, std::stop_token stop) {
  const bool signed_in = !token_.empty() || !basic_.empty();
  if (!signed_in || access_.clock.steady() >= renew_at_) TRY(sign_in(deadline, stop));
  http::Response response = TRY(send_once(request, deadline, stop));
  if (response.status != 401) return response;
  token_ = Secret();
  TRY(sign_in(deadline, stop));
  response = TRY(send_once(request, deadline, stop));
  if (response.status != 401) return response;
  Error error = error_of(response, where(request));
  error.message = "the gateway does not accept a fresh sign-in (" + error.message + ")" + renew();
  return error;
}

std::string Device::renew() const {
  return "; renew " + access_.credentials.text();
}

Result<http::Response> Device::get(const std::string& target, std::chrono::milliseconds deadline,
                                   std::stop_token stop) {
  http::Request request{"GET", target};
  const std::string from = where(request);
  http::Response response = TRY(send(std::move(request), deadline, stop));
  if (!response.ok()) return error_of(response, from);
  return response;
}

Result<http::Response> Device::send_once(http::Request& request, std::chrono::milliseconds deadline,
                                         std::stop_token stop) {
  request.headers.erase(kTokenHeader);
  request.authorization.reset();
  if (!token_.empty()) {
    request.headers[kTokenHeader] = token_.reveal();
  } else {
    request.authorization = basic_;
  }
  if (!request.body.empty()) request.headers["Content-Type"] = "application/json";
  Result<http::Response> answer = client_->send(request, deadline, stop);
  if (!answer && answer.error().where.empty()) {
    Error error = answer.error();
    error.where = where(request);
    return error;
  }
  return answer;
}

Result<http::Response> Device::login(std::chrono::milliseconds deadline, std::stop_token stop) {
  const ir::SecretBytes bytes = TRY(access_.secrets.read(access_.credentials.ns, access_.credentials.name));
  const std::string user = text_of(bytes, "username");
  const std::string password = text_of(bytes, "password");
  if (user.empty() || password.empty()) {
    return Error{Code::InvalidSpec,
                 access_.credentials.text() + " needs the keys username and password",
                 "spec.bigip.credentialsSecret",
                 {}};
  }
  basic_ = Secret("Basic " + base64_encode(user + ":" + password));
  http::Request request{"POST", "/mgmt/shared/authn/login"};
  const nlohmann::json body = {{"username", user}, {"password", password}, {"loginProviderName", "tmos"}};
  request.body = body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  request.headers["Content-Type"] = "application/json";
  request.delivery = http::Delivery::OnceAlone;  // each one makes a token, and a user may have a hundred
  request.session = true;
  return client_->send(request, std::min<std::chrono::milliseconds>(deadline, kLoginDeadline), stop);
}

Result<void> Device::sign_in(std::chrono::milliseconds deadline, std::stop_token stop) {
  if (refused_ && access_.clock.steady() < refused_until_) return *refused_;
  refused_.reset();
  const Secret old = token_;
  token_ = Secret();
  const std::string from = "POST " + origin_ + "/mgmt/shared/authn/login";
  Result<http::Response> answer = login(deadline, stop);
  if (!answer || !answer->ok()) {
    const bool capped =
        answer && answer->status == 400 && words_of(*answer).find("maximum active login tokens") != std::string::npos;
    if (capped) {
      renew_at_ = access_.clock.steady() + kTokenPause;
      note_ = origin_ + ": " + words_of(*answer) + "; the password goes with every request until one of them ends";
      return {};
    }
    basic_ = Secret();
    Error error = answer ? error_of(*answer, from) : answer.error();
    if (error.where.empty()) error.where = from;
    if (answer && answer->status == 401) {
      error.message = "the gateway does not accept the password (" + error.message + ")" + renew();
    } else {
      error = error.context("sign in");
    }
    if (answer && (answer->status == 401 || answer->status == 403)) {
      refused_ = error;
      refused_until_ = access_.clock.steady() + kRefusedPause;
    }
    return error;
  }
  basic_ = Secret();
  note_.reset();
  const Token token = TRY(read_token(*answer));
  token_ = token.text;
  renew_at_ = access_.clock.steady() + token.life * 3 / 4;
  if (!old.empty()) revoke(old, stop);  // a renewal leaves one live token, not two
  return {};
}

void Device::revoke(const Secret& token, std::stop_token stop) {
  http::Request request{"DELETE", "/mgmt/shared/authz/tokens/" + token.reveal()};
  request.headers[kTokenHeader] = token_.empty() ? token.reveal() : token_.reveal();
  request.session = true;
  (void)client_->send(request, kLoginDeadline, stop);
}

void Device::sign_out(std::stop_token stop) {
  if (!token_.empty()) revoke(token_, stop);
  token_ = Secret();
  basic_ = Secret();
}

}  // namespace sallyport::edge::bigip
