// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/token/claims.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "operator/base/text.hpp"
#include "reconcilers/token/strict_json.hpp"

namespace sallyport::token {
namespace {

using nlohmann::json;

constexpr double kLatest = 9214646400.0;  // 2262-01-01: the system's clock, in nanoseconds, ends in that April

Refusal missing(std::string_view name) {
  return {Reason::ClaimMissing, "claim '" + std::string(name) + "' is missing"};
}

Refusal invalid(std::string_view name, std::string_view why) {
  return {Reason::ClaimInvalid, "claim '" + std::string(name) + "' " + std::string(why)};
}

/// A text that is there and is not empty.
Checked<std::string> text(const json& payload, std::string_view name) {
  const auto at = payload.find(name);
  if (at == payload.end()) return missing(name);
  if (!at->is_string()) return invalid(name, "is not a text");
  auto value = at->get<std::string>();
  if (value.empty()) return invalid(name, "is empty");
  return value;
}

/// RFC 7519 section 2, NumericDate: seconds, possibly with a fraction.
Checked<SystemTime> time(const json& payload, std::string_view name) {
  const auto at = payload.find(name);
  if (at == payload.end()) return missing(name);
  if (!at->is_number()) return invalid(name, "is not a number");
  const double seconds = at->get<double>();
  if (!std::isfinite(seconds) || seconds < 0 || seconds > kLatest) return invalid(name, "is no time");
  return SystemTime(std::chrono::duration_cast<SystemTime::duration>(
      std::chrono::microseconds(static_cast<std::int64_t>(seconds * 1e6))));
}

bool is_list_of_texts(const json& value) {
  return value.is_array() && std::all_of(value.begin(), value.end(), [](const json& item) { return item.is_string(); });
}

/// RFC 7519 section 4.1.3: a text or a list of texts.
Checked<std::vector<std::string>> read_audiences(const json& payload) {
  const auto at = payload.find("aud");
  if (at == payload.end()) return missing("aud");
  if (at->is_string()) return std::vector{at->get<std::string>()};
  if (!is_list_of_texts(*at)) return invalid("aud", "is neither a text nor a list of texts");
  return at->get<std::vector<std::string>>();
}

/// Words with one space between them (RFC 8693 section 4.2), or a list of words.
Checked<std::vector<std::string>> read_words(const json& value, std::string_view name) {
  std::vector<std::string> words;
  if (value.is_string()) {
    words = split(value.get_ref<const std::string&>(), ' ');
  } else if (is_list_of_texts(value)) {
    words = value.get<std::vector<std::string>>();
  } else {
    return invalid(name, "is neither a text nor a list of texts");
  }
  std::erase(words, "");
  const bool spaced =
      std::any_of(words.begin(), words.end(), [](const std::string& w) { return w.find(' ') != w.npos; });
  if (spaced) return invalid(name, "has a word with a space in it");
  return words;
}

Checked<std::vector<std::string>> read_scopes(const json& payload, const ProfileRow& profile) {
  for (const std::string_view name : profile.scopes) {
    const auto at = payload.find(name);
    if (at != payload.end()) return read_words(*at, name);
  }
  return std::vector<std::string>();
}

/// From the one who acts now to the first; the depth of the document bounds the chain.
Checked<std::vector<std::string>> read_actors(const json& payload) {
  std::vector<std::string> actors;
  const json* at = &payload;
  for (auto act = at->find("act"); act != at->end(); act = at->find("act")) {
    if (!act->is_object()) return invalid("act", "is not an object");
    const auto actor = text(*act, "sub");
    if (!actor) return invalid("act", "names nobody in 'sub'");
    actors.push_back(*actor);
    at = &*act;
  }
  return actors;
}

Checked<std::string> read_client(const json& payload, const ProfileRow& profile) {
  for (const std::string_view name : profile.client) {
    if (payload.contains(name)) return text(payload, name);
  }
  return missing(profile.client.front());
}

/// RFC 9068 section 2.2: the subject of a client's own token is the client. Keycloak has a user for each client, Entra
/// says so in a claim.
bool is_by_client(const json& payload, const Claims& claims, Profile profile) {
  switch (profile) {
    case Profile::Keycloak:
      return payload.value("preferred_username", json()) == "service-account-" + to_lower(claims.client);
    case Profile::Entra:
      return payload.value("idtyp", json()) == "app";
    case Profile::RFC9068:
    case Profile::Okta:
    case Profile::Hydra:
      return claims.subject == claims.client;
  }
  return false;
}

/// Where the header calls each kind of token a JWT, an ID token tells itself by what only it has, a logout token by
/// `events` (OpenID Connect Core section 2, Back-Channel Logout section 2.4).
Checked<void> check_kind(const json& payload, std::string_view type, const ProfileRow& profile) {
  const auto& types = profile.header_types;
  if (std::find(types.begin(), types.end(), type) == types.end()) {
    return Refusal{Reason::TypeWrong, "header 'typ' is " + (type.empty() ? "missing" : quote(type)) + "; profile " +
                                          std::string(profile.name) + " has '" + std::string(types.front()) + "'"};
  }
  if (!profile.type_claim.empty() && payload.value("typ", json()) != profile.type_claim) {
    return Refusal{Reason::TypeWrong, "claim 'typ' is not '" + std::string(profile.type_claim) + "'"};
  }
  if (types.front() == "at+jwt" || !profile.type_claim.empty()) return {};
  for (const char* name : std::array{"nonce", "at_hash", "c_hash", "events"}) {
    if (payload.contains(name)) {
      return Refusal{Reason::TypeWrong, "claim '" + std::string(name) + "' is not one of an access token"};
    }
  }
  return {};
}

}  // namespace

Checked<Claims> read_claims(std::string_view bytes, std::string_view type, Profile wanted) {
  const ProfileRow& profile = row(wanted);
  const json payload = TRY(parse_strict_object(bytes, "the payload"));
  TRY(check_kind(payload, type, profile));
  Claims claims;
  claims.issuer = TRY(text(payload, "iss"));
  claims.audiences = TRY(read_audiences(payload));
  claims.expires = TRY(time(payload, "exp"));
  claims.issued = TRY(time(payload, "iat"));
  if (payload.contains("nbf")) claims.not_before = TRY(time(payload, "nbf"));
  for (const std::string_view name : profile.required) TRY(text(payload, name));
  claims.subject = TRY(text(payload, "sub"));
  claims.client = TRY(read_client(payload, profile));
  claims.scopes = TRY(read_scopes(payload, profile));
  claims.actors = TRY(read_actors(payload));
  const json groups = payload.value("groups", json());
  if (is_list_of_texts(groups)) claims.groups = groups.get<std::vector<std::string>>();
  claims.sender_constrained = payload.contains("cnf");
  claims.by_client = is_by_client(payload, claims, wanted);
  return claims;
}

}  // namespace sallyport::token
