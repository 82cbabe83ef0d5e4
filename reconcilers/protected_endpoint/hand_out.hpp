// SPDX-License-Identifier: Apache-2.0
// Step 4: gives each fragment to the link of its connection, in the order in which doors may open and must close.
#pragma once

#include "reconcilers/protected_endpoint/status.hpp"
#include "reconcilers/shared/world.hpp"

namespace sallyport::protected_endpoint {

/// The serving endpoint's owner has a word, too (its tag), and only its workspace tells of it: refused, the route goes
/// at once, and comes back when the workspace has seen consent again. What is not known in between changes nothing.
void heed_consent(const shared::World& world, Validated& validated);

/// // queue. Nothing here waits: a verdict that is not there yet comes back as "none".
[[nodiscard]] Verdicts hand_out_fragments(const shared::World& world, const Validated& validated,
                                          const Fragments& fragments);

/// What has become of exactly these fragments, before they are handed out once more.
[[nodiscard]] Verdicts verdicts_so_far(const shared::World& world, const Fragments& fragments);

/// Takes everything of an object that is gone off the boards.
void forget_fragments(const shared::World& world, const Fragments& fragments);

/// Takes the wishes that are fulfilled, since the thing is seen gone, off the boards.
void forget_gone(const shared::World& world, const Fragments& fragments, const Verdicts& verdicts);

/// Coming up, the route waits for client and access: nothing is reachable before its checks. Once it is up, it stays up
/// while they are updated.
[[nodiscard]] bool may_open_route(const Validated& validated, const Verdicts& verdicts);

}  // namespace sallyport::protected_endpoint
