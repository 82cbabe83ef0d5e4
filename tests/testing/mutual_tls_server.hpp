// SPDX-License-Identifier: Apache-2.0
// A TLS server that asks for a client certificate and answers with the name in it.
#pragma once

#include <memory>
#include <string>

#include "tests/testing/raw_server.hpp"
#include "tests/testing/test_certificates.hpp"

namespace sallyport::testing {

class MutualTlsServer {
 public:
  /// Shows `shown`; lets in whoever has a certificate of `clients`. Each connection gets one answer, whose body is
  /// "<client's common name> <name in SNI, or - >".
  MutualTlsServer(const CertificatePair& shown, const TestAuthority& clients);
  ~MutualTlsServer();
  MutualTlsServer(const MutualTlsServer&) = delete;
  MutualTlsServer& operator=(const MutualTlsServer&) = delete;

  [[nodiscard]] int port() const { return server_->port(); }

 private:
  struct Context;
  void serve(const RawSocket& socket) const;

  std::unique_ptr<Context> context_;
  std::unique_ptr<RawServer> server_;
};

}  // namespace sallyport::testing
