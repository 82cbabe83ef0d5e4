// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/token/jws.hpp"

#include <array>
#include <nlohmann/json.hpp>

#include "operator/base/digest.hpp"
#include "operator/base/text.hpp"
#include "reconcilers/token/strict_json.hpp"

namespace sallyport::token {
namespace {

struct Parts {
  std::string_view header, payload, signature;
};

Checked<Parts> take_apart(std::string_view token) {
  const std::size_t first = token.find('.');
  const std::size_t second = first == token.npos ? token.npos : token.find('.', first + 1);
  if (second == token.npos || token.find('.', second + 1) != token.npos) {
    return Refusal{Reason::Malformed, "a token has three parts with a dot between them (RFC 7515 section 7.1)"};
  }
  return Parts{token.substr(0, first), token.substr(first + 1, second - first - 1), token.substr(second + 1)};
}

Checked<std::string> decode(std::string_view part, std::string_view what) {
  auto bytes = base64url_decode(part);
  if (!bytes) return Refusal{Reason::Malformed, "the " + std::string(what) + " " + bytes.error().message};
  return std::move(*bytes);
}

/// A parameter that has to be a string where it is there.
Checked<std::string> text(const nlohmann::json& header, const char* name) {
  const auto at = header.find(name);
  if (at == header.end()) return std::string();
  if (!at->is_string()) return Refusal{Reason::HeaderInvalid, "header '" + std::string(name) + "' is not a string"};
  return at->get<std::string>();
}

Checked<Header> read_header(std::string_view bytes) {
  const nlohmann::json header = TRY(parse_strict_object(bytes, "the header"));
  for (const char* name : std::array{"crit", "b64", "zip", "enc"}) {
    if (header.contains(name)) return Refusal{Reason::HeaderInvalid, "header '" + std::string(name) + "' is not taken"};
  }
  const std::string name = TRY(text(header, "alg"));
  if (!header.contains("alg")) return Refusal{Reason::HeaderInvalid, "header 'alg' is missing"};
  const auto algorithm = algorithm_named(name);
  if (!algorithm) return Refusal{Reason::AlgorithmNotAllowed, "algorithm " + quote(name) + " is never accepted"};
  Header out;
  out.algorithm = *algorithm;
  out.key_id = TRY(text(header, "kid"));
  if (out.key_id.size() > kMaxKeyIdSize || (out.key_id.empty() && header.contains("kid"))) {
    return Refusal{Reason::HeaderInvalid, "header 'kid' has to have 1 to " + std::to_string(kMaxKeyIdSize) + " bytes"};
  }
  out.type = to_lower(TRY(text(header, "typ")));
  constexpr std::string_view kPrefix = "application/";
  if (out.type.starts_with(kPrefix)) out.type.erase(0, kPrefix.size());
  return out;
}

}  // namespace

Checked<Jws> read_jws(std::string_view token) {
  if (token.size() > kMaxTokenSize) {
    return Refusal{Reason::TooLarge, "the token is longer than " + std::to_string(kMaxTokenSize) + " bytes"};
  }
  const Parts parts = TRY(take_apart(token));
  Jws jws;
  const std::string header = TRY(decode(parts.header, "header"));
  jws.header = TRY(read_header(header));
  jws.payload = TRY(decode(parts.payload, "payload"));
  jws.signature = TRY(decode(parts.signature, "signature"));
  jws.signing_input = token.substr(0, parts.header.size() + 1 + parts.payload.size());
  if (jws.signature.empty()) return Refusal{Reason::SignatureInvalid, "the token is not signed"};
  return jws;
}

}  // namespace sallyport::token
