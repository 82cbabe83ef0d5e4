// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/authorizer/reason.hpp"

#include <array>

#include "operator/base/enum_rows.hpp"

namespace sallyport::authorizer {
namespace {

constexpr std::array kRows{
    ReasonRow{Reason::TokenMissing, "token_missing", 401, ""},
    ReasonRow{Reason::TokenRepeated, "token_repeated", 401, "invalid_request"},
    ReasonRow{Reason::EndpointUnknown, "endpoint_unknown", 503, ""},
    ReasonRow{Reason::PolicyExpired, "policy_expired", 503, ""},
    ReasonRow{Reason::KeysUnavailable, "keys_unavailable", 503, ""},
    ReasonRow{Reason::GrantEnded, "grant_ended", 403, "insufficient_scope"},
    ReasonRow{Reason::NotGranted, "not_granted", 403, "insufficient_scope"},
    ReasonRow{Reason::RateLimited, "rate_limited", 429, ""},
    ReasonRow{Reason::ExchangeRefused, "exchange_refused", 403, "insufficient_scope"},
    ReasonRow{Reason::UpstreamUnavailable, "upstream_unavailable", 503, ""},
};
static_assert(is_in_order(kRows, &ReasonRow::reason, Reason::UpstreamUnavailable),
              "every reason has its row, in the order of the enum");

}  // namespace

const ReasonRow& row(Reason reason) {
  return kRows.at(static_cast<std::size_t>(reason));
}

}  // namespace sallyport::authorizer
