// SPDX-License-Identifier: Apache-2.0
// A directory of manifests as the backend: the lock of its state directory takes the place of the Lease.
#pragma once

#include "operator/program/backend.hpp"

namespace sallyport::program {

[[nodiscard]] Result<std::unique_ptr<Backend>> open_directory(const Settings& settings);

}  // namespace sallyport::program
