// SPDX-License-Identifier: Apache-2.0
// The iRule in front of every endpoint: it lets through what is declared and answers everything else itself.
#pragma once

#include <string>

#include "reconcilers/ir/edge.hpp"

namespace sallyport::edge::bigip {

/// Data groups of the application that the rule reads. Every value of a CR is data in one of them, never Tcl text.
inline constexpr std::string_view kPathsGroup = "paths";        ///< path -> method
inline constexpr std::string_view kRouteGroup = "route";        ///< public_host, serving_host -> their names
inline constexpr std::string_view kNetworksGroup = "networks";  ///< allowed client networks (only when there are any)

/// Largest request body that model serving takes (databricks.md, limits).
inline constexpr int kLargestBody = 16 << 20;

/// The rule's Tcl text. Of the fragment it holds the place alone, whose characters `refuse` has limited to
/// [A-Za-z0-9_].
/// - 403 for a client outside the allowed networks, 404 for another host or path, 405 for another method, 413 for a
/// body
///   that is too large: JSON in the shape of the serving API's own errors.
/// - The path must equal an allowed one byte by byte. Allowed ones are in normal form, so an encoded, doubled or dotted
///   spelling matches nothing; HTTP::path -normalized (not on every version) is not needed.
/// - Headers by which a client could pose as somebody are taken away. Authorization passes: the token policy judges it.
/// - Host becomes the serving host when the request leaves, after every policy has seen the public one.
enum class ClientNetworks { Everywhere, Listed };
[[nodiscard]] std::string guard_rule(const ir::EdgePlace& place, ClientNetworks networks);

}  // namespace sallyport::edge::bigip
