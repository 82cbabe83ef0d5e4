// SPDX-License-Identifier: Apache-2.0
// Why a request is refused for another reason than its token (reconcilers/token/refusal.hpp): one table gives each its
// code (decision log, metrics), the status that the client sees and the error of RFC 6750 section 3.1.
#pragma once

#include <string_view>

namespace sallyport::authorizer {

enum class Reason {
  TokenMissing,
  TokenRepeated,    ///< more than one Authorization header, or more than one token in it
  EndpointUnknown,  ///< no policy of that name is installed
  PolicyExpired,    ///< the operator has not been heard of for too long: nothing is let in
  KeysUnavailable,  ///< the issuer's keys are too old, or were never there
  GrantEnded,       ///< the time of every grant that let the caller in is up
  NotGranted,       ///< no grant names the caller, where one has to
  RateLimited,
  ExchangeRefused,      ///< the workspace does not take the caller's token
  UpstreamUnavailable,  ///< the workspace did not say
};

struct ReasonRow {
  Reason reason;
  std::string_view code;   ///< stable; part of the interface
  int status;              ///< that the client sees
  std::string_view error;  ///< of the WWW-Authenticate header; empty: none
};

/// Every reason once, in the order of the enum.
[[nodiscard]] const ReasonRow& row(Reason reason);

}  // namespace sallyport::authorizer
