// SPDX-License-Identifier: Apache-2.0
// Users and groups of this machine, by name or number.
#pragma once

#include <string>

#include "operator/base/result.hpp"

namespace sallyport::program {

/// InvalidSpec for a name that the machine does not know.
[[nodiscard]] Result<unsigned> user_id(const std::string& user);
[[nodiscard]] Result<unsigned> group_id(const std::string& group);

}  // namespace sallyport::program
