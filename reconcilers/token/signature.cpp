// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/token/signature.hpp"

#include <openssl/rsa.h>

#include <optional>
#include <string>

#include "reconcilers/token/openssl.hpp"

namespace sallyport::token {
namespace {

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

/// What OpenSSL expects: DER of r and s. Nothing for a signature that is not two numbers of the curve's size.
std::optional<std::string> to_der(EVP_PKEY& key, std::string_view signature) {
  const std::size_t size = (static_cast<std::size_t>(EVP_PKEY_get_bits(&key)) + 7) / 8;
  if (signature.size() != 2 * size) return std::nullopt;
  const Owned<ECDSA_SIG> pair(ECDSA_SIG_new());
  Owned<BIGNUM> r(BN_bin2bn(bytes(signature), static_cast<int>(size), nullptr));
  Owned<BIGNUM> s(BN_bin2bn(bytes(signature) + size, static_cast<int>(size), nullptr));
  if (!pair || !r || !s) return std::nullopt;
  ECDSA_SIG_set0(pair.get(), r.release(), s.release());  // whether they are in range is verified with the signature
  std::string der(static_cast<std::size_t>(i2d_ECDSA_SIG(pair.get(), nullptr)), '\0');
  auto* out = reinterpret_cast<unsigned char*>(der.data());
  i2d_ECDSA_SIG(pair.get(), &out);
  return der;
}

bool set_padding(EVP_PKEY_CTX* context, Family family) {
  if (family == Family::Pkcs1) return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1;
  if (family != Family::Pss) return true;
  return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
         EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
}

bool openssl_verifies(EVP_PKEY& key, Algorithm algorithm, std::string_view signing_input, std::string_view signature) {
  const Family family = family_of(algorithm);
  const char* digest = family == Family::EdDsa ? nullptr : digest_of(algorithm);
  const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* parameters = nullptr;
  return EVP_DigestVerifyInit_ex(context.get(), &parameters, digest, nullptr, nullptr, &key, nullptr) == 1 &&
         set_padding(parameters, family) &&
         EVP_DigestVerify(context.get(), bytes(signature), signature.size(), bytes(signing_input),
                          signing_input.size()) == 1;
}

}  // namespace

bool signature_is_of(EVP_PKEY& key, Algorithm algorithm, std::string_view signing_input, std::string_view signature) {
  const ErrorQueue clean;
  if (family_of(algorithm) == Family::Ecdsa) {
    const auto der = to_der(key, signature);
    return der && openssl_verifies(key, algorithm, signing_input, *der);
  }
  // RFC 8017 section 8.2.2 step 1: as long as the modulus, and no byte shorter.
  return static_cast<std::size_t>(EVP_PKEY_get_size(&key)) == signature.size() &&
         openssl_verifies(key, algorithm, signing_input, signature);
}

}  // namespace sallyport::token
