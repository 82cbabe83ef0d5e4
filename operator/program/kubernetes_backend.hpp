// SPDX-License-Identifier: Apache-2.0
// A Kubernetes API server as the backend, with leader election by Lease.
#pragma once

#include "operator/program/backend.hpp"

namespace sallyport::program {

[[nodiscard]] Result<std::unique_ptr<Backend>> open_kubernetes(const Settings& settings, metrics::Metrics& metrics);

}  // namespace sallyport::program
