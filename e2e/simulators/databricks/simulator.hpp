// SPDX-License-Identifier: Apache-2.0
// A Databricks workspace that runs here: sign-in and its secrets, serving endpoints with their access lists, SCIM,
// Unity Catalog grants, IP access lists, invocations. It is as strict and as awkward as the original; every behaviour
// and its source stands in BEHAVIOUR.md.
#pragma once

#include <memory>

#include "e2e/simulators/simulator.hpp"

namespace sallyport::simulators {

/// The workspace behind its front. Reads `token`, `client_id`, `client_secret`, `world_file`, `scheme`, `latency`,
/// `time_scale`, `clock` and `random` of the options, and the front the rest. InvalidSpec for a world file that is not
/// one, with the place of the fault.
[[nodiscard]] Result<std::unique_ptr<Simulator>> make_databricks(const Options& options);

}  // namespace sallyport::simulators
