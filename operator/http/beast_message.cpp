// SPDX-License-Identifier: Apache-2.0
#include "operator/http/beast_message.hpp"

#include <algorithm>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/field.hpp>

namespace sallyport::http {

namespace wire = boost::beast::http;

Outgoing plain_answer(int status, std::string_view text) {
  Outgoing answer;
  answer.status = status;
  answer.body = std::string(text) + "\n";
  answer.content_type = "text/plain; charset=utf-8";
  return answer;
}

Incoming to_incoming(BeastRequest&& message, std::string peer) {
  Incoming request;
  request.method = std::string(message.method_string());
  request.target = std::string(message.target());
  for (const auto& field : message) {
    const std::string name(field.name_string());
    const std::string value(field.value());
    const auto [at, fresh] = request.headers.try_emplace(name, value);
    if (!fresh) at->second += ", " + value;
  }
  request.body = std::move(message.body());
  request.peer = std::move(peer);
  return request;
}

namespace {
bool fits_in_a_header(std::string_view text) {
  // Not find_first_of, which looks each character up: the authorizer's headers hold tokens.
  return std::ranges::none_of(text, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}
}  // namespace

BeastResponse to_message(Outgoing&& answer, unsigned version) {
  BeastResponse message;
  message.version(version);
  message.result(static_cast<unsigned>(answer.status));
  for (const auto& [name, value] : answer.headers) {
    // A line break would let a value write headers of its own.
    if (!name.empty() && fits_in_a_header(name) && fits_in_a_header(value)) message.insert(name, value);
  }
  const bool has_body = answer.status >= 200 && answer.status != 204 && answer.status != 304;
  if (has_body) {
    if (!answer.content_type.empty() && fits_in_a_header(answer.content_type)) {
      message.set(wire::field::content_type, answer.content_type);
    }
    message.body() = std::move(answer.body);
    message.content_length(message.body().size());
  }
  return message;
}

int status_of(const boost::beast::error_code& failure) {
  if (failure == wire::error::header_limit || failure == wire::error::buffer_overflow) return 431;
  if (failure == wire::error::body_limit) return 413;
  return 400;
}

}  // namespace sallyport::http
