// SPDX-License-Identifier: Apache-2.0
// The target that serialises writes to one gateway: all changed applications in one go, each with its own verdict.
#pragma once

#include <functional>
#include <memory>

#include "reconcilers/shared/world.hpp"

namespace sallyport::f5_gateway {

/// Whether the gateway's own status, as stored, says that the device holds changes that a reboot would undo.
using SaysUnsaved = std::function<bool()>;

/// The turn at the units that the connection leads to now: an edit may have made them others.
using DeviceTurn = std::function<shared::Turn()>;

/// The step function of a gateway's link. Two connections to one device share a lock in `device`, so that they never
/// write at the same time. Before the first change after a save, `edge::Condition::unsaved` is set and waited for until
/// `says_unsaved`: a process that takes over then saves what its predecessor left, and writes nothing otherwise.
[[nodiscard]] shared::GatewayLink::Step edge_step(DeviceTurn device, SaysUnsaved says_unsaved);

}  // namespace sallyport::f5_gateway
