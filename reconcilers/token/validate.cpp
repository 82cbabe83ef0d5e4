// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/token/validate.hpp"

#include <algorithm>

#include "operator/base/text.hpp"

namespace sallyport::token {
namespace {

bool contains(const std::vector<std::string>& list, const std::string& wanted) {
  return std::find(list.begin(), list.end(), wanted) != list.end();
}

std::string list_of(const std::vector<std::string>& words) {
  return words.empty() ? "none" : one_line(join(words, " "), 128);
}

Checked<Jws> check_signature(std::string_view token, const KeySet& keys, const Demand& demand) {
  Jws jws = TRY(read_jws(token));
  const auto& allowed = demand.algorithms;
  if (std::find(allowed.begin(), allowed.end(), jws.header.algorithm) == allowed.end()) {
    return Refusal{Reason::AlgorithmNotAllowed,
                   "algorithm " + std::string(to_string(jws.header.algorithm)) + " is not one of the issuer's"};
  }
  const PublicKey* key = TRY(keys.choose(jws.header));
  if (!key->verifies(jws.header.algorithm, jws.signing_input, jws.signature)) {
    return Refusal{Reason::SignatureInvalid, "the signature is not that of key " + quote(key->id())};
  }
  return jws;
}

Checked<void> check_origin(const Claims& claims, const Demand& demand) {
  if (claims.issuer != demand.issuer) {
    return Refusal{Reason::IssuerWrong, "issuer is " + quote(claims.issuer) + ", not " + quote(demand.issuer)};
  }
  if (demand.audience.empty() || !contains(claims.audiences, demand.audience)) {
    return Refusal{Reason::AudienceWrong, "audience is " + list_of(claims.audiences) + "; needed: " + demand.audience};
  }
  return {};
}

/// RFC 7519 sections 4.1.4 to 4.1.6.
Checked<void> check_time(const Claims& claims, const Demand& demand, SystemTime now) {
  const auto skew = demand.clock_skew;
  if (now >= claims.expires + skew) return Refusal{Reason::Expired, "expired at " + to_rfc3339(claims.expires)};
  if (claims.not_before && now < *claims.not_before - skew) {
    return Refusal{Reason::NotYetValid, "not valid before " + to_rfc3339(*claims.not_before)};
  }
  if (claims.issued > now + skew) {
    return Refusal{Reason::IssuedInFuture, "issued at " + to_rfc3339(claims.issued) + ", which is yet to come"};
  }
  if (claims.expires < claims.issued) return Refusal{Reason::ClaimInvalid, "claim 'exp' lies before 'iat'"};
  // A second more: issuers round the one and cut the other.
  if (claims.expires - claims.issued > demand.max_lifetime + std::chrono::seconds(1)) {
    return Refusal{Reason::LifetimeTooLong,
                   "is valid for longer than " + std::to_string(demand.max_lifetime.count()) + " s"};
  }
  return {};
}

Checked<void> authorize(const Claims& claims, const Demand& demand) {
  if (!demand.clients.empty() && !contains(demand.clients, claims.client)) {
    return Refusal{Reason::ClientNotAllowed, "client " + quote(claims.client) + " may not call this endpoint"};
  }
  // RFC 8693 section 4.1: who acted before is for the record, and only the one who acts now is judged.
  if (!claims.actors.empty() && !contains(demand.actors, claims.actors.front())) {
    return Refusal{Reason::ActorNotAllowed, quote(claims.actors.front()) + " may not act for somebody else here"};
  }
  for (const std::string& scope : demand.scopes) {
    if (!contains(claims.scopes, scope)) {
      return Refusal{Reason::ScopeMissing,
                     "scope " + quote(scope) + " is needed; the token has " + list_of(claims.scopes)};
    }
  }
  for (const std::string& group : demand.groups) {
    if (!contains(claims.groups, group)) {
      return Refusal{Reason::GroupMissing,
                     "group " + quote(group) + " is needed; the token has " + list_of(claims.groups)};
    }
  }
  return {};
}

Checked<void> check_claims(const Claims& claims, const Demand& demand, SystemTime now) {
  TRY(check_origin(claims, demand));
  TRY(check_time(claims, demand, now));
  if (claims.sender_constrained) {
    return Refusal{Reason::SenderConstrained,
                   "the token is bound to a key ('cnf'), which a bearer does not prove to hold"};
  }
  return authorize(claims, demand);
}

}  // namespace

Checked<Claims> validate(std::string_view token, const KeySet& keys, const Demand& demand, SystemTime now) {
  const Jws jws = TRY(check_signature(token, keys, demand));
  Claims claims = TRY(read_claims(jws.payload, jws.header.type, demand.profile));
  if (Checked<void> fine = check_claims(claims, demand, now); !fine) {
    Refusal refusal = std::move(fine).error();
    refusal.caller = {std::move(claims.issuer), std::move(claims.subject), std::move(claims.client)};
    return refusal;
  }
  return claims;
}

}  // namespace sallyport::token
