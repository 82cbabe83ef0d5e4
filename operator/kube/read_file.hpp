// SPDX-License-Identifier: Apache-2.0
// Reads the small files that credentials come in.
#pragma once

#include <string>

#include "operator/base/result.hpp"

namespace sallyport::kube {

/// The whole file. InvalidSpec with the path and the system's reason when it cannot be read, is empty, or is larger
/// than 1 MiB.
[[nodiscard]] Result<std::string> read_file(const std::string& path);

}  // namespace sallyport::kube
