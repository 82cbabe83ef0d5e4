// SPDX-License-Identifier: Apache-2.0
// All kinds in one list: what is watched, generated and documented is made from it.
#pragma once

#include <tuple>

#include "reconcilers/api/v1alpha1/access_ledger.hpp"
#include "reconcilers/api/v1alpha1/databricks_workspace.hpp"
#include "reconcilers/api/v1alpha1/f5_gateway.hpp"
#include "reconcilers/api/v1alpha1/identity_provider.hpp"
#include "reconcilers/api/v1alpha1/protected_endpoint.hpp"

namespace sallyport::api {

template <class K>
struct Tag {
  using Kind = K;
};

/// `std::apply([](auto... kind) { (use<typename decltype(kind)::Kind>(), ...); }, kAllKinds)`
inline constexpr std::tuple<Tag<F5Gateway>, Tag<IdentityProvider>, Tag<DatabricksWorkspace>, Tag<ProtectedEndpoint>,
                            Tag<AccessLedger>>
    kAllKinds;

/// The annotations and labels that people write.
inline constexpr std::string_view kPaused = "sallyport.dev/paused";  ///< "true": no outside writes
inline constexpr std::string_view kReconcileAt =
    "sallyport.dev/reconcile-at";  ///< any text: look now, echo it in status
inline constexpr std::string_view kAdoptClient = "sallyport.dev/adopt-client";    ///< client id to take over
inline constexpr std::string_view kForceRelease = "sallyport.dev/force-release";  ///< on a connection: its own name
inline constexpr std::string_view kUsableBy = "sallyport.dev/usable-by";  ///< on a Secret: the kind that may read it

}  // namespace sallyport::api
