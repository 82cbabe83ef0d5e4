// SPDX-License-Identifier: Apache-2.0
// Step 4: gives each fragment to the link of its connection, in the order in which doors may open and must close.
#pragma once

#include "reconcilers/protected_endpoint/status.hpp"
#include "reconcilers/shared/world.hpp"

namespace sallyport::protected_endpoint {

/// Each backend's serving endpoint, as far as its workspace has told, now or before. Its owner has a word, too (its
/// tag), and only its workspace tells of it: refused, no request goes there from now on, and they do again when the
/// workspace has seen consent. What is not known in between changes nothing.
[[nodiscard]] std::vector<KnownServing> heed_workspaces(const shared::World& world, Validated& validated);

/// // queue. Nothing here waits: a verdict that is not there yet comes back as "none".
[[nodiscard]] Verdicts hand_out_fragments(const shared::World& world, const Validated& validated,
                                          const Fragments& fragments);

/// What has become of exactly these fragments, before they are handed out once more.
[[nodiscard]] Verdicts verdicts_so_far(const shared::World& world, const Fragments& fragments);

/// Takes everything of an object that is gone off the boards.
void forget_fragments(const shared::World& world, const Fragments& fragments);

/// Takes the wishes that are fulfilled, since the thing is seen gone, off the boards.
void forget_gone(const shared::World& world, const Fragments& fragments, const Verdicts& verdicts);

/// Coming up, the route waits for the client, and for access at one backend (it leads to those that have it):
/// nothing is reachable before its checks. Once it is up, it stays up while they are updated.
[[nodiscard]] bool may_open_route(const Validated& validated, const Verdicts& verdicts);

}  // namespace sallyport::protected_endpoint
