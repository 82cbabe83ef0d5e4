// SPDX-License-Identifier: Apache-2.0
// The last gate before a declaration: a fragment whose strings could mean more than data on the device, or that would
// open a door without its token policy, is refused here and nothing is sent. Validation upstream says it nicer; this
// one holds whatever came before it.
#pragma once

#include <optional>

#include "operator/base/error.hpp"
#include "reconcilers/ir/edge.hpp"

namespace sallyport::edge::bigip {

/// The first reason why this fragment may not be declared (InvalidSpec with the CR's field), or nothing. Pure.
/// For Wish::Absent only the place is looked at.
[[nodiscard]] std::optional<Error> refuse(const ir::EdgeFragment& fragment);

}  // namespace sallyport::edge::bigip
