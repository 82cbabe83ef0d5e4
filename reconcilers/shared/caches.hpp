// SPDX-License-Identifier: Apache-2.0
// The caches of all kinds, filled by the store.
#pragma once

#include "operator/store/object.hpp"
#include "reconcilers/api/kinds.hpp"

namespace sallyport::shared {

struct Caches {
  store::Cache<store::Object<api::F5Gateway>> gateways;
  store::Cache<store::Object<api::IdentityProvider>> providers;
  store::Cache<store::Object<api::DatabricksWorkspace>> workspaces;
  store::Cache<store::Object<api::ProtectedEndpoint>> endpoints;
  store::Cache<store::Object<api::AccessLedger>> ledgers;
};

}  // namespace sallyport::shared
