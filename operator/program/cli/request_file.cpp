// SPDX-License-Identifier: Apache-2.0
#include "operator/program/cli/request_file.hpp"

#include <algorithm>
#include <array>

#include "operator/base/text.hpp"
#include "reconcilers/nginx_agent/main_files.hpp"

namespace sallyport::program::cli {
namespace {

constexpr const char* kTokenCharacters =
    "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

Error bad(std::size_t line, const std::string& why) {
  return Error{Code::InvalidSpec, "line " + std::to_string(line) + ": " + why, "--request", {}};
}

/// Without its end. Empty at the end of the text.
std::string_view next_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

Result<void> read_request_line(std::string_view line, RequestFile& request) {
  const std::vector<std::string> words = split(std::string(line), ' ');
  const bool usable =
      words.size() == 3 && !words[0].empty() && words[1].starts_with('/') && words[2].starts_with("HTTP/");
  if (!usable) return bad(1, "a request begins with METHOD /path HTTP/1.1");
  request.method = words[0];
  request.target = words[1];
  return {};
}

bool is_any_of(std::string_view name, auto&& list) {
  return std::ranges::any_of(list, [&](std::string_view one) { return to_lower(one) == to_lower(name); });
}

}  // namespace

std::string RequestFile::header(std::string_view name) const {
  const auto found = std::ranges::find_if(headers, [&](const auto& h) { return to_lower(h.first) == to_lower(name); });
  return found == headers.end() ? std::string() : found->second;
}

Result<RequestFile> read_request(std::string_view text) {
  static constexpr std::array<std::string_view, 3> kSecret{"Authorization", "Proxy-Authorization", "Cookie"};
  RequestFile request;
  TRY(read_request_line(next_line(text), request));
  std::size_t number = 1;
  while (!text.empty()) {
    const std::string_view line = next_line(text);
    ++number;
    if (line.empty()) break;
    const std::size_t colon = line.find(':');
    const std::string_view name = line.substr(0, colon);
    if (colon == std::string_view::npos || name.empty() ||
        name.find_first_not_of(kTokenCharacters) != std::string_view::npos)
      return bad(number, "a header is Name: value");
    const std::string value(trim(line.substr(colon + 1)));
    if (to_lower(name) == "authorization") request.authorizations.emplace_back(value);
    if (is_any_of(name, kSecret)) {
      request.headers.emplace_back(name, "");
    } else {
      request.headers.emplace_back(name, value);
    }
  }
  request.body_bytes = text.size();
  return request;
}

std::vector<std::string> header_fates(const RequestFile& request, const std::string& serving_host) {
  std::vector<std::string> fates{"Host becomes " + serving_host, "X-Request-Id is set, another one for each request"};
  std::vector<std::string> passed;
  for (const auto& [name, value] : request.headers) {
    const std::string shown = one_line(name, 80);
    if (to_lower(name) == "host" || to_lower(name) == "x-request-id") continue;
    if (to_lower(name) == "authorization") {
      fates.push_back("Authorization becomes a token of the workspace");
    } else if (to_lower(name) == "content-length") {
      fates.push_back("Content-Length is that of the body");
    } else if (is_any_of(name, nginx_agent::kPassedHeaders)) {
      passed.push_back(shown);
    } else {
      fates.push_back(shown + " is stripped");
    }
  }
  if (!passed.empty()) fates.push_back("passed as sent: " + join(passed, ", "));
  return fates;
}

}  // namespace sallyport::program::cli
