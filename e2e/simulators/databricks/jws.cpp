// SPDX-License-Identifier: Apache-2.0
#include "e2e/simulators/databricks/jws.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <algorithm>
#include <memory>

#include "operator/base/digest.hpp"
#include "operator/base/text.hpp"

namespace sallyport::simulators::databricks {

namespace {

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* pointer) const {
    Free(pointer);
  }
};
using Number = std::unique_ptr<BIGNUM, Freed<BN_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Freed<EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>>;
using Builder = std::unique_ptr<OSSL_PARAM_BLD, Freed<OSSL_PARAM_BLD_free>>;
using Params = std::unique_ptr<OSSL_PARAM, Freed<OSSL_PARAM_free>>;
using Signature = std::unique_ptr<ECDSA_SIG, Freed<ECDSA_SIG_free>>;

constexpr std::size_t kP256 = 32;  ///< bytes of a coordinate

std::optional<std::string> base64url(std::string_view text) {
  if (text.find_first_of("+/=") != std::string_view::npos) return std::nullopt;
  std::string standard(text);
  std::replace(standard.begin(), standard.end(), '-', '+');
  std::replace(standard.begin(), standard.end(), '_', '/');
  standard.append((4 - standard.size() % 4) % 4, '=');
  auto bytes = base64_decode(standard);
  if (!bytes) return std::nullopt;
  return std::move(*bytes);
}

const unsigned char* bytes_of(const std::string& text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

Number number(const std::string& bytes) {
  return Number(BN_bin2bn(bytes_of(bytes), static_cast<int>(bytes.size()), nullptr));
}

Key from_params(const char* type, OSSL_PARAM_BLD* builder) {
  const Params params(OSSL_PARAM_BLD_to_param(builder));
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (!params || !context || EVP_PKEY_fromdata_init(context.get()) <= 0 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) <= 0)
    return nullptr;
  return Key(key);
}

Key rsa_key(const Json& jwk) {
  const auto n = base64url(text_of(jwk, "n"));
  const auto e = base64url(text_of(jwk, "e"));
  if (!n || !e || n->size() < 256) return nullptr;
  const Number modulus = number(*n);
  const Number exponent = number(*e);
  const Builder builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get());
  return from_params("RSA", builder.get());
}

Key ec_key(const Json& jwk) {
  const auto x = base64url(text_of(jwk, "x"));
  const auto y = base64url(text_of(jwk, "y"));
  if (text_of(jwk, "crv") != "P-256" || !x || !y || x->size() != kP256 || y->size() != kP256) return nullptr;
  const std::string point = "\x04" + *x + *y;
  const Builder builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0);
  OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size());
  return from_params("EC", builder.get());
}

/// JWS carries r and s side by side (RFC 7518 section 3.4); OpenSSL wants them in DER.
std::string der_signature(const std::string& raw) {
  if (raw.size() != 2 * kP256) return {};
  const Signature signature(ECDSA_SIG_new());
  Number r = number(raw.substr(0, kP256));
  Number s = number(raw.substr(kP256));
  if (!signature || ECDSA_SIG_set0(signature.get(), r.get(), s.get()) != 1) return {};
  static_cast<void>(r.release());  // owned by the signature now
  static_cast<void>(s.release());
  unsigned char* der = nullptr;
  const int length = i2d_ECDSA_SIG(signature.get(), &der);
  if (length <= 0) return {};
  std::string out(reinterpret_cast<const char*>(der), static_cast<std::size_t>(length));
  OPENSSL_free(der);
  return out;
}

bool made_by(EVP_PKEY* key, const std::string& text, const std::string& signature) {
  const DigestContext context(EVP_MD_CTX_new());
  return context && EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key) == 1 &&
         EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(text), text.size()) == 1;
}

bool verify_with(const Jws& jws, const Json& jwk) {
  const std::string algorithm = text_of(jws.header, "alg");
  const std::string type = text_of(jwk, "kty");
  if (algorithm == "RS256" && type == "RSA") {
    const Key key = rsa_key(jwk);
    return key && made_by(key.get(), jws.signed_part, jws.signature);
  }
  if (algorithm == "ES256" && type == "EC") {
    const Key key = ec_key(jwk);
    const std::string der = der_signature(jws.signature);
    return key && !der.empty() && made_by(key.get(), jws.signed_part, der);
  }
  return false;
}

}  // namespace

std::optional<Jws> parse_jws(const std::string& text) {
  const auto parts = split(text, '.');
  if (parts.size() != 3) return std::nullopt;
  const auto header = base64url(parts[0]);
  const auto claims = base64url(parts[1]);
  auto signature = base64url(parts[2]);
  if (!header || !claims || !signature) return std::nullopt;
  auto header_json = parse_json(*header);
  auto claims_json = parse_json(*claims);
  if (!header_json || !claims_json || !header_json->is_object() || !claims_json->is_object()) return std::nullopt;
  return Jws{std::move(*header_json), std::move(*claims_json), parts[0] + "." + parts[1], std::move(*signature)};
}

bool verify_jws(const Jws& jws, const Json& keys) {
  const std::string kid = text_of(jws.header, "kid");
  for (const auto& jwk : member(keys, "keys"))
    if ((kid.empty() || text_of(jwk, "kid") == kid) && verify_with(jws, jwk)) return true;
  return false;
}

}  // namespace sallyport::simulators::databricks
