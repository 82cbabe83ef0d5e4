// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/token/key_material.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "operator/base/digest.hpp"
#include "tests/testing/signing_key.hpp"

namespace sallyport::token {
namespace {

using nlohmann::json;
using testing::SigningKey;

std::string refusal_of(const json& jwk) {
  const auto key = read_key_material(jwk);
  return key ? "" : key.error().message;
}

json edited(json jwk, const char* name, json value) {
  if (value.is_null()) jwk.erase(name);
  if (!value.is_null()) jwk[name] = std::move(value);
  return jwk;
}

TEST(KeyMaterial, HasTheThumbprintOfTheStandardsExample) {  // RFC 7638 section 3.1
  const json jwk{
      {"kty", "RSA"},
      {"n",
       "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_"
       "BJECPebWKRXjBZCiFV4n3oknjhMs"
       "tn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_"
       "FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn"
       "1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"},
      {"e", "AQAB"},
      {"alg", "RS256"},
      {"kid", "2011-04-29"}};
  const auto key = read_key_material(jwk);
  ASSERT_TRUE(key) << key.error().message;
  EXPECT_EQ(key->thumbprint, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
}

TEST(KeyMaterial, KnowsForWhichAlgorithmsACurveIs) {
  EXPECT_EQ(read_key_material(SigningKey("P-256").jwk())->algorithms, std::vector{Algorithm::ES256});
  EXPECT_EQ(read_key_material(SigningKey("P-384").jwk())->algorithms, std::vector{Algorithm::ES384});
  EXPECT_EQ(read_key_material(SigningKey("P-521").jwk())->algorithms, std::vector{Algorithm::ES512});
  EXPECT_EQ(read_key_material(SigningKey("Ed25519").jwk())->algorithms, std::vector{Algorithm::Ed25519});
}

TEST(KeyMaterial, RefusesWeakRsaKeys) {
  EXPECT_EQ(refusal_of(SigningKey("RSA", "k", 1024).jwk()), "is an RSA key of 1024 bits; 2048 are the least");
  const json good = SigningKey("RSA").jwk();
  EXPECT_EQ(refusal_of(good), "");
  EXPECT_EQ(refusal_of(edited(good, "e", "AQ")), "has an exponent below 65537");
  EXPECT_EQ(refusal_of(edited(good, "e", "Aw")), "has an exponent below 65537");
  EXPECT_EQ(refusal_of(edited(good, "e", "AQAA")), "has an exponent below 65537");  // 65536, even
  EXPECT_EQ(refusal_of(edited(good, "e", base64url_encode(std::string(9, '\1')))),
            "has an exponent of more than 64 bits");
  EXPECT_EQ(refusal_of(edited(good, "n", base64url_encode(std::string(1100, '\1')))),
            "is an RSA key of more than 8192 bits");
}

TEST(KeyMaterial, RefusesPointsThatAreNotOnTheirCurve) {
  const json good = SigningKey("P-256").jwk();
  EXPECT_EQ(refusal_of(edited(good, "y", good["x"])), "is no key of its type");
  EXPECT_EQ(refusal_of(edited(good, "crv", "P-384")), "has a coordinate of another size");
  EXPECT_EQ(refusal_of(edited(good, "crv", "secp256k1")), "is on a curve that is not used for tokens");
  EXPECT_EQ(refusal_of(edited(good, "x", "AAAA")), "has a coordinate of another size");
  EXPECT_EQ(refusal_of(edited(SigningKey("Ed25519").jwk(), "x", "AAAA")), "has a coordinate of another size");
  EXPECT_EQ(refusal_of(edited(SigningKey("Ed25519").jwk(), "crv", "X25519")),
            "is on a curve that is not used for tokens");
}

TEST(KeyMaterial, RefusesPointsOfSmallOrder) {
  const json good = SigningKey("Ed25519").jwk();
  for (const int first : {0x00, 0x01, 0xec, 0xed, 0xee}) {
    std::string point(32, first < 2 ? '\0' : '\xff');
    point.front() = static_cast<char>(first);
    for (const int last : {0x7f, 0xff}) {  // with either sign
      point.back() = static_cast<char>(first < 2 ? last - 0x7f : last);
      EXPECT_EQ(refusal_of(edited(good, "x", base64url_encode(point))),
                "is a point of small order: every text would be signed by it");
    }
  }
  EXPECT_EQ(refusal_of(edited(good, "x", "JuiVj8KyJ7BFw_SJ8u-Y8NXfrAXTxjM5sTgCiG1T_AU")),
            "is a point of small order: every text would be signed by it");
}

TEST(KeyMaterial, HasOneThumbprintHoweverItsNumbersAreWritten) {
  const json good = SigningKey("RSA").jwk();
  const std::string modulus = *base64url_decode(good["n"].get<std::string>());
  const json padded = edited(good, "n", base64url_encode(std::string(1, '\0') + modulus));
  EXPECT_EQ(read_key_material(padded)->thumbprint, read_key_material(good)->thumbprint);
}

TEST(KeyMaterial, RefusesMembersThatAreMissingOrNoBase64url) {
  const json good = SigningKey("P-256").jwk();
  EXPECT_EQ(refusal_of(edited(good, "x", nullptr)), "'x' is missing");
  EXPECT_EQ(refusal_of(edited(good, "x", 7)), "'x' is missing");
  EXPECT_EQ(refusal_of(edited(good, "x", "")), "'x' is empty");
  EXPECT_EQ(refusal_of(edited(good, "x", "a+b/")), "'x': is not base64url without padding (RFC 7515 section 2)");
  EXPECT_EQ(refusal_of(edited(good, "kty", "oct")), "is symmetric: whoever verifies with it can sign");
  EXPECT_EQ(refusal_of(edited(good, "kty", "AKP")), "is of an unknown type");
  EXPECT_EQ(refusal_of(edited(good, "kty", nullptr)), "is of an unknown type");
}

}  // namespace
}  // namespace sallyport::token
