// SPDX-License-Identifier: Apache-2.0
// The one place that names gateway backends.
#include "reconcilers/providers/edge/bigip/bigip.hpp"
#include "reconcilers/providers/edge/edge_provider.hpp"
#include "reconcilers/providers/edge/nginx/nginx.hpp"

namespace sallyport::edge {

Result<std::unique_ptr<EdgeProvider>> make_edge_provider(const ir::EdgeConnection& connection, Surroundings around) {
  if (connection.publication) return nginx::Nginx::create(connection, std::move(around));
  return bigip::BigIp::create(connection, std::move(around));
}

std::optional<Result<ir::SecretBytes>> new_credentials(const ir::EdgeConnection& connection) {
  if (!connection.publication) return std::nullopt;
  return nginx::new_credentials();
}

}  // namespace sallyport::edge
