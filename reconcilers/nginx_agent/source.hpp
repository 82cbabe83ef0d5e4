// SPDX-License-Identifier: Apache-2.0
// Where the operator's publication comes from.
#pragma once

#include <memory>
#include <string>

#include "operator/base/result.hpp"
#include "operator/base/secret.hpp"

namespace sallyport::nginx_agent {

class Source {
 public:
  virtual ~Source() = default;
  /// The manifest's text as it is now. NotFound where nothing is published yet.
  [[nodiscard]] virtual Result<std::string> manifest() = 0;
  /// An object's bytes, which whoever asks compares with its name.
  [[nodiscard]] virtual Result<Secret> object(const std::string& name) = 0;
};

/// A directory with a `manifest` and `objects/`, as the operator writes it (standalone mode, a mounted volume).
[[nodiscard]] std::unique_ptr<Source> directory_source(const std::string& directory);

}  // namespace sallyport::nginx_agent
