// SPDX-License-Identifier: Apache-2.0
// AS3 pointers: names that one part of a declaration uses for another.
#pragma once

#include <optional>
#include <string>

#include "e2e/simulators/bigip/schema.hpp"

namespace sallyport::simulators::bigip {

/// What is wrong with a pointer, in AS3's words; nothing when it leads to an object of a wanted class. A pointer
/// reaches its own application, /its-tenant/Shared and /Common/Shared.
[[nodiscard]] std::optional<std::string> follow(const PointerNote& note, const Json& adc);

/// The full path that a valid pointer in /tenant/application means: "pool" -> "/T/A/pool".
[[nodiscard]] std::string absolute(const std::string& value, const std::string& tenant, const std::string& application);

}  // namespace sallyport::simulators::bigip
