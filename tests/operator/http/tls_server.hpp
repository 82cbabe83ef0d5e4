// SPDX-License-Identifier: Apache-2.0
// A real TLS server, for tests of those who look at what it shows.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "operator/http/listener.hpp"
#include "tests/testing/test_certificates.hpp"

namespace sallyport::http {

/// A TLS listener on 127.0.0.1 that shows `shown`, and answers "over TLS".
class TlsServer {
 public:
  explicit TlsServer(const testing::CertificatePair& shown) {
    ListenerOptions options;
    options.tls_cert_file = folder_.write("tls.crt", shown.cert_pem);
    options.tls_key_file = folder_.write("tls.key", shown.key_pem);
    auto listener = listen(options, [](const Incoming&) { return Outgoing{.body = "over TLS"}; });
    EXPECT_TRUE(listener) << listener.error().text();
    listener_ = std::move(*listener);
  }
  [[nodiscard]] std::string url(const std::string& host) const {
    return "https://" + host + ":" + std::to_string(listener_->port());
  }

 private:
  testing::TemporaryFolder folder_;
  std::unique_ptr<Listener> listener_;
};

}  // namespace sallyport::http
