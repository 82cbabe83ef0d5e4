// SPDX-License-Identifier: Apache-2.0
#include "operator/program/backend.hpp"

#include "operator/program/directory_backend.hpp"
#include "operator/program/kubernetes_backend.hpp"

namespace sallyport::program {

Result<std::unique_ptr<Backend>> open_backend(const Settings& settings, metrics::Metrics& metrics) {
  return settings.manifests.empty() ? open_kubernetes(settings, metrics) : open_directory(settings);
}

}  // namespace sallyport::program
