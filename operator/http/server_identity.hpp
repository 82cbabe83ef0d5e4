// SPDX-License-Identifier: Apache-2.0
// What a listener shows of itself, and whose certificates it believes of its clients: from memory, and exchanged while
// it serves.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "operator/base/result.hpp"
#include "operator/base/secret.hpp"

namespace boost::asio::ssl {
class context;
}

namespace sallyport::http {

/// PEM texts.
struct IdentityPem {
  std::string certificate;  ///< and those above it, its own first
  Secret key;
  std::string client_authorities;  ///< of clients' certificates: at least one
};

/// Thread-safe. Clients are asked for a certificate (TLS 1.2 or newer), and who shows none, or one that is not vouched
/// for, is let in all the same: Incoming::certificate tells the difference, so that a client learns by an answer, and
/// not by a broken handshake, that it has to enrol anew.
class ServerIdentity {
 public:
  /// InvalidSpec for what cannot be used; what was shown before then stays. Connections that began with the former end
  /// at their next request, unanswered: whoever is no longer trusted does not go on by having come early.
  [[nodiscard]] Result<void> exchange(const IdentityPem& pem);

  /// Empty before the first exchange. A connection keeps the context that it began with.
  [[nodiscard]] std::shared_ptr<boost::asio::ssl::context> context() const;

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<boost::asio::ssl::context> context_;
};

}  // namespace sallyport::http
