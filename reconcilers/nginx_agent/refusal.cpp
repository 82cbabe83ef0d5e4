// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/nginx_agent/refusal.hpp"

#include <nlohmann/json.hpp>

#include "operator/base/json.hpp"
#include "operator/base/text.hpp"

namespace sallyport::nginx_agent {
namespace {

constexpr std::size_t kLongestWords = 300;

Code code_of(int status) {
  switch (status) {
    case 401:
      return Code::Unauthorized;
    case 403:
      return Code::Refused;
    case 404:
      return Code::NotFound;
    case 429:
      return Code::RateLimited;
    default:
      return Code::Unavailable;
  }
}

std::string words_of(const http::Response& response) {
  const auto document = parse_json(response.body, 4);
  if (!document || !document->is_object()) return {};
  const auto error = document->find("error");
  return error != document->end() && error->is_string() ? one_line(error->get<std::string>(), kLongestWords) : "";
}

}  // namespace

Error refusal_of(const http::Response& response, const std::string& where) {
  const std::string words = words_of(response);
  const std::string status = "the operator answers " + std::to_string(response.status);
  return {code_of(response.status), words.empty() ? status : status + ": " + words, where, response.retry_after()};
}

}  // namespace sallyport::nginx_agent
