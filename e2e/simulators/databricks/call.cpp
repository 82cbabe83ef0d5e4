// SPDX-License-Identifier: Apache-2.0
#include "e2e/simulators/databricks/call.hpp"

#include <algorithm>

#include "operator/base/digest.hpp"
#include "operator/base/text.hpp"

namespace sallyport::simulators::databricks {

namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string header_of(const http::Incoming& request, std::string_view name) {
  const auto found = request.headers.find(name);
  return found == request.headers.end() ? std::string() : found->second;
}

}  // namespace

bool Call::under(std::initializer_list<std::string_view> prefix) const {
  return segments.size() >= prefix.size() && std::equal(prefix.begin(), prefix.end(), segments.begin());
}

std::string percent_decode(std::string_view text, Plus plus) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0) {
      out += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
      i += 2;
    } else if (text[i] == '+' && plus == Plus::Space) {
      out += ' ';
    } else {
      out += text[i];
    }
  }
  return out;
}

std::map<std::string, std::string> parse_form(std::string_view text) {
  std::map<std::string, std::string> out;
  for (const auto& pair : split(text, '&')) {
    if (pair.empty()) continue;
    const auto equals = pair.find('=');
    const std::string name = pair.substr(0, equals);
    const std::string value = equals == std::string::npos ? "" : pair.substr(equals + 1);
    out[percent_decode(name, Plus::Space)] = percent_decode(value, Plus::Space);
  }
  return out;
}

Call read_call(const http::Incoming& request) {
  Call call;
  const auto question = request.target.find('?');
  call.method = request.method;
  call.path = request.target.substr(0, question);
  if (question != std::string::npos) call.query = parse_form(std::string_view(request.target).substr(question + 1));
  for (const auto& segment : split(std::string_view(call.path).substr(call.path.starts_with('/') ? 1 : 0), '/'))
    call.segments.push_back(percent_decode(segment, Plus::Literal));
  call.host = header_of(request, "Host");
  // "application/json; charset=utf-8" is application/json.
  call.content_type = to_lower(trim(split(header_of(request, "Content-Type"), ';').front()));
  call.authorization = header_of(request, "Authorization");
  call.body = request.body;
  call.peer = request.peer.substr(0, request.peer.rfind(':'));
  call.request_id = uuid_v4();
  return call;
}

Reply malformed(std::string_view message) {
  return api_error(400, "MALFORMED_REQUEST", message);
}

std::optional<Reply> unknown_member(const Json& object, std::initializer_list<std::string_view> members) {
  for (const auto& [name, value] : object.items())
    if (std::find(members.begin(), members.end(), name) == members.end())
      return malformed("Could not parse request object: Unrecognized field \"" + name + "\"");
  return std::nullopt;
}

std::expected<Json, Reply> read_object(const Call& call, std::initializer_list<std::string_view> members) {
  const bool json = call.content_type == "application/json" || call.content_type == "application/scim+json";
  if (!json) return std::unexpected(malformed("Unsupported content type: " + call.content_type));
  const auto parsed = parse_json(call.body);
  if (!parsed) return std::unexpected(malformed("Could not parse request object: not a JSON text"));
  if (!parsed->is_object())
    return std::unexpected(malformed("Could not parse request object: Expected 'START_OBJECT'"));
  if (auto unknown = unknown_member(*parsed, members)) return std::unexpected(std::move(*unknown));
  return *parsed;
}

}  // namespace sallyport::simulators::databricks
