// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/data/databricks/session.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "operator/base/digest.hpp"
#include "operator/base/text.hpp"
#include "reconcilers/providers/data/databricks/answer.hpp"

namespace sallyport::data::databricks {
namespace {

constexpr std::chrono::seconds kDeadline{30};
constexpr int kAttempts = 4;

bool throttled(const http::Response& response) {
  // 8.2: a 500 may be a disguised throttle.
  return response.status == 429 ||
         (response.status == 500 && (response.body.find("REQUEST_LIMIT_EXCEEDED") != std::string::npos ||
                                     response.body.find("RPC token bucket limit") != std::string::npos));
}

bool worth_repeating(const http::Response& response) {
  return response.status == 502 || response.status == 503 || response.status == 504 || response.status == 408;
}

}  // namespace

Error error_of(const http::Response& response, std::string where) {
  const Failure failure = read_failure(response);
  Error error{Code::Unavailable,
              one_line(failure.code.empty() ? failure.message : failure.code + ": " + failure.message),
              std::move(where),
              {}};
  const auto is = [&](std::initializer_list<std::string_view> codes) {
    return std::find(codes.begin(), codes.end(), failure.code) != codes.end();
  };
  if (failure.html || (response.status >= 300 && response.status < 400)) {
    error.message = "expected JSON from the workspace, got a page or a redirect; check spec.host and private link: " +
                    error.message;
  } else if (throttled(response)) {
    error.code = Code::RateLimited;
    error.retry_after = response.retry_after();
  } else if (response.status == 401 ||
             (response.status == 403 && failure.message.find("Invalid access token") != std::string::npos)) {
    error.code = Code::Unauthorized;
  } else if (response.status == 403) {
    error.code = Code::Refused;
    error.message +=
        "; the principal of the connection's credentials lacks the right for this: to manage a serving "
        "endpoint's permissions takes CAN_MANAGE on it";
  } else if (failure.absent) {
    error.code = Code::NotFound;
  } else if (response.status == 409 || is({"RESOURCE_CONFLICT", "ABORTED", "INVALID_STATE"})) {
    error.code = Code::Conflict;
  } else if (response.status == 400 || response.status == 422) {
    error.code = Code::InvalidSpec;
  }
  return error;
}

Quota quota_of(std::string_view method, std::string_view target) {
  const bool read = method == "GET";
  if (target.starts_with("/api/2.0/permissions/")) return read ? Quota::PermissionReads : Quota::PermissionWrites;
  if (target.starts_with("/api/2.0/preview/scim/")) return Quota::Scim;
  if (target.starts_with("/api/2.0/serving-endpoints") && !read) return Quota::ServingWrites;
  return Quota::Others;
}

Session::Session(ir::DataConnection connection, std::unique_ptr<http::Client> http, Surroundings around)
    : connection_(std::move(connection)),
      http_(std::move(http)),
      around_(std::move(around)),
      limiters_{runtime::RateLimiter{{.rate = 90, .burst = 10}, around_.clock},
                runtime::RateLimiter{{.rate = 27, .burst = 3}, around_.clock},
                runtime::RateLimiter{{.rate = 4, .burst = 10}, around_.clock},
                runtime::RateLimiter{{.rate = 27, .burst = 3}, around_.clock},
                runtime::RateLimiter{{.rate = 30, .burst = 10}, around_.clock}} {}

void Session::forget_token(const Secret& refused) {
  const std::lock_guard lock(mutex_);
  if (token_ == refused) token_ = Secret();
}

Result<ir::SecretBytes> Session::credentials() {
  Result<ir::SecretBytes> secret = around_.secrets.read(connection_.credentials.ns, connection_.credentials.name);
  if (secret || secret.error().code != Code::NotFound) return secret;
  return Error{Code::Unauthorized,
               "there is no " + connection_.credentials.text() + " to sign in with; create it",
               "spec.auth.credentialsSecret",
               {}};
}

/// GET /.well-known/databricks-config names the token endpoint; it is used only if it is on the workspace's own host,
/// because the client secret goes there.
Result<std::string> Session::token_path(std::stop_token stop) {
  static constexpr std::string_view kUsual = "/oidc/v1/token";
  const Result<http::Response> config = http_->send({.target = "/.well-known/databricks-config"}, kDeadline, stop);
  if (!config) return config.error();
  if (!config->ok()) return std::string(kUsual);
  const std::string oidc = text_member(config->body, "oidc_endpoint");
  const Result<http::Url> base = http::parse_url(connection_.host);
  const Result<http::Url> url = http::parse_url(oidc);
  if (!url || !base || url->origin() != base->origin()) return std::string(kUsual);
  return (url->target == "/" ? "" : url->target) + "/v1/token";
}

Result<Secret> Session::sign_in(std::stop_token stop) {
  const ir::SecretBytes secret = TRY(credentials());
  const auto key = [&](const std::string& name) -> Result<Secret> {
    const auto found = secret.find(name);
    if (found == secret.end() || found->second.empty()) {
      return Error{Code::Unauthorized,
                   connection_.credentials.text() + " has no key '" + name + "'; add it",
                   "spec.auth.credentialsSecret",
                   {}};
    }
    return found->second;
  };
  if (connection_.auth == "PersonalAccessToken") {
    renew_at_ = around_.clock.steady() + std::chrono::hours(24);
    return Secret("Bearer " + TRY(key("token")).reveal());
  }
  const Secret id = TRY(key("client_id"));
  const Secret password = TRY(key("client_secret"));
  http::Request request{.method = "POST", .target = TRY(token_path(stop))};
  request.headers["Content-Type"] = "application/x-www-form-urlencoded";
  request.body = form_encode({{"grant_type", "client_credentials"}, {"scope", "all-apis"}});
  request.authorization =
      Secret("Basic " + base64_encode(percent_encode(id.reveal()) + ":" + percent_encode(password.reveal())));
  request.session = true;
  const http::Response response = TRY(http_->send(request, kDeadline, stop));
  const std::string where = "POST " + connection_.host + request.target;
  if (!response.ok()) {
    Error error = error_of(response, where);
    if (error.code == Code::NotFound) error.code = Code::Unavailable;  // a door is missing, and not what is behind it
    if (error.code == Code::Unauthorized || error.code == Code::InvalidSpec) {
      error.code = Code::Unauthorized;
      error.message = "the workspace does not accept the service principal's secret (" + error.message + "); renew " +
                      connection_.credentials.text();
    }
    return error;
  }
  const Token token = read_token(response.body);
  if (token.access_token.empty())
    return Error{Code::Unavailable, "the token endpoint's answer has no access_token", where, {}};
  // Early: at half its life, twenty minutes before its end at the latest (databricks.md 5.2).
  renew_at_ = around_.clock.steady() +
              std::max<std::chrono::seconds>(token.lifetime / 2, token.lifetime - std::chrono::minutes(20));
  return Secret("Bearer " + token.access_token.reveal());
}

Result<Secret> Session::authorization(std::stop_token stop) {
  const std::lock_guard lock(mutex_);  // one sign-in at a time, shared by all
  if (token_.empty() || around_.clock.steady() >= renew_at_) token_ = TRY(sign_in(stop));
  return token_;
}

Result<http::Response> Session::once(http::Request request, std::stop_token stop) {
  for (int attempt = 0; attempt < 2; ++attempt) {
    request.authorization = TRY(authorization(stop));
    runtime::RateLimiter& limiter = limiters_.at(static_cast<std::size_t>(quota_of(request.method, request.target)));
    TRY(limiter.acquire(stop));
    http::Response response = TRY(http_->send(request, kDeadline, stop));
    if (throttled(response)) {
      limiter.on_throttled(response.retry_after());
    } else {
      limiter.on_success();
    }
    if (response.ok() || attempt > 0 || error_of(response, "").code != Code::Unauthorized) return response;
    forget_token(*request.authorization);
  }
  return Error{Code::Internal, "unreachable", {}, {}};
}

Result<http::Response> Session::send(const http::Request& request, std::stop_token stop) {
  const std::string where =
      request.method + " " + connection_.host + request.target.substr(0, request.target.find('?'));
  const bool read = request.method == "GET";
  for (int attempt = 1;; ++attempt) {
    const Result<http::Response> response = once(request, stop);
    if (!response) return response.error();
    if (response->ok() && !trim(response->body).starts_with('<')) return *response;
    const bool again = throttled(*response) || (read && worth_repeating(*response));
    Error error = error_of(*response, where);
    const auto asked = error.retry_after.value_or(response->retry_after().value_or(std::chrono::seconds(1 << attempt)));
    if (!again || attempt >= kAttempts || asked > std::chrono::seconds(20)) return error;
    const auto wait = asked + std::chrono::milliseconds(static_cast<int>(around_.random.unit() * 250));
    if (!around_.clock.sleep(std::chrono::duration_cast<std::chrono::milliseconds>(wait), stop)) {
      return Error{Code::ShuttingDown, "stopped while waiting to try again", where, {}};
    }
  }
}

}  // namespace sallyport::data::databricks
