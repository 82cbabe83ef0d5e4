// SPDX-License-Identifier: Apache-2.0
// The way to a serving host, in the tenant's Shared application: one monitor and one TLS profile for each serving host
// and tenant, and on top of them one pool for each way of balancing that its endpoints ask for. Their names carry a
// hash of their content: another content is another object, never a change in place (FQDN members cannot be converted,
// f5.md 2.2), and what nothing refers to any more is removed.
#pragma once

#include <string>
#include <string_view>

#include "reconcilers/ir/edge.hpp"
#include "reconcilers/providers/edge/bigip/json.hpp"

namespace sallyport::edge::bigip {

struct UpstreamNames {
  std::string pool;     ///< "sp_pool_<host>_<hash>"
  std::string monitor;  ///< "sp_monitor_<host>_<hash>"
  std::string tls;      ///< "sp_tls_<host>_<hash>"
};

[[nodiscard]] UpstreamNames upstream_names(const ir::EdgeFragment& fragment);

/// Name -> object, all that the fragment needs, to be added to the tenant's Shared application.
[[nodiscard]] Json upstream_objects(const ir::EdgeFragment& fragment);

/// "<host>_<hash>" of a name that we gave; empty for any other. A monitor and its TLS profile have it in common, a pool
/// has its own.
[[nodiscard]] std::string upstream_key(std::string_view name);

/// With which the names of the FQDN nodes begin that a pool with this key has in the tenant: "sp_<hash>_".
[[nodiscard]] std::string node_prefix(std::string_view key);

}  // namespace sallyport::edge::bigip
