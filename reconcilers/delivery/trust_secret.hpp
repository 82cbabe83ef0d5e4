// SPDX-License-Identifier: Apache-2.0
// What agents and authorizers have to know before they believe anything, laid where they are deployed: Secret
// `sallyport-gateway-<name>` in each namespace that a gateway names for its agents, with `ca.crt`, whom the operator's
// server shows itself by, and `keys.json`, by which manifests are signed. Nothing in it is secret. It is a Secret for a
// pod can mount only what is in its own namespace, and writing Secrets is a right that the operator has anyway, while
// one for ConfigMaps would be another, for all of them.
#pragma once

#include <string>
#include <vector>

#include "operator/store/store.hpp"
#include "reconcilers/delivery/gateways.hpp"

namespace sallyport::delivery {

inline constexpr std::string_view kTrustOf = "sallyport.dev/trust-of";  ///< annotation: uid of the gateway

[[nodiscard]] std::string trust_secret_name(const std::string& gateway);

struct Trust {
  std::string authorities;  ///< PEM
  std::string keys;         ///< JWK set
};

/// Writes what is missing or another, and takes away what stands in a namespace that is no longer named. What goes with
/// the gateway goes by its owner reference. Never touches a Secret that is not ours for this gateway. What a person
/// should know.
[[nodiscard]] std::vector<std::string> lay_out_trust(store::Store& store, const DeliveredGateway& gateway,
                                                     const Trust& trust);

}  // namespace sallyport::delivery
