// SPDX-License-Identifier: Apache-2.0
// The bearer token, kept current: a ServiceAccount's token is replaced under our feet about every 50 minutes.
#pragma once

#include <mutex>
#include <optional>
#include <string>

#include "operator/base/clock.hpp"
#include "operator/base/result.hpp"
#include "operator/base/secret.hpp"
#include "operator/kube/config.hpp"

namespace sallyport::kube {

/// Thread-safe; shared by all clients of one API server.
class Credentials {
 public:
  Credentials(const Config& config, const Clock& clock);

  /// Value of the Authorization header; empty without a token (a client certificate signs in then). The file is read
  /// again when the last reading is 60 s old. While it is unreadable or empty, the last good token stays in use.
  [[nodiscard]] Result<std::optional<Secret>> authorization();
  /// After a 401: the next call reads the file at once.
  void rejected();

 private:
  const Clock* clock_;
  const std::string file_;
  std::mutex mutex_;
  Secret token_;
  std::optional<SteadyTime> read_at_;
};

}  // namespace sallyport::kube
