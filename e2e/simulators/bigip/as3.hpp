// SPDX-License-Identifier: Apache-2.0
// Everything below /mgmt/shared/appsvcs/: reads, writes and their tasks. Callers hold the group's mutex and have
// settled it.
#pragma once

#include "e2e/simulators/bigip/as3_request.hpp"
#include "e2e/simulators/bigip/unit.hpp"

namespace sallyport::simulators::bigip {

[[nodiscard]] Answer answer_as3(Group& group, Unit& unit, const http::Incoming& incoming);

/// GET /declare...: the stored declaration, filtered. 204 without a body when none is stored.
[[nodiscard]] http::Outgoing read_declaration(const Unit& unit, const As3Request& request);
/// POST, PATCH, DELETE /declare...
[[nodiscard]] Answer write_declaration(Group& group, Unit& unit, const http::Incoming& incoming,
                                       const As3Request& request);
/// GET /task and /task/<id>: always 200 for a known record; the verdict is inside.
[[nodiscard]] http::Outgoing read_task(const Group& group, const Unit& unit, const As3Request& request);

}  // namespace sallyport::simulators::bigip
