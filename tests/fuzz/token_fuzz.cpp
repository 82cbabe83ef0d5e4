// SPDX-License-Identifier: Apache-2.0
// What anybody may send: the text of a token, its header and payload, and the keys that an issuer answers.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string_view>

#include "operator/base/digest.hpp"
#include "reconcilers/token/claims.hpp"
#include "reconcilers/token/jws.hpp"
#include "reconcilers/token/key_set.hpp"
#include "reconcilers/token/strict_json.hpp"
#include "reconcilers/token/validate.hpp"

namespace {

using namespace sallyport;

void must(bool holds) {
  if (!holds) std::abort();
}

/// One text for one token: what is taken apart can be put together again in one way.
void token_has_one_text(std::string_view text) {
  const auto jws = token::read_jws(text);
  if (!jws) return;
  const std::string again = base64url_encode(jws->payload) + "." + base64url_encode(jws->signature);
  must(text.ends_with("." + again));
  must(jws->signing_input.size() + 1 + base64url_encode(jws->signature).size() == text.size());
  must(jws->header.key_id.size() <= token::kMaxKeyIdSize);
}

/// What is read strictly means the same when it is written and read again.
void json_is_stable(std::string_view text) {
  const auto document = token::parse_strict_object(text, "it");
  if (!document) return;
  const auto again = token::parse_strict_object(document->dump(), "it");
  must(again.has_value() && *again == *document);
}

void claims_are_sound(std::string_view text) {
  for (const auto profile : {token::Profile::RFC9068, token::Profile::Keycloak, token::Profile::Okta,
                             token::Profile::Entra, token::Profile::Hydra}) {
    const auto claims = token::read_claims(text, token::row(profile).header_types.front(), profile);
    if (!claims) continue;
    must(!claims->issuer.empty() && !claims->subject.empty() && !claims->client.empty());
    must(claims->expires.time_since_epoch().count() >= 0);
  }
}

/// Without its key no text is a token.
void nothing_is_accepted(std::string_view text) {
  static const token::KeySet keys = *token::KeySet::read(
      R"({"keys":[{"kty":"EC","crv":"P-256","kid":"k","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]})");
  token::Demand demand;
  demand.issuer = demand.audience = "a";
  must(!token::validate(text, keys, demand, SystemTime(std::chrono::hours(500000))));
}

void keys_are_fit(std::string_view text) {
  const auto keys = token::KeySet::read(text);
  if (!keys) return;
  must(keys->keys().size() + keys->unused().size() <= token::kMaxKeys);
  for (const auto& key : keys->keys()) must(!key.algorithms().empty() && key.thumbprint().size() == 43);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto bytes = base64url_decode(text)) must(base64url_encode(*bytes) == text);
  token_has_one_text(text);
  json_is_stable(text);
  claims_are_sound(text);
  nothing_is_accepted(text);
  keys_are_fit(text);
  return 0;
}
