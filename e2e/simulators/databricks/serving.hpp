// SPDX-License-Identifier: Apache-2.0
// Serving endpoints: the management API below /api/2.0/serving-endpoints, and invocations.
#pragma once

#include "e2e/simulators/databricks/call.hpp"
#include "e2e/simulators/databricks/world.hpp"

namespace sallyport::simulators::databricks {

/// GET list, GET|DELETE one, POST create, PUT config, PATCH tags (reference section 1).
[[nodiscard]] Reply answer_serving(World& world, const Call& call);

/// POST /serving-endpoints/{name}/invocations on the workspace's host, and for route-optimised endpoints
/// POST /{workspace-id}/serving-endpoints/{name}/invocations on the host of their own URL (reference 1.3).
[[nodiscard]] Reply answer_invocation(World& world, const Call& call);
/// Whether a call is one of those two.
[[nodiscard]] bool is_invocation(const World& world, const Call& call);

}  // namespace sallyport::simulators::databricks
