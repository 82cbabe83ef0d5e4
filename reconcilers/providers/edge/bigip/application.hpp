// SPDX-License-Identifier: Apache-2.0
// One endpoint as an AS3 application: a Service_HTTPS with its token policy and everything that only it uses.
#pragma once

#include <chrono>

#include "reconcilers/ir/edge.hpp"
#include "reconcilers/providers/edge/bigip/json.hpp"
#include "reconcilers/providers/edge/certificate.hpp"

namespace sallyport::edge::bigip {

/// A SYN is sent this often again before a connection attempt fails. The timer doubles each time: t + 2t + 4t is the
/// time until a connect gives up, and AS3 takes a t of at most 5 s (TCP_Profile, synRtoBase).
inline constexpr int kSynRetransmissions = 2;
inline constexpr int kSynTimersInAConnect = (1 << (kSynRetransmissions + 1)) - 1;
inline constexpr std::chrono::milliseconds kLongestConnect = std::chrono::seconds(5) * kSynTimersInAConnect;

/// The Application for a fragment that `refuse` has let through. Pure. Pool, monitor and upstream TLS are in the
/// tenant's Shared application and referred to by path. AS3 classes and traps: f5.md 1.7 and 2.
[[nodiscard]] Json application(const ir::EdgeFragment& fragment, const KeyPair& pair);

}  // namespace sallyport::edge::bigip
