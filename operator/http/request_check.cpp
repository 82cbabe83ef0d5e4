// SPDX-License-Identifier: Apache-2.0
#include "operator/http/request_check.hpp"

#include <algorithm>
#include <array>

#include "operator/base/text.hpp"

namespace sallyport::http {
namespace {

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/// RFC 9110 section 5.6.2
bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

bool is_one_line(std::string_view value) {
  return std::ranges::none_of(value, [](char c) { return (c >= 0 && c < ' ' && c != '\t') || c == 0x7f; });
}

bool climbs(std::string_view path) {
  for (std::string segment : split(to_lower(path), '/')) {
    for (std::size_t at = 0; (at = segment.find("%2e")) != std::string::npos;) segment.replace(at, 3, ".");
    if (segment == "." || segment == "..") return true;
  }
  return false;
}

Error bad(std::string message, const Request& request) {
  return Error{Code::InvalidSpec,
               "request cannot be built: " + std::move(message),
               one_line(request.method + " " + request.target.substr(0, request.target.find('?')), 256),
               {}};
}

}  // namespace

std::string_view fault_of_target(std::string_view target) {
  for (std::size_t i = 0; i < target.size(); ++i) {
    const char c = target[i];
    if (c == '#') return "it has a fragment";
    if (c <= ' ' || c == 0x7f || std::string_view("\"<>\\^`{|}[]").find(c) != std::string_view::npos) {
      return "a character must be percent-encoded";  // a negative char is a byte above 0x7f
    }
    if (c == '%' && (i + 2 >= target.size() || !is_hex(target[i + 1]) || !is_hex(target[i + 2]))) {
      return "a percent sign is not followed by two hex digits";
    }
  }
  return {};
}

Result<void> check_request(const Request& request) {
  static constexpr std::array<std::string_view, 5> kOurs = {"host", "content-length", "transfer-encoding", "connection",
                                                            "authorization"};
  if (!is_token(request.method)) return bad("the method is not a token", request);
  if (!request.target.starts_with('/') || request.target.starts_with("//")) {
    return bad("the target has to begin with one slash", request);
  }
  if (const std::string_view fault = fault_of_target(request.target); !fault.empty()) {
    return bad("target: " + std::string(fault), request);
  }
  if (climbs(std::string_view(request.target).substr(0, request.target.find('?')))) {
    return bad("the target has a segment . or ..", request);
  }
  for (const auto& [name, value] : request.headers) {
    if (!is_token(name)) return bad("a header's name is not a token", request);
    if (std::ranges::find(kOurs, to_lower(name)) != kOurs.end())
      return bad("header " + name + " is not yours", request);
    if (!is_one_line(value)) return bad("header " + name + " has a control character", request);
  }
  if (request.authorization && !is_one_line(request.authorization->reveal())) {
    return bad("the authorization has a control character", request);
  }
  return {};
}

}  // namespace sallyport::http
