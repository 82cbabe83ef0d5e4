// SPDX-License-Identifier: Apache-2.0
// A fresh P-256 key that signs JWTs, and its public half as a JWK set: a cluster's token issuer in small.
#pragma once

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>

#include <memory>
#include <string>
#include <vector>

#include "e2e/simulators/json.hpp"
#include "operator/base/digest.hpp"

namespace sallyport::simulators::databricks {

class Signer {
 public:
  Signer() : key_(EVP_EC_gen("P-256"), EVP_PKEY_free) {}

  [[nodiscard]] Json jwks() const {
    return {{"keys", Json::array({{{"kty", "EC"},
                                   {"crv", "P-256"},
                                   {"kid", "k1"},
                                   {"x", coordinate(OSSL_PKEY_PARAM_EC_PUB_X)},
                                   {"y", coordinate(OSSL_PKEY_PARAM_EC_PUB_Y)}}})}};
  }

  [[nodiscard]] std::string sign(const Json& claims) const {
    const Json header = {{"alg", "ES256"}, {"kid", "k1"}};
    const std::string text = base64url_encode(header.dump()) + "." + base64url_encode(claims.dump());
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    std::vector<unsigned char> der(128);
    std::size_t length = der.size();
    EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get());
    EVP_DigestSign(context.get(), der.data(), &length, reinterpret_cast<const unsigned char*>(text.data()),
                   text.size());
    const unsigned char* begin = der.data();
    const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> signature(
        d2i_ECDSA_SIG(nullptr, &begin, static_cast<long>(length)), ECDSA_SIG_free);
    return text + "." +
           base64url_encode(padded(ECDSA_SIG_get0_r(signature.get())) + padded(ECDSA_SIG_get0_s(signature.get())));
  }

 private:
  static std::string padded(const BIGNUM* number) {
    std::string out(32, '\0');
    BN_bn2binpad(number, reinterpret_cast<unsigned char*>(out.data()), 32);
    return out;
  }
  [[nodiscard]] std::string coordinate(const char* name) const {
    BIGNUM* number = nullptr;
    EVP_PKEY_get_bn_param(key_.get(), name, &number);
    std::string out = base64url_encode(padded(number));
    BN_free(number);
    return out;
  }

  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_;
};

}  // namespace sallyport::simulators::databricks
