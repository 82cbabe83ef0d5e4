// SPDX-License-Identifier: Apache-2.0
// A directory of manifests as the backend: the lock of its state directory takes the place of the Lease.
#pragma once

#include "operator/program/backend.hpp"

namespace sallyport::program {

/// Where the state of a directory of manifests is kept unless --state says otherwise.
[[nodiscard]] Result<std::string> default_state(const std::string& manifests);

[[nodiscard]] Result<std::unique_ptr<Backend>> open_directory(const Settings& settings);

}  // namespace sallyport::program
