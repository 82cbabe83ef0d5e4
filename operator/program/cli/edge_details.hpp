// SPDX-License-Identifier: Apache-2.0
// What a plan says of a virtual server that would be made.
#pragma once

#include <string>
#include <vector>

#include "reconcilers/ir/edge.hpp"

namespace sallyport::program::cli {

/// Where it is reached, where requests go, and what checks their tokens: a line each.
[[nodiscard]] std::vector<std::string> edge_details(const ir::EdgeFragment& fragment);

}  // namespace sallyport::program::cli
