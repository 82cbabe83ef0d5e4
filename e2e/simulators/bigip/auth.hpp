// SPDX-License-Identifier: Apache-2.0
// Who is asking: tokens and Basic, and the two token endpoints below /mgmt/shared/authn and /mgmt/shared/authz.
#pragma once

#include <expected>
#include <string>

#include "e2e/simulators/bigip/unit.hpp"

namespace sallyport::simulators::bigip {

/// The user that the request proves to be, or the 401 that the framework answers.
[[nodiscard]] std::expected<std::string, http::Outgoing> authenticate(Group& group, Unit& unit,
                                                                      const http::Incoming& incoming);

/// POST /mgmt/shared/authn/login: a token of 1200 s, at most 100 alive for any user but "admin".
[[nodiscard]] Answer login(Group& group, Unit& unit, const http::Incoming& incoming);

/// GET, PATCH {"timeout"} and DELETE /mgmt/shared/authz/tokens/<token>. `who` is the authenticated user.
[[nodiscard]] Answer token_request(Group& group, Unit& unit, const http::Incoming& incoming, const std::string& who);

}  // namespace sallyport::simulators::bigip
