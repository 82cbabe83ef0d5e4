// SPDX-License-Identifier: Apache-2.0
// Where the operator's publication comes from, and where it hears how far that is installed.
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
  /// Leaves a report (report.hpp) for the operator, in the place of the one before.
  [[nodiscard]] virtual Result<void> tell(const std::string& report) = 0;
  /// What works still, and will not for long; empty: nothing.
  [[nodiscard]] virtual std::string trouble() const { return {}; }
};

/// A directory with a `manifest` and `objects/`, as the operator writes it (standalone mode, a mounted volume). Reports
/// go to `reports` under the agent's name; without that, nowhere.
[[nodiscard]] std::unique_ptr<Source> directory_source(const std::string& directory, const std::string& reports = {},
                                                       const std::string& agent = {});

}  // namespace sallyport::nginx_agent
