// SPDX-License-Identifier: Apache-2.0
// Registration records that outlived their endpoint: its finalizer was taken away by hand, or its object was made anew
// under another uid. Their clients work on, and nothing would ever name them.
#pragma once

#include <vector>

#include "operator/schema/metadata.hpp"
#include "operator/store/store.hpp"
#include "reconcilers/shared/caches.hpp"

namespace sallyport::identity_provider {

/// The Secrets in the operator's namespace that hold them. Pure; the caches are synced,
/// and hold the endpoints of all namespaces.
[[nodiscard]] std::vector<schema::Metadata> unclaimed_records(const store::Store& store, const shared::Caches& caches);

/// A warning for each, with what to do.
void tell_of_unclaimed_records(const store::Store& store, const shared::Caches& caches);

}  // namespace sallyport::identity_provider
