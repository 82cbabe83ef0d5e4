// SPDX-License-Identifier: Apache-2.0
#include "operator/http/server_identity.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/context.hpp>

namespace sallyport::http {
namespace {

using Context = boost::asio::ssl::context;

/// Judges as OpenSSL does, and lets the handshake go on: the verdict stands in SSL_get_verify_result.
int note_verdict(X509_STORE_CTX* chain, void*) {
  if (X509_verify_cert(chain) != 1 && X509_STORE_CTX_get_error(chain) == X509_V_OK) {
    X509_STORE_CTX_set_error(chain, X509_V_ERR_UNSPECIFIED);
  }
  return 1;
}

/// Without one OpenSSL would ask for the password of an encrypted text at the terminal.
int no_password(char*, int, int, void*) {
  return -1;
}

Error unusable(const std::string& what) {
  return {Code::InvalidSpec, what, "listener", {}};
}

Result<void> trust(SSL_CTX* context, const std::string& authorities) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(
      BIO_new_mem_buf(authorities.data(), static_cast<int>(authorities.size())), BIO_free);
  X509_STORE* const store = SSL_CTX_get_cert_store(context);
  X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);  // what is given is trusted as it is, an intermediate too
  int count = 0;
  while (X509* const read = PEM_read_bio_X509(bio.get(), nullptr, no_password, nullptr)) {
    const std::unique_ptr<X509, decltype(&X509_free)> authority(read, X509_free);
    if (X509_STORE_add_cert(store, authority.get()) == 1) ++count;
    SSL_CTX_add_client_CA(context, authority.get());  // named in the question, for clients with several certificates
  }
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  if (count == 0 || !at_end) return unusable("the clients' authorities hold no certificate, or a damaged one");
  return {};
}

Result<std::shared_ptr<Context>> make(const IdentityPem& pem) {
  return guard(Code::InvalidSpec, "listener certificate", [&]() -> Result<std::shared_ptr<Context>> {
    auto context = std::make_shared<Context>(Context::tls_server);
    SSL_CTX* const handle = context->native_handle();
    SSL_CTX_set_min_proto_version(handle, TLS1_2_VERSION);
    // A resumed session would bring a client back by what was believed of it before.
    SSL_CTX_set_session_cache_mode(handle, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_options(handle, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_num_tickets(handle, 0);
    context->set_password_callback([](std::size_t, Context::password_purpose) { return std::string(); });
    context->use_certificate_chain(boost::asio::buffer(pem.certificate));
    context->use_private_key(boost::asio::buffer(pem.key.reveal()), Context::pem);
    if (SSL_CTX_check_private_key(handle) != 1) {
      ERR_clear_error();
      return unusable("the key does not belong to the certificate");
    }
    TRY(trust(handle, pem.client_authorities));
    SSL_CTX_set_verify(handle, SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_cert_verify_callback(handle, &note_verdict, nullptr);
    return context;
  });
}

}  // namespace

Result<void> ServerIdentity::exchange(const IdentityPem& pem) {
  std::shared_ptr<Context> fresh = TRY(make(pem));
  const std::lock_guard lock(mutex_);
  context_ = std::move(fresh);
  return {};
}

std::shared_ptr<boost::asio::ssl::context> ServerIdentity::context() const {
  const std::lock_guard lock(mutex_);
  return context_;
}

}  // namespace sallyport::http
