// SPDX-License-Identifier: Apache-2.0
// The target that serialises writes for one OIDC client, and hands its credentials to the application team's Secret.
#pragma once

#include "reconcilers/shared/world.hpp"

namespace sallyport::identity_provider {

/// The step function of an identity provider's link. `store` outlives it.
[[nodiscard]] shared::IdentityLink::Step client_step(store::Store& store);

}  // namespace sallyport::identity_provider
