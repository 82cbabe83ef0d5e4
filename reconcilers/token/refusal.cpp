// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/token/refusal.hpp"

#include <array>
#include <cstddef>

#include "operator/base/enum_rows.hpp"
#include "operator/base/text.hpp"

namespace sallyport::token {
namespace {

constexpr std::string_view kInvalid = "invalid_token";
constexpr std::string_view kScope = "insufficient_scope";

constexpr std::array kRows{
    ReasonRow{Reason::TooLarge, "too_large", 401, kInvalid},
    ReasonRow{Reason::Malformed, "malformed", 401, kInvalid},
    ReasonRow{Reason::HeaderInvalid, "header_invalid", 401, kInvalid},
    ReasonRow{Reason::AlgorithmNotAllowed, "algorithm_not_allowed", 401, kInvalid},
    ReasonRow{Reason::KeyUnknown, "key_unknown", 401, kInvalid},
    ReasonRow{Reason::KeyUnfit, "key_unfit", 401, kInvalid},
    ReasonRow{Reason::SignatureInvalid, "signature_invalid", 401, kInvalid},
    ReasonRow{Reason::TypeWrong, "type_wrong", 401, kInvalid},
    ReasonRow{Reason::IssuerWrong, "issuer_wrong", 401, kInvalid},
    ReasonRow{Reason::AudienceWrong, "audience_wrong", 401, kInvalid},
    ReasonRow{Reason::Expired, "expired", 401, kInvalid},
    ReasonRow{Reason::NotYetValid, "not_yet_valid", 401, kInvalid},
    ReasonRow{Reason::IssuedInFuture, "issued_in_future", 401, kInvalid},
    ReasonRow{Reason::LifetimeTooLong, "lifetime_too_long", 401, kInvalid},
    ReasonRow{Reason::ClaimMissing, "claim_missing", 401, kInvalid},
    ReasonRow{Reason::ClaimInvalid, "claim_invalid", 401, kInvalid},
    ReasonRow{Reason::SenderConstrained, "sender_constrained", 401, kInvalid},
    ReasonRow{Reason::ScopeMissing, "scope_missing", 403, kScope},
    ReasonRow{Reason::GroupMissing, "group_missing", 403, kScope},
    ReasonRow{Reason::ClientNotAllowed, "client_not_allowed", 403, kScope},
    ReasonRow{Reason::ActorNotAllowed, "actor_not_allowed", 403, kScope},
};

static_assert(is_in_order(kRows, &ReasonRow::reason, Reason::ActorNotAllowed),
              "every reason has its row, in the order of the enum");

}  // namespace

const ReasonRow& row(Reason reason) {
  return kRows.at(static_cast<std::size_t>(reason));
}

std::string quote(std::string_view value) {
  return "'" + one_line(value, 64) + "'";
}

}  // namespace sallyport::token
