// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/token/public_key.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/testing/signing_key.hpp"

namespace sallyport::token {
namespace {

using nlohmann::json;
using testing::SigningKey;

json edited(const char* name, json value) {
  static const json jwk = SigningKey("P-256").jwk();
  json copy = jwk;
  copy[name] = std::move(value);
  return copy;
}

std::string refusal_of(const json& jwk) {
  const auto key = PublicKey::read(jwk);
  return key ? "" : key.error().message;
}

TEST(PublicKey, IsForSigningOrItIsRefused) {
  EXPECT_EQ(refusal_of(edited("use", "sig")), "");
  EXPECT_EQ(refusal_of(edited("use", "enc")), "'use' is not 'sig'");
  EXPECT_EQ(refusal_of(edited("use", 1)), "'use' is not a string");
  EXPECT_EQ(refusal_of(edited("key_ops", {"sign", "verify"})), "");
  EXPECT_EQ(refusal_of(edited("key_ops", {"encrypt", "sign"})), "'key_ops' does not name 'verify'");
  EXPECT_EQ(refusal_of(edited("key_ops", "verify")), "'key_ops' is not a list");
}

TEST(PublicKey, HasAnIdOfBoundedLengthOrNone) {
  EXPECT_EQ(refusal_of(edited("kid", std::string(256, 'k'))), "");
  EXPECT_EQ(refusal_of(edited("kid", std::string(257, 'k'))), "'kid' has to have 1 to 256 bytes");
  EXPECT_EQ(refusal_of(edited("kid", "")), "'kid' has to have 1 to 256 bytes");
}

TEST(PublicKey, MayNameOnlyAnAlgorithmOfItsTypeAndCurve) {
  EXPECT_EQ(refusal_of(edited("alg", "ES256")), "");
  for (const char* name : {"ES384", "ES512", "ES521", "RS256", "HS256", "none", "ECDH-ES"}) {
    EXPECT_EQ(refusal_of(edited("alg", name)), "'alg' is no signature algorithm of its type and curve") << name;
  }
}

TEST(PublicKey, IsNoLongerTrustedOnceItsPrivatePartWasSeen) {
  EXPECT_EQ(refusal_of(edited("d", "AAAA")), "holds what only its owner may know");
  EXPECT_TRUE(has_private_members(edited("d", "AAAA")));
  EXPECT_FALSE(has_private_members(edited("alg", "ES256")));
}

TEST(PublicKey, AnRsaKeyIsForEachRsaAlgorithmUntilItNamesOne) {
  json jwk = SigningKey("RSA").jwk();
  EXPECT_EQ(PublicKey::read(jwk)->algorithms().size(), 6U);
  jwk["alg"] = "PS512";
  const auto pinned = PublicKey::read(jwk);
  EXPECT_TRUE(pinned->fits(Algorithm::PS512));
  EXPECT_FALSE(pinned->fits(Algorithm::RS512));
  EXPECT_FALSE(pinned->fits(Algorithm::PS256));
}

TEST(PublicKey, VerifiesWhatItsOwnerSignedAndNothingElse) {
  const SigningKey owner("P-256"), other("P-256");
  const auto key = PublicKey::read(owner.jwk());
  ASSERT_TRUE(key);
  EXPECT_TRUE(key->verifies(Algorithm::ES256, "text", owner.sign("ES256", "text")));
  EXPECT_FALSE(key->verifies(Algorithm::ES256, "texts", owner.sign("ES256", "text")));
  EXPECT_FALSE(key->verifies(Algorithm::ES256, "text", other.sign("ES256", "text")));
  EXPECT_FALSE(key->verifies(Algorithm::RS256, "text", owner.sign("ES256", "text")));
}

}  // namespace
}  // namespace sallyport::token
