// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/idp/wire.hpp"

#include <nlohmann/json.hpp>

#include "operator/base/text.hpp"

namespace sallyport::idp {
namespace {

using Json = nlohmann::json;

constexpr std::chrono::seconds kDeadline{15};
constexpr std::chrono::seconds kConnectTimeout{5};

/// Shorter bytes would be found in any text.
constexpr std::size_t kShortestHidden = 4;

std::string text_of(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// Three shapes: {error, error_description}, {error}, {errorMessage} (oidc.md 3.2 and Annex B); Hydra puts a sentence
/// into `error`.
std::string words_of(const http::Response& response) {
  const Json body = Json::parse(response.body, nullptr, false);
  const std::string status = "HTTP " + std::to_string(response.status);
  if (!body.is_object()) return status + (response.body.empty() ? "" : " with a body that is no JSON");
  std::vector<std::string> parts;
  for (const char* name : {"error", "error_description", "errorMessage"}) {
    if (std::string text = text_of(body, name); !text.empty()) parts.push_back(std::move(text));
  }
  return parts.empty() ? status : status + ": " + join(parts, ": ");
}

std::string without(std::string text, const std::vector<Secret>& hidden) {
  static constexpr std::string_view kInstead = "[redacted]";
  for (const Secret& secret : hidden) {
    const std::string& bytes = secret.reveal();
    if (bytes.size() < kShortestHidden) continue;
    for (std::size_t at = text.find(bytes); at != std::string::npos; at = text.find(bytes, at + kInstead.size())) {
      text.replace(at, bytes.size(), kInstead);
    }
  }
  return text;
}

Code code_of(int status) {
  switch (status) {
    case 400:
    case 422:
      return Code::InvalidSpec;
    case 401:
      return Code::Unauthorized;
    case 403:
      return Code::Refused;
    case 404:
      return Code::NotFound;
    case 409:
      return Code::Conflict;
    case 429:
      return Code::RateLimited;
    default:
      return Code::Unavailable;
  }
}

bool needs_own_words(Code code) {
  return code == Code::InvalidSpec || code == Code::NotFound || code == Code::Conflict;
}

}  // namespace

Result<http::Url> parse_endpoint(std::string_view text, std::string_view what) {
  Result<http::Url> url = http::parse_url(text);
  if (!url) return url.error().context(what);
  if (url->scheme != "https" && !url->is_loopback()) {
    return Error{Code::InvalidSpec, std::string(what) + " must be an https URL", url->without_query(), {}};
  }
  return url;
}

Wire::Wire(Connect connect, std::string ca_bundle, std::size_t body_bytes)
    : connect_(std::move(connect)), ca_bundle_(std::move(ca_bundle)), body_bytes_(body_bytes) {}

Result<http::Client*> Wire::client_for(const std::string& origin) {
  const std::lock_guard lock(mutex_);
  std::unique_ptr<http::Client>& client = clients_[origin];
  if (!client) {
    http::ClientOptions options;
    options.base_url = origin;
    options.tls.ca_bundle_pem = ca_bundle_;
    options.limits.body_bytes = body_bytes_;
    options.connect_timeout = kConnectTimeout;
    client = TRY(connect_(std::move(options)));
  }
  return client.get();
}

Result<http::Response> Wire::send(const std::string& url, http::Request request, std::stop_token stop) {
  const http::Url parsed = TRY(parse_endpoint(url, "endpoint"));
  http::Client* client = TRY(client_for(parsed.origin()));
  request.target = parsed.target;
  request.headers.emplace("Accept", "application/json");
  Result<http::Response> response = client->send(request, kDeadline, std::move(stop));
  if (response) return response;
  Error error = response.error();
  if (error.where.empty()) error.where = where_of(request.method, url);
  return error;
}

std::string where_of(std::string_view method, std::string_view url) {
  return std::string(method) + " " + std::string(url.substr(0, url.find('?')));
}

std::string error_code(const http::Response& response) {
  const Json body = Json::parse(response.body, nullptr, false);
  return body.is_object() ? text_of(body, "error") : std::string();
}

bool is_own_answer(const http::Response& response) {
  return response.body.empty() || Json::parse(response.body, nullptr, false).is_object();
}

Error error_of(const http::Response& response, std::string where, const std::vector<Secret>& hidden) {
  Error error{code_of(response.status), one_line(without(words_of(response), hidden)), std::move(where), {}};
  if (error.code == Code::Refused)
    error.message +=
        "; the connection's credentials are accepted and lack the right for this: give them the role that has it";
  if (needs_own_words(error.code) && !is_own_answer(response)) error.code = Code::Unavailable;
  if (error.code == Code::RateLimited || error.code == Code::Unavailable) error.retry_after = response.retry_after();
  return error;
}

}  // namespace sallyport::idp
