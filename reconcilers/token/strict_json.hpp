// SPDX-License-Identifier: Apache-2.0
// JSON on which every careful reader agrees. A reader in front and one behind that disagree about a document (which of
// two equal members counts, whether a BOM belongs to it) let an attacker show each what it wants to see.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>

#include "reconcilers/token/refusal.hpp"

namespace sallyport::token {

/// An object in UTF-8 without BOM, without a member that comes twice at any depth, nested at most 8 deep, with nothing
/// after it (RFC 8259, RFC 7515 section 4). `what` names the text in the refusal, which is always Malformed.
[[nodiscard]] Checked<nlohmann::json> parse_strict_object(std::string_view text, std::string_view what);

}  // namespace sallyport::token
