// SPDX-License-Identifier: Apache-2.0
// iControl REST below /mgmt/tm: objects as they are (also those made by hand), the system, its tasks, and the pair.
// Callers hold the group's mutex and have settled it.
#pragma once

#include "e2e/simulators/bigip/unit.hpp"

namespace sallyport::simulators::bigip {

[[nodiscard]] Answer answer_icontrol(Group& group, Unit& unit, const http::Incoming& incoming);

/// GET /mgmt/tm/<component>[/~P~A~name[/members|/profiles|/stats]]. Writes are not simulated: 501.
[[nodiscard]] http::Outgoing read_objects(const Unit& unit, const http::Incoming& incoming);
/// /mgmt/tm/sys/{version,provision,ready,dns}, POST /mgmt/tm/sys/config {"command":"save"}; nothing for other paths.
[[nodiscard]] std::optional<Answer> answer_system(Group& group, Unit& unit, const http::Incoming& incoming);
/// /mgmt/tm/cm/{failover-status,sync-status,device-group,device}, POST /mgmt/tm/cm (config-sync).
[[nodiscard]] std::optional<Answer> answer_pair(Group& group, Unit& unit, const http::Incoming& incoming);
/// /mgmt/tm/task/sys/config and /mgmt/tm/task/cm/config-sync: POST, then PUT {"_taskState":"VALIDATING"}, then GET.
[[nodiscard]] std::optional<Answer> answer_task(Group& group, Unit& unit, const http::Incoming& incoming);

/// iControl's error body: {"code","message","errorStack":[],"apiError":3}.
[[nodiscard]] http::Outgoing icontrol_failure(int code, const std::string& message);
/// {"entries": {"https://localhost/mgmt/tm/<path>/0": {"nestedStats": {"entries": ...}}}} as statistics come.
[[nodiscard]] http::Outgoing statistics(const std::string& kind, const std::string& path, const Json& entries);

}  // namespace sallyport::simulators::bigip
