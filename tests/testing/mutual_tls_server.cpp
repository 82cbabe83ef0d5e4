// SPDX-License-Identifier: Apache-2.0
#include "tests/testing/mutual_tls_server.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <array>

#include "operator/base/check.hpp"

namespace sallyport::testing {
namespace {

struct Free {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL* connection) const { SSL_free(connection); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(BIO* bio) const { BIO_free(bio); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

Owned<X509> certificate_of(const std::string& pem) {
  const Owned<BIO> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return Owned<X509>(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
}

Owned<EVP_PKEY> key_of(const std::string& pem) {
  const Owned<BIO> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return Owned<EVP_PKEY>(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
}

}  // namespace

struct MutualTlsServer::Context {
  Owned<SSL_CTX> tls{SSL_CTX_new(TLS_server_method())};
};

MutualTlsServer::MutualTlsServer(const CertificatePair& shown, const TestAuthority& clients)
    : context_(std::make_unique<Context>()) {
  SSL_CTX* const tls = context_->tls.get();
  const bool ready = SSL_CTX_use_certificate(tls, certificate_of(shown.cert_pem).get()) == 1 &&
                     SSL_CTX_use_PrivateKey(tls, key_of(shown.key_pem).get()) == 1 &&
                     X509_STORE_add_cert(SSL_CTX_get_cert_store(tls), certificate_of(clients.cert_pem()).get()) == 1;
  SALLYPORT_CHECK(ready, "a test server's certificates cannot be used");
  SSL_CTX_set_verify(tls, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  server_ = std::make_unique<RawServer>([this](RawSocket& socket, int) { serve(socket); });
}

MutualTlsServer::~MutualTlsServer() {
  server_.reset();
}  // its threads use the context

void MutualTlsServer::serve(const RawSocket& socket) const {
  const Owned<SSL> connection(SSL_new(context_->tls.get()));
  SSL_set_fd(connection.get(), socket.descriptor());
  std::array<char, 4096> bytes{};
  if (SSL_accept(connection.get()) == 1 &&
      SSL_read(connection.get(), bytes.data(), static_cast<int>(bytes.size())) > 0) {
    const Owned<X509> client(SSL_get1_peer_certificate(connection.get()));
    std::array<char, 256> name{};
    X509_NAME_get_text_by_NID(X509_get_subject_name(client.get()), NID_commonName, name.data(), name.size());
    const char* const host = SSL_get_servername(connection.get(), TLSEXT_NAMETYPE_host_name);
    const std::string answer = raw_answer(200, std::string(name.data()) + " " + (host == nullptr ? "-" : host));
    SSL_write(connection.get(), answer.data(), static_cast<int>(answer.size()));
    SSL_shutdown(connection.get());
  }
  ERR_clear_error();
}

}  // namespace sallyport::testing
