// SPDX-License-Identifier: Apache-2.0
// The one place that names gateway backends.
#include "reconcilers/providers/edge/bigip/bigip.hpp"
#include "reconcilers/providers/edge/edge_provider.hpp"

namespace sallyport::edge {

Result<std::unique_ptr<EdgeProvider>> make_edge_provider(const ir::EdgeConnection& connection, Surroundings around) {
  return bigip::BigIp::create(connection, std::move(around));
}

}  // namespace sallyport::edge
