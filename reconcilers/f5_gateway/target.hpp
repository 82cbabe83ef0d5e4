// SPDX-License-Identifier: Apache-2.0
// The target that serialises writes to one gateway: all changed applications in one go, each with its own verdict.
#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "reconcilers/shared/world.hpp"

namespace sallyport::f5_gateway {

/// The step function of a gateway's link. Two connections to one device share `device`, so that they never write at the
/// same time.
[[nodiscard]] shared::GatewayLink::Step edge_step(std::shared_ptr<std::mutex> device);

}  // namespace sallyport::f5_gateway
