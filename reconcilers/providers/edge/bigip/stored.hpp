// SPDX-License-Identifier: Apache-2.0
// Reads the declaration that a device has stored, and keeps of it only what we look at: a full tenant is a megabyte of
// text, ten times that as a document, and holds every private key.
#pragma once

#include <string>

#include "reconcilers/providers/edge/bigip/json.hpp"

namespace sallyport::edge::bigip {

/// The ADC, whether it comes bare or in an AS3 request, as it is but for its applications: of these only `class`,
/// `remark` and the references to objects in the tenant's Shared. Shared itself is whole. Discarded when it is no JSON.
[[nodiscard]] Json parse_stored(const std::string& body);

}  // namespace sallyport::edge::bigip
