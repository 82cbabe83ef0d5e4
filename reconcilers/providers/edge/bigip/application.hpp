// SPDX-License-Identifier: Apache-2.0
// One endpoint as an AS3 application: a Service_HTTPS with its token policy and everything that only it uses.
#pragma once

#include "reconcilers/ir/edge.hpp"
#include "reconcilers/providers/edge/bigip/certificate.hpp"
#include "reconcilers/providers/edge/bigip/json.hpp"

namespace sallyport::edge::bigip {

/// The Application for a fragment that `refuse` has let through. Pure. Pool, monitor and upstream TLS are in the
/// tenant's Shared application and referred to by path. AS3 classes and traps: f5.md 1.7 and 2.
[[nodiscard]] Json application(const ir::EdgeFragment& fragment, const KeyPair& pair);

}  // namespace sallyport::edge::bigip
