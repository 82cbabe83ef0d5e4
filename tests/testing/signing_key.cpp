// SPDX-License-Identifier: Apache-2.0
#include "tests/testing/signing_key.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "operator/base/digest.hpp"

namespace sallyport::testing {
namespace {

void must(bool worked) {
  if (!worked) throw std::runtime_error("OpenSSL refuses what the test asks for");
}

std::string number(EVP_PKEY& key, const char* name, int size = 0) {
  BIGNUM* value = nullptr;
  must(EVP_PKEY_get_bn_param(&key, name, &value) == 1);
  const int width = size == 0 ? BN_num_bytes(value) : size;
  std::string bytes(static_cast<std::size_t>(width), '\0');
  BN_bn2binpad(value, reinterpret_cast<unsigned char*>(bytes.data()), width);
  BN_free(value);
  return base64url_encode(bytes);
}

/// DER to r and s side by side.
std::string to_raw(const std::string& der, int size) {
  const auto* in = reinterpret_cast<const unsigned char*>(der.data());
  ECDSA_SIG* pair = d2i_ECDSA_SIG(nullptr, &in, static_cast<long>(der.size()));
  must(pair != nullptr);
  std::string raw(static_cast<std::size_t>(2 * size), '\0');
  auto* out = reinterpret_cast<unsigned char*>(raw.data());
  BN_bn2binpad(ECDSA_SIG_get0_r(pair), out, size);
  BN_bn2binpad(ECDSA_SIG_get0_s(pair), out + size, size);
  ECDSA_SIG_free(pair);
  return raw;
}

int coordinate_size(const std::string& curve) {
  return curve == "P-256" ? 32 : curve == "P-384" ? 48 : 66;
}

}  // namespace

SigningKey::SigningKey(const std::string& type, std::string id, unsigned bits) : type_(type), id_(std::move(id)) {
  EVP_PKEY* made = nullptr;
  if (type == "RSA") {
    made = EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", static_cast<std::size_t>(bits));
  } else if (type == "Ed25519") {
    made = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
  } else {
    made = EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", type.c_str());
  }
  must(made != nullptr);
  key_ = std::shared_ptr<EVP_PKEY>(made, EVP_PKEY_free);
}

nlohmann::json SigningKey::jwk() const {
  nlohmann::json out{{"kid", id_}, {"use", "sig"}};
  if (type_ == "RSA") {
    out["kty"] = "RSA";
    out["n"] = number(*key_, OSSL_PKEY_PARAM_RSA_N);
    out["e"] = number(*key_, OSSL_PKEY_PARAM_RSA_E);
  } else if (type_ == "Ed25519") {
    std::string x(32, '\0');
    std::size_t size = x.size();
    must(EVP_PKEY_get_raw_public_key(key_.get(), reinterpret_cast<unsigned char*>(x.data()), &size) == 1);
    out["kty"] = "OKP";
    out["crv"] = "Ed25519";
    out["x"] = base64url_encode(x);
  } else {
    out["kty"] = "EC";
    out["crv"] = type_;
    out["x"] = number(*key_, OSSL_PKEY_PARAM_EC_PUB_X, coordinate_size(type_));
    out["y"] = number(*key_, OSSL_PKEY_PARAM_EC_PUB_Y, coordinate_size(type_));
  }
  return out;
}

std::string SigningKey::public_pem() const {
  BIO* memory = BIO_new(BIO_s_mem());
  must(PEM_write_bio_PUBKEY(memory, key_.get()) == 1);
  char* text = nullptr;
  const long size = BIO_get_mem_data(memory, &text);
  std::string pem(text, static_cast<std::size_t>(size));
  BIO_free(memory);
  return pem;
}

std::string SigningKey::sign(std::string_view algorithm, std::string_view input) const {
  const std::string digest = "SHA" + std::string(algorithm.substr(2));
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  EVP_PKEY_CTX* parameters = nullptr;
  must(EVP_DigestSignInit_ex(context, &parameters, type_ == "Ed25519" ? nullptr : digest.c_str(), nullptr, nullptr,
                             key_.get(), nullptr) == 1);
  if (algorithm.starts_with("PS")) {
    must(EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) == 1);
    must(EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST) == 1);
  }
  const auto* in = reinterpret_cast<const unsigned char*>(input.data());
  std::size_t size = 0;
  must(EVP_DigestSign(context, nullptr, &size, in, input.size()) == 1);
  std::string signature(size, '\0');
  must(EVP_DigestSign(context, reinterpret_cast<unsigned char*>(signature.data()), &size, in, input.size()) == 1);
  signature.resize(size);
  EVP_MD_CTX_free(context);
  return type_.starts_with("P-") ? to_raw(signature, coordinate_size(type_)) : signature;
}

std::string SigningKey::token_of(std::string_view algorithm, std::string_view header, std::string_view payload) const {
  const std::string input = base64url_encode(header) + "." + base64url_encode(payload);
  return input + "." + base64url_encode(sign(algorithm, input));
}

std::string hmac_sha256(std::string_view secret, std::string_view input) {
  std::string mac(32, '\0');
  unsigned size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(input.data()), input.size(), reinterpret_cast<unsigned char*>(mac.data()),
       &size);
  return mac;
}

}  // namespace sallyport::testing
