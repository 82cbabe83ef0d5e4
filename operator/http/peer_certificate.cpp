// SPDX-License-Identifier: Apache-2.0
#include "operator/http/peer_certificate.hpp"

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "operator/http/tls_peer.hpp"

namespace sallyport::http {

std::optional<PeerCertificate> peer_certificate(const ssl_st* connection) {
  const X509* const shown = SSL_get0_peer_certificate(connection);
  if (shown == nullptr || SSL_get_verify_result(connection) != X509_V_OK) return std::nullopt;
  const std::optional<SystemTime> end = end_of(shown);
  if (!end) return std::nullopt;
  PeerCertificate certificate{{}, *end};
  const std::unique_ptr<GENERAL_NAMES, decltype(&GENERAL_NAMES_free)> names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(shown, NID_subject_alt_name, nullptr, nullptr)), GENERAL_NAMES_free);
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_URI) continue;
    const ASN1_STRING* const text = name->d.uniformResourceIdentifier;
    certificate.uris.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                                  static_cast<std::size_t>(ASN1_STRING_length(text)));
  }
  return certificate;
}

}  // namespace sallyport::http
