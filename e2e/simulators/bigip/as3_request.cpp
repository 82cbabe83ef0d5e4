// SPDX-License-Identifier: Apache-2.0
#include "e2e/simulators/bigip/as3_request.hpp"

#include <algorithm>
#include <array>

#include "operator/base/text.hpp"

namespace sallyport::simulators::bigip {

namespace {

constexpr std::string_view kRoot = "/mgmt/shared/appsvcs/";
constexpr std::array kQuery{"async",
                            "show",
                            "age",
                            "filterClass",
                            "showHash",
                            "unchecked",
                            "unsafe",
                            "controls.dryRun",
                            "controls.logLevel",
                            "controls.trace",
                            "controls.traceResponse",
                            "controls.userAgent"};

std::string decode(std::string_view text) {
  std::string out;
  const auto digit = [](char c) { return c >= 'a' ? c - 'a' + 10 : c >= 'A' ? c - 'A' + 10 : c - '0'; };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool coded = text[i] == '%' && i + 2 < text.size() &&
                       std::isxdigit(static_cast<unsigned char>(text[i + 1])) != 0 &&
                       std::isxdigit(static_cast<unsigned char>(text[i + 2])) != 0;
    if (!coded) {
      out += text[i];
      continue;
    }
    out += static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2]));
    i += 2;
  }
  return out;
}

std::optional<As3Failure> parse_query(const http::Incoming& incoming, As3Request& request) {
  for (const std::string& pair : split(incoming.query(), '&')) {
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    const std::string name = decode(pair.substr(0, equals));
    if (std::ranges::find(kQuery, name) == kQuery.end()) {
      return As3Failure{400, "unrecognized URL query parameter \"" + name + "\""};
    }
    request.query[name] = equals == std::string::npos ? "" : decode(pair.substr(equals + 1));
  }
  if (incoming.method == "GET" && request.query.contains("async")) {
    return As3Failure{400, "query param \"async\" is not allowed for method=GET or action=retrieve."};
  }
  const std::string show = request.option("show", "base");
  if (show != "base" && show != "full" && show != "expanded") {
    return As3Failure{400, "Bad Request: query param \"show\" is invalid"};
  }
  return {};
}

}  // namespace

bool As3Request::flag(const std::string& name) const {
  return option(name, "") == "true";
}

std::string As3Request::option(const std::string& name, const std::string& otherwise) const {
  const auto found = query.find(name);
  return found == query.end() ? otherwise : found->second;
}

std::optional<As3Failure> parse_as3(const http::Incoming& incoming, As3Request& request) {
  const As3Failure invalid{400, "Bad Request: Invalid path"};
  const std::string path = incoming.path();
  std::vector<std::string> parts = split(std::string_view(path).substr(kRoot.size()), '/');
  while (parts.size() > 1 && parts.back().empty()) parts.pop_back();
  for (std::string& part : parts) part = decode(part);
  request.endpoint = parts.front();
  if (request.endpoint == "info" || request.endpoint == "settings") {
    if (parts.size() > 1) return invalid;
  } else if (request.endpoint == "task") {
    if (parts.size() > 2) return invalid;
    request.task = parts.size() == 2 ? parts[1] : "";
  } else if (request.endpoint == "declare") {
    if (parts.size() > 1) request.tenants = split(parts[1], ',');
    if (parts.size() > 2) {
      if (parts[2] != "applications" || parts.size() > 4 || request.tenants.size() != 1) return invalid;
      request.applications.emplace();
      if (parts.size() == 4) request.applications = split(parts[3], ',');
    }
  } else {
    return invalid;
  }
  return parse_query(incoming, request);
}

http::Outgoing failure(int code, const std::string& message) {
  return reply(code, {{"code", code}, {"message", message}});
}

http::Outgoing reply(int status, const Json& body) {
  http::Outgoing out;
  out.status = status;
  out.body = body.dump(-1, ' ', false, Json::error_handler_t::replace);
  return out;
}

}  // namespace sallyport::simulators::bigip
