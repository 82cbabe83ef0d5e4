// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/authorizer/ask.hpp"

#include "operator/base/text.hpp"

namespace sallyport::authorizer {
namespace {

constexpr std::string_view kCheck = "/check/";
constexpr std::string_view kBearer = "bearer ";
constexpr std::size_t kMostInAHeader = 255;

/// RFC 9110 section 5.6.4: what may stand between the quotes without a backslash; everything else becomes a blank.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) out += c >= 0x20 && c < 0x7F && c != '"' && c != '\\' ? c : ' ';
  return out + "\"";
}

std::string challenge_of(const Decision& decision, const Policy* policy) {
  std::string challenge = "Bearer";
  std::string separator = " ";
  const auto add = [&](std::string_view name, std::string_view value) {
    if (value.empty()) return;
    challenge += separator + std::string(name) + "=" + quoted(value);
    separator = ", ";
  };
  add("error", decision.error);
  if (!decision.error.empty()) add("error_description", decision.detail);
  if (policy != nullptr && decision.code == "scope_missing") add("scope", join(policy->demand.scopes, " "));
  if (policy != nullptr) add("resource_metadata", policy->metadata_url);
  return challenge;
}

}  // namespace

std::optional<Ask> read_ask(const http::Incoming& request) {
  const std::string_view target = request.target;
  if (!target.starts_with(kCheck)) return std::nullopt;
  const std::string_view rest = target.substr(kCheck.size());
  const std::size_t slash = rest.find('/');
  if (slash == 0 || slash == rest.npos || slash + 1 == rest.size()) return std::nullopt;
  Ask ask;
  ask.endpoint = rest.substr(0, slash);
  ask.backend = rest.substr(slash + 1);
  if (const auto found = request.headers.find("Authorization"); found != request.headers.end()) {
    ask.authorization = Secret(found->second);
  }
  return ask;
}

std::expected<std::string_view, Reason> bearer_of(std::string_view authorization) {
  if (authorization.empty()) return std::unexpected(Reason::TokenMissing);
  const bool bearer =
      authorization.size() >= kBearer.size() && to_lower(authorization.substr(0, kBearer.size())) == kBearer;
  // Values of a header that came twice are joined with a comma, which no token has (RFC 6750 section 2.1, b64token).
  if (authorization.find(',') != authorization.npos) return std::unexpected(Reason::TokenRepeated);
  if (!bearer) return std::unexpected(Reason::TokenMissing);
  const std::string_view token = trim(authorization.substr(kBearer.size()));
  if (token.empty()) return std::unexpected(Reason::TokenMissing);
  if (token.find_first_of(" \t") != token.npos) return std::unexpected(Reason::TokenRepeated);
  return token;
}

Decision refuse(Reason reason, std::string detail) {
  const ReasonRow& r = row(reason);
  return {.status = r.status, .code = std::string(r.code), .error = std::string(r.error), .detail = std::move(detail)};
}

Decision refuse(const token::Refusal& refusal) {
  const token::ReasonRow& r = token::row(refusal.reason);
  return {.status = r.status,
          .code = std::string(r.code),
          .error = std::string(r.error),
          .detail = refusal.detail,
          .caller = refusal.caller};
}

http::Outgoing to_answer(const Decision& decision, const Policy* policy) {
  http::Outgoing answer;
  answer.content_type = "";
  const auto add = [&answer](const char* name, std::string value) {
    if (!value.empty()) answer.headers.emplace(name, std::move(value));
  };
  add("X-Sallyport-Reason", decision.code);
  add("X-Sallyport-Issuer", one_line(decision.caller.issuer, kMostInAHeader));
  add("X-Sallyport-Subject", one_line(decision.caller.subject, kMostInAHeader));
  add("X-Sallyport-Client", one_line(decision.caller.client, kMostInAHeader));
  if (decision.allowed()) {
    answer.status = 204;
    add("X-Sallyport-Authorization", decision.authorization.reveal());
    return answer;
  }
  answer.status = decision.status == 401 ? 401 : 403;
  add("X-Sallyport-Status", std::to_string(decision.status));
  add("X-Sallyport-Detail", one_line(decision.detail, kMostInAHeader));
  if (decision.retry_after) add("X-Sallyport-Retry-After", std::to_string(decision.retry_after->count()));
  // nginx hands the one of a 401 on by itself, and that of a 403 not at all.
  if (decision.status == 401) add("WWW-Authenticate", challenge_of(decision, policy));
  if (decision.status == 403) add("X-Sallyport-Challenge", challenge_of(decision, policy));
  return answer;
}

}  // namespace sallyport::authorizer
