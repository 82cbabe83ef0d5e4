// SPDX-License-Identifier: Apache-2.0
// Why a token is not accepted. One table gives each reason its code (decision log, metrics, `token verify`), the HTTP
// status and the error of RFC 6750 section 3.1.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>

#include "operator/base/result.hpp"

namespace sallyport::token {

enum class Reason {
  TooLarge,             ///< longer than 16 KiB
  Malformed,            ///< not three parts of strict base64url, or not strict JSON within bounds
  HeaderInvalid,        ///< a header parameter has the wrong type, or one that changes how the rest is to be read
  AlgorithmNotAllowed,  ///< `none`, any HMAC, or not one of the issuer's
  KeyUnknown,           ///< no key of that id; keys may have been rotated since they were fetched
  KeyUnfit,             ///< the key is for another algorithm
  SignatureInvalid,
  TypeWrong,  ///< not an access token by the issuer's profile: an ID token, a logout token, a proof
  IssuerWrong,
  AudienceWrong,
  Expired,
  NotYetValid,
  IssuedInFuture,
  LifetimeTooLong,
  ClaimMissing,
  ClaimInvalid,
  SenderConstrained,  ///< bound to a key that a bearer does not prove to hold (RFC 9449, RFC 8705)
  ScopeMissing,
  GroupMissing,
  ClientNotAllowed,
  ActorNotAllowed,  ///< a delegated token (`act`, RFC 8693 section 4.1) of somebody who may not act here
};

struct ReasonRow {
  Reason reason;
  std::string_view code;   ///< stable; part of the interface
  int status;              ///< 401: another token may help; 403: this caller lacks something
  std::string_view error;  ///< of the WWW-Authenticate header
};

/// Every reason once, in the order of the enum.
[[nodiscard]] const ReasonRow& row(Reason reason);
[[nodiscard]] inline std::string_view to_string(Reason reason) {
  return row(reason).code;
}

/// Who presented a token whose signature was right, as far as it says. For records: what it says may still be wrong.
struct Caller {
  std::string issuer, subject, client;
  friend bool operator==(const Caller&, const Caller&) = default;
};

/// A value. `detail` is for a person: which claim, what was expected. It may quote a claim, cut and made printable;
/// never the token or its signature.
struct Refusal {
  Reason reason = Reason::Malformed;
  std::string detail;
  Caller caller{};  ///< empty where no signature was right
  friend bool operator==(const Refusal&, const Refusal&) = default;
};

/// A value or a Refusal; TRY hands a Refusal on as it does an Error.
template <class T>
struct [[nodiscard]] Checked : std::expected<T, Refusal> {
  using std::expected<T, Refusal>::expected;
  Checked(Refusal refusal) : std::expected<T, Refusal>(std::unexpect, std::move(refusal)) {}
  friend bool operator==(const Checked& a, const Checked& b) {  // spelled out for the reason that Result gives
    return static_cast<const std::expected<T, Refusal>&>(a) == static_cast<const std::expected<T, Refusal>&>(b);
  }
};

template <>
struct [[nodiscard]] Checked<void> : std::expected<void, Refusal> {
  using std::expected<void, Refusal>::expected;
  Checked(Refusal refusal) : std::expected<void, Refusal>(std::unexpect, std::move(refusal)) {}
};

}  // namespace sallyport::token

namespace sallyport::detail {
template <class T>
T take(token::Checked<T>& checked) {
  return std::move(*checked);
}
inline void take(token::Checked<void>&) {}
}  // namespace sallyport::detail

namespace sallyport::token {

/// A claim or header value as a refusal may quote it.
[[nodiscard]] std::string quote(std::string_view value);

}  // namespace sallyport::token
