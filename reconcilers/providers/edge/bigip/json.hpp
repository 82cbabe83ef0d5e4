// SPDX-License-Identifier: Apache-2.0
// The JSON of this backend: AS3 documents keep the order in which we write them, so that people read them top-down.
#pragma once

#include <nlohmann/json_fwd.hpp>

namespace sallyport::edge::bigip {

using Json = nlohmann::ordered_json;

}  // namespace sallyport::edge::bigip
