// SPDX-License-Identifier: Apache-2.0
// Whom a TLS connection trusts, and what it shows of itself. cpprestsdk's own check takes the name from the Host header
// and says "Error in SSL handshake" for every failure; this one is ours from the trust store to the words.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "operator/base/clock.hpp"
#include "operator/base/result.hpp"
#include "operator/http/client.hpp"

// OpenSSL's own names for SSL_CTX, SSL, X509, X509_STORE and X509_STORE_CTX.
struct ssl_ctx_st;
struct ssl_st;
struct x509_st;
struct x509_store_st;
struct x509_store_ctx_st;

namespace sallyport::http {

/// InvalidSpec for a CA bundle, client certificate, key or pin that cannot be used.
[[nodiscard]] Result<void> check_tls(const TlsOptions& options);

/// The authorities that the system trusts, read once, where OpenSSL looks for them (SSL_CERT_FILE, SSL_CERT_DIR, its
/// own folder). cpprestsdk reads them into each new connection: about 150 certificates and 25 ms of CPU where they are
/// one file, for a store that `equip` replaces. So the first call also points both variables at nothing: to be made
/// before there are other threads (`start_library` does).
[[nodiscard]] x509_store_st* system_authorities();

/// When a certificate expires; empty for a time that cannot be read.
[[nodiscard]] std::optional<SystemTime> end_of(const x509_st* certificate);

/// The other end of one connection at a time. Has to outlive the contexts that it equipped.
class TlsPeer {
 public:
  /// `host` is the URL's: a name or an address.
  TlsPeer(std::shared_ptr<const TlsOptions> options, const std::string& host);

  /// Loads the trusted CAs and our certificate, reading their files anew, and takes over the check of the peer.
  /// Unavailable when a file cannot be used (any more).
  [[nodiscard]] Result<void> equip(ssl_ctx_st* context);
  /// Sends the name (SNI, RFC 6066 section 3) unless the host is an address, which SNI does not allow.
  void introduce(ssl_st* connection) const;

  /// Why the last peer was turned away; empty when it was not.
  [[nodiscard]] std::string refusal() const;
  /// When the first of the certificates that the last peer was judged by expires; empty before it has shown any.
  [[nodiscard]] std::optional<SystemTime> valid_until() const;

 private:
  static int on_certificate(x509_store_ctx_st* chain, void* self);
  bool accept(x509_store_ctx_st* chain);
  bool accept_pinned(x509_store_ctx_st* chain);
  bool refuse(std::string why);
  void note_validity(x509_store_ctx_st* chain);

  std::shared_ptr<const TlsOptions> options_;
  std::string name_;
  bool name_is_address_;
  mutable std::mutex mutex_;
  std::string refusal_;
  std::optional<SystemTime> valid_until_;
};

/// OpenSSL's words for an error number of a failed handshake.
[[nodiscard]] std::string tls_reason(int number);

}  // namespace sallyport::http
