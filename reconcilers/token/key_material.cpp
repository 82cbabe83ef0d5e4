// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/token/key_material.hpp"

#include <openssl/core_names.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "operator/base/digest.hpp"
#include "reconcilers/token/openssl.hpp"
#include "reconcilers/token/roca.hpp"

namespace sallyport::token {
namespace {

using nlohmann::json;

constexpr int kMinRsaBits = 2048;
constexpr int kMaxRsaBits = 8192;  // a longer one takes milliseconds for each token
constexpr std::size_t kMaxExponentSize = 8;

Result<std::string> bytes_of(const json& jwk, const char* name) {
  const auto at = jwk.find(name);
  if (at == jwk.end() || !at->is_string()) return unfit("'" + std::string(name) + "' is missing");
  auto bytes = base64url_decode(at->get_ref<const std::string&>());
  if (!bytes) return bytes.error().context("'" + std::string(name) + "'");
  if (bytes->empty()) return unfit("'" + std::string(name) + "' is empty");
  return bytes;
}

Owned<BIGNUM> number(const std::string& bytes) {
  return Owned<BIGNUM>(
      BN_bin2bn(reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()), nullptr));
}

/// RFC 7638 section 3: the required members in order of their names; `required` has them so.
std::string thumbprint_of(const json& required) {
  return base64url_encode(sha256(required.dump()));
}

/// RFC 7518 section 6.3.1.1 forbids zeros in front, and some issuers write one.
std::string without_leading_zeros(const std::string& bytes) {
  return bytes.substr(std::min(bytes.find_first_not_of('\0'), bytes.size()));
}

Result<std::shared_ptr<EVP_PKEY>> make(const char* type, OSSL_PARAM_BLD* builder) {
  const Owned<OSSL_PARAM> params(OSSL_PARAM_BLD_to_param(builder));
  const Owned<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* made = nullptr;
  if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY, params.get()) != 1) {
    return unfit("is no key of its type");
  }
  std::shared_ptr<EVP_PKEY> key(made, EVP_PKEY_free);
  const Owned<EVP_PKEY_CTX> check(EVP_PKEY_CTX_new_from_pkey(nullptr, made, nullptr));
  if (!check || EVP_PKEY_public_check(check.get()) != 1) return unfit("is no key of its type");
  return key;
}

Result<KeyMaterial> read_rsa(const json& jwk) {
  const std::string modulus = without_leading_zeros(TRY(bytes_of(jwk, "n")));
  const std::string exponent = without_leading_zeros(TRY(bytes_of(jwk, "e")));
  if (modulus.size() > kMaxRsaBits / 8) return unfit("is an RSA key of more than 8192 bits");
  if (exponent.size() > kMaxExponentSize) return unfit("has an exponent of more than 64 bits");
  const auto n = number(modulus);
  const auto e = number(exponent);
  const Owned<OSSL_PARAM_BLD> builder(OSSL_PARAM_BLD_new());
  if (!n || !e || !builder) return unfit("cannot be read");
  const int bits = BN_num_bits(n.get());
  if (bits < kMinRsaBits) return unfit("is an RSA key of " + std::to_string(bits) + " bits; 2048 are the least");
  // FIPS 186-5 appendix A.1.1: odd, above 2^16. With 1 everything is a signature of itself.
  if (BN_is_odd(e.get()) == 0 || BN_get_word(e.get()) < 65537) return unfit("has an exponent below 65537");
  if (has_roca_weakness(modulus)) return unfit("has the ROCA weakness (CVE-2017-15361): its factors can be found");
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get());
  return KeyMaterial{
      TRY(make("RSA", builder.get())),
      {Algorithm::RS256, Algorithm::RS384, Algorithm::RS512, Algorithm::PS256, Algorithm::PS384, Algorithm::PS512},
      thumbprint_of({{"e", base64url_encode(exponent)}, {"kty", "RSA"}, {"n", base64url_encode(modulus)}})};
}

struct Curve {
  std::string_view name;
  const char* group;
  std::size_t coordinate;  ///< bytes (RFC 7518 section 6.2.1.2: always all of them)
  Algorithm algorithm;
};
constexpr std::array kCurves{Curve{"P-256", "prime256v1", 32, Algorithm::ES256},
                             Curve{"P-384", "secp384r1", 48, Algorithm::ES384},
                             Curve{"P-521", "secp521r1", 66, Algorithm::ES512}};

Result<KeyMaterial> read_ec(const json& jwk) {
  const json name = jwk.value("crv", json());
  for (const Curve& curve : kCurves) {
    if (name != curve.name) continue;
    const std::string x = TRY(bytes_of(jwk, "x"));
    const std::string y = TRY(bytes_of(jwk, "y"));
    if (x.size() != curve.coordinate || y.size() != curve.coordinate) return unfit("has a coordinate of another size");
    const std::string point = "\x04" + x + y;
    const Owned<OSSL_PARAM_BLD> builder(OSSL_PARAM_BLD_new());
    if (!builder) return unfit("cannot be read");
    OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, curve.group, 0);
    OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size());
    return KeyMaterial{TRY(make("EC", builder.get())),
                       {curve.algorithm},
                       thumbprint_of({{"crv", curve.name}, {"kty", "EC"}, {"x", jwk["x"]}, {"y", jwk["y"]}})};
  }
  return unfit("is on a curve that is not used for tokens");
}

/// The encodings of the eight points of small order on edwards25519, also those that are not reduced; the last bit, the
/// sign, does not count.
bool is_of_small_order(std::string point) {
  static const std::array<std::string, 7> kPoints = {std::string(32, '\0'),
                                                     "\x01" + std::string(31, '\0'),
                                                     "\xec" + std::string(30, '\xff') + "\x7f",
                                                     "\xed" + std::string(30, '\xff') + "\x7f",
                                                     "\xee" + std::string(30, '\xff') + "\x7f",
                                                     "\x26\xe8\x95\x8f\xc2\xb2\x27\xb0\x45\xc3\xf4\x89\xf2\xef\x98\xf0"
                                                     "\xd5\xdf\xac\x05\xd3\xc6\x33\x39\xb1\x38\x02\x88\x6d\x53"
                                                     "\xfc\x05",
                                                     "\xc7\x17\x6a\x70\x3d\x4d\xd8\x4f\xba\x3c\x0b\x76\x0d\x10\x67\x0f"
                                                     "\x2a\x20\x53\xfa\x2c\x39\xcc\xc6\x4e\xc7\xfd\x77\x92\xac"
                                                     "\x03\x7a"};
  point.back() = static_cast<char>(point.back() & 0x7f);
  return std::find(kPoints.begin(), kPoints.end(), point) != kPoints.end();
}

Result<KeyMaterial> read_okp(const json& jwk) {
  if (jwk.value("crv", json()) != "Ed25519") return unfit("is on a curve that is not used for tokens");
  const std::string x = TRY(bytes_of(jwk, "x"));
  if (x.size() != 32) return unfit("has a coordinate of another size");
  if (is_of_small_order(x)) return unfit("is a point of small order: every text would be signed by it");
  std::shared_ptr<EVP_PKEY> key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr,
                                                            reinterpret_cast<const unsigned char*>(x.data()), x.size()),
                                EVP_PKEY_free);
  if (!key) return unfit("is no key of its type");
  return KeyMaterial{
      std::move(key), {Algorithm::Ed25519}, thumbprint_of({{"crv", "Ed25519"}, {"kty", "OKP"}, {"x", jwk["x"]}})};
}

}  // namespace

Error unfit(std::string why) {
  return Error{Code::InvalidSpec, std::move(why), {}, {}};
}

Result<KeyMaterial> read_key_material(const json& jwk) {
  const ErrorQueue clean;
  const json type = jwk.value("kty", json());
  if (type == "RSA") return read_rsa(jwk);
  if (type == "EC") return read_ec(jwk);
  if (type == "OKP") return read_okp(jwk);
  if (type == "oct") return unfit("is symmetric: whoever verifies with it can sign");
  return unfit("is of an unknown type");
}

}  // namespace sallyport::token
