// SPDX-License-Identifier: Apache-2.0
#include "operator/kube/status.hpp"

#include <nlohmann/json.hpp>

#include "operator/base/text.hpp"

namespace sallyport::kube {
namespace {

using nlohmann::json;

// Deep enough for any Status; parsing a hostile proxy's answer must not cost the stack later on.
constexpr int kStatusDepth = 8;

json parse_status(std::string_view body) {
  const auto shallow = [](int depth, json::parse_event_t, json&) { return depth <= kStatusDepth; };
  json status = json::parse(body, shallow, /*allow_exceptions=*/false);
  if (!status.is_object() || status.value("kind", json()) != "Status") return json::object();
  return status;
}

std::string text(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

const json& details_of(const json& status) {
  static const json none = json::object();
  const auto found = status.find("details");
  return found != status.end() && found->is_object() ? *found : none;
}

struct Causes {
  std::string text;         ///< "spec.host: Invalid value; spec.tls: Required value"
  std::string first_field;  ///< when there is exactly one
  bool namespace_terminating = false;
  bool other_uid = false;
};

Causes causes_of(const json& status) {
  Causes causes;
  const json& details = details_of(status);
  const auto list = details.find("causes");
  if (list == details.end() || !list->is_array()) return causes;
  for (const json& cause : *list) {
    if (!cause.is_object()) continue;
    const std::string field = text(cause, "field");
    const std::string message = text(cause, "message");
    if (text(cause, "reason") == "NamespaceTerminating") causes.namespace_terminating = true;
    if (field == "metadata.uid") causes.other_uid = true;
    causes.text += (causes.text.empty() ? "" : "; ") + (field.empty() ? message : field + ": " + message);
    if (list->size() == 1) causes.first_field = field;
  }
  return causes;
}

Code code_of(int status, bool from_api_server) {
  switch (status) {
    case 401:
      return Code::Unauthorized;
    case 403:
      return Code::Refused;
    case 404:
      return from_api_server ? Code::NotFound : Code::Unavailable;
    case 409:
      return Code::Conflict;
    case 413:
    case 422:
      return Code::InvalidSpec;
    case 429:
      return Code::RateLimited;
    case 410:
      return Code::Unavailable;
    default:
      return status >= 400 && status < 500 ? Code::Internal : Code::Unavailable;
  }
}

std::string message_of(const http::Response& response, const json& status, const Causes& causes) {
  if (response.status == 422 && !causes.text.empty()) return one_line(causes.text);
  if (const std::string message = text(status, "message"); !message.empty()) return one_line(message);
  if (response.status == 404) return "the API server does not know this path: is the CRD installed?";
  const std::string body = one_line(response.body, 200);
  return "HTTP " + std::to_string(response.status) + (body.empty() ? "" : ": " + body);
}

}  // namespace

Error error_of(const http::Response& response, std::string_view doing, std::string_view where) {
  const json status = parse_status(response.body);
  const Causes causes = causes_of(status);
  Error error;
  error.code = code_of(response.status, !status.empty());
  // How the API server says of a custom resource that it is another life of that name (of its own kinds it says 409).
  if (response.status == 422 && causes.other_uid) error.code = Code::Conflict;
  error.message = std::string(doing) + ": " + message_of(response, status, causes);
  error.where = where;
  if (response.status == 422 && !causes.first_field.empty()) error.where = causes.first_field;
  error.retry_after = response.retry_after();
  const auto& details = details_of(status);
  if (const auto seconds = details.find("retryAfterSeconds");
      !error.retry_after && seconds != details.end() && seconds->is_number_unsigned()) {
    error.retry_after = std::chrono::seconds(std::min<std::uint64_t>(seconds->get<std::uint64_t>(), 300));
  }
  if (response.status == 403 && causes.namespace_terminating) error.retry_after = std::chrono::minutes(1);
  return error;
}

int status_code(std::string_view status_json) {
  const json status = parse_status(status_json);
  const auto code = status.find("code");
  return code != status.end() && code->is_number_integer() ? code->get<int>() : 0;
}

std::string status_message(std::string_view status_json) {
  return one_line(text(parse_status(status_json), "message"));
}

}  // namespace sallyport::kube
