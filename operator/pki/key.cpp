// SPDX-License-Identifier: Apache-2.0
#include "operator/pki/key.hpp"

#include <algorithm>
#include <array>

#include "operator/pki/openssl.hpp"

namespace sallyport::pki {
namespace {

constexpr int kFewestRsaBits = 2048;
constexpr int kMostRsaBits = 8192;  // checking a signature of more is work that others could set us

std::shared_ptr<EVP_PKEY> own(EVP_PKEY* key) {
  return {key, EVP_PKEY_free};
}

bool is_on_a_known_curve(const EVP_PKEY* key) {
  std::array<char, 64> curve{};
  std::size_t size = 0;
  if (EVP_PKEY_get_group_name(key, curve.data(), curve.size(), &size) != 1) return false;
  const std::string_view name(curve.data(), size);
  return name == "prime256v1" || name == "secp384r1" || name == "secp521r1";
}

}  // namespace

bool is_strong(const evp_pkey_st* key) {
  if (key == nullptr) return false;
  if (EVP_PKEY_is_a(key, "ED25519") == 1) return true;
  if (EVP_PKEY_is_a(key, "EC") == 1) return is_on_a_known_curve(key);
  const int bits = EVP_PKEY_get_bits(key);
  return EVP_PKEY_is_a(key, "RSA") == 1 && bits >= kFewestRsaBits && bits <= kMostRsaBits;
}

Result<Key> Key::make() {
  const Quiet errors;
  const auto key = own(EVP_EC_gen("P-256"));
  if (key == nullptr) return Error{Code::Internal, "cannot make a private key", {}, {}};
  return Key(key);
}

Result<Key> Key::read(const Secret& pem) {
  const Quiet errors;
  const auto bio = bio_of(pem.reveal());
  const auto key = own(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_pass_phrase, nullptr));
  if (key == nullptr) return Error{Code::InvalidSpec, "is not a private key in PEM without a pass phrase", {}, {}};
  if (!is_strong(key.get())) {
    return Error{Code::InvalidSpec, "is a key of a kind or size that is not used for certificates", {}, {}};
  }
  return Key(key);
}

Result<Secret> Key::pem() const {
  const Quiet errors;
  const Owned<BIO> bio(BIO_new(BIO_s_secmem()));
  if (PEM_write_bio_PKCS8PrivateKey(bio.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    return Error{Code::Internal, "cannot write a private key", {}, {}};
  }
  return Secret(text_of(bio));
}

Result<std::string> Key::request() const {
  const Quiet errors;
  const Owned<X509_REQ> request(X509_REQ_new());
  const Owned<BIO> bio(BIO_new(BIO_s_mem()));
  const bool made = X509_REQ_set_version(request.get(), X509_REQ_VERSION_1) == 1 &&
                    X509_REQ_set_pubkey(request.get(), key_.get()) == 1 &&
                    X509_REQ_sign(request.get(), key_.get(), EVP_sha256()) > 0 &&
                    PEM_write_bio_X509_REQ(bio.get(), request.get()) == 1;
  if (!made) return Error{Code::Internal, "cannot make a certificate request", {}, {}};
  return text_of(bio);
}

}  // namespace sallyport::pki
