// SPDX-License-Identifier: Apache-2.0
// A listener that asks for certificates, and clients with and without one.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "operator/http/client.hpp"
#include "operator/http/listener.hpp"
#include "operator/http/server_identity.hpp"
#include "operator/pki/authority.hpp"

namespace sallyport::http {

/// The authority of a test, by the machine's clock: handshakes go by that.
class TestPki {
 public:
  [[nodiscard]] IdentityPem server() const {
    const pki::Key key = *pki::Key::make();
    return {*authority.issue_server(key, {"127.0.0.1"}, term), *key.pem(), authority.certificate().pem()};
  }
  /// What a client is told to show.
  [[nodiscard]] TlsOptions client(const std::string& uri, const pki::Term& when) const {
    const pki::Key key = *pki::Key::make();
    TlsOptions tls = stranger();
    tls.client_cert_pem = *authority.issue_client(*key.request(), uri, when);
    tls.client_key_pem = *key.pem();
    return tls;
  }
  [[nodiscard]] TlsOptions client(const std::string& uri) const { return client(uri, term); }
  [[nodiscard]] TlsOptions stranger() const { return {.ca_bundle_pem = authority.certificate().pem()}; }

  const SystemTime now = system_clock().now();
  const pki::Term term{now - std::chrono::hours(1), now + std::chrono::hours(1)};
  const pki::Authority authority = *pki::Authority::make("test", {now - std::chrono::hours(2), term.until});
};

inline std::unique_ptr<Client> client_of(int port, const TlsOptions& tls) {
  ClientOptions options;
  options.base_url = "https://127.0.0.1:" + std::to_string(port);
  options.tls = tls;
  auto client = make_client(options);
  EXPECT_TRUE(client) << client.error().text();
  return client ? *std::move(client) : nullptr;
}

}  // namespace sallyport::http
