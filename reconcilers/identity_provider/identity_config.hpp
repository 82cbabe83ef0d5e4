// SPDX-License-Identifier: Apache-2.0
// Whether what was last seen of an issuer is still what its tokens are checked by: its metadata and signing keys. Pure.
#pragma once

#include <optional>

#include "operator/base/clock.hpp"
#include "reconcilers/api/v1alpha1/identity_provider.hpp"
#include "reconcilers/providers/idp/idp_provider.hpp"

namespace sallyport::identity_provider {

/// The condition IdentityConfigCurrent, and the keys with the time at which each was first seen. While the issuer or
/// its keys cannot be read, the keys stay as they were.
void tell_identity_config(const std::optional<Result<idp::Discovery>>& health, const api::IdentityProviderSpec& spec,
                          SystemTime now, api::IdentityProviderStatus& status);

}  // namespace sallyport::identity_provider
