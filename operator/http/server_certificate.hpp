// SPDX-License-Identifier: Apache-2.0
// The listener's certificate, which changes under a running server whenever somebody renews it.
#pragma once

#include <memory>
#include <string>

#include "operator/base/result.hpp"

namespace boost::asio::ssl {
class context;
}

namespace sallyport::http {

/// A certificate and key in two PEM files, and the TLS context (1.2 or newer) made of them. Not thread-safe.
class ServerCertificate {
 public:
  ServerCertificate(std::string cert_file, std::string key_file)
      : cert_file_(std::move(cert_file)), key_file_(std::move(key_file)) {}

  /// Reads the files if they changed since they were last looked at. InvalidSpec if they cannot be used; the context
  /// then stays what it was, and the same bad files are not reported twice.
  Result<void> refresh();

  /// Empty before the first successful refresh(). A connection keeps the context that it began with.
  [[nodiscard]] std::shared_ptr<boost::asio::ssl::context> context() const { return context_; }

 private:
  std::string cert_file_;
  std::string key_file_;
  std::string seen_;
  std::shared_ptr<boost::asio::ssl::context> context_;
};

}  // namespace sallyport::http
