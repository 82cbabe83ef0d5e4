// SPDX-License-Identifier: Apache-2.0
#include "tests/testing/test_certificates.hpp"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "operator/base/check.hpp"
#include "operator/base/digest.hpp"

namespace sallyport::testing {
namespace {

struct Free {
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
};
using Certificate = std::unique_ptr<X509, Free>;
using Key = std::unique_ptr<EVP_PKEY, Free>;
using Bio = std::unique_ptr<BIO, Free>;

std::string text_of(const Bio& bio) {
  char* bytes = nullptr;
  const long length = BIO_get_mem_data(bio.get(), &bytes);
  return {bytes, static_cast<std::size_t>(length)};
}

void extend(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, Free> extension(X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
  SALLYPORT_CHECK(extension != nullptr, "a test certificate's extension is malformed");
  X509_add_ext(certificate, extension.get(), -1);
}

std::string alternative_names(const CertificateWish& wish) {
  std::string text;
  for (const std::string& name : wish.names) text += (text.empty() ? "DNS:" : ",DNS:") + name;
  for (const std::string& address : wish.addresses) text += (text.empty() ? "IP:" : ",IP:") + address;
  return text;
}

/// A certificate without extensions and signature.
Certificate blank(const CertificateWish& wish, EVP_PKEY* key) {
  Certificate certificate(X509_new());
  X509_set_version(certificate.get(), X509_VERSION_3);
  std::uint64_t serial = 0;
  RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof(serial));
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate.get()), serial >> 1U);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), wish.valid_from.count());
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), wish.valid_until.count());
  X509_set_pubkey(certificate.get(), key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(wish.common_name.c_str()), -1, -1, 0);
  return certificate;
}

void sign(X509* certificate, X509* issuer, EVP_PKEY* issuer_key) {
  X509_set_issuer_name(certificate, X509_get_subject_name(issuer));
  SALLYPORT_CHECK(X509_sign(certificate, issuer_key, EVP_sha256()) > 0, "a test certificate cannot be signed");
}

CertificatePair to_pem(X509* certificate, EVP_PKEY* key) {
  CertificatePair pair;
  const Bio cert_bio(BIO_new(BIO_s_mem())), key_bio(BIO_new(BIO_s_mem())), der_bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(cert_bio.get(), certificate);
  PEM_write_bio_PrivateKey(key_bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  i2d_X509_bio(der_bio.get(), certificate);
  pair.cert_pem = text_of(cert_bio);
  pair.key_pem = text_of(key_bio);
  pair.sha256 = sha256_hex(text_of(der_bio));
  return pair;
}

void describe_leaf(X509* certificate, X509* issuer, const CertificateWish& wish) {
  extend(certificate, issuer, NID_basic_constraints, "critical,CA:FALSE");
  extend(certificate, issuer, NID_key_usage, "critical,digitalSignature");
  extend(certificate, issuer, NID_ext_key_usage, "serverAuth,clientAuth");
  if (const std::string names = alternative_names(wish); !names.empty()) {
    extend(certificate, issuer, NID_subject_alt_name, names);
  }
}

}  // namespace

struct TestAuthority::Keys {
  Key key{EVP_EC_gen("P-256")};
  Certificate certificate;
};

TestAuthority::TestAuthority(const std::string& common_name) : keys_(std::make_unique<Keys>()) {
  const CertificateWish wish{.common_name = common_name};
  keys_->certificate = blank(wish, keys_->key.get());
  X509* const own = keys_->certificate.get();
  extend(own, own, NID_basic_constraints, "critical,CA:TRUE");
  extend(own, own, NID_key_usage, "critical,keyCertSign,cRLSign");
  extend(own, own, NID_subject_key_identifier, "hash");
  sign(own, own, keys_->key.get());
  pair_ = to_pem(own, keys_->key.get());
}

TestAuthority::~TestAuthority() = default;

CertificatePair TestAuthority::issue(const CertificateWish& wish) const {
  const Key key(EVP_EC_gen("P-256"));
  const Certificate certificate = blank(wish, key.get());
  describe_leaf(certificate.get(), keys_->certificate.get(), wish);
  sign(certificate.get(), keys_->certificate.get(), keys_->key.get());
  return to_pem(certificate.get(), key.get());
}

CertificatePair self_signed(const CertificateWish& wish) {
  const Key key(EVP_EC_gen("P-256"));
  const Certificate certificate = blank(wish, key.get());
  describe_leaf(certificate.get(), certificate.get(), wish);
  sign(certificate.get(), certificate.get(), key.get());
  return to_pem(certificate.get(), key.get());
}

TemporaryFolder::TemporaryFolder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "sallyport-test-XXXXXX").string();
  SALLYPORT_CHECK(::mkdtemp(pattern.data()) != nullptr, "no temporary folder for a test");
  path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string TemporaryFolder::write(const std::string& name, const std::string& text) const {
  const std::string file = path_ + "/" + name;
  const std::string draft = file + ".draft";
  std::ofstream(draft, std::ios::binary) << text;
  std::filesystem::rename(draft, file);
  return file;
}

}  // namespace sallyport::testing
