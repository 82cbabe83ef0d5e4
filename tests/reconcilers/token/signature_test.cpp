// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/token/signature.hpp"

#include <gtest/gtest.h>
#include <openssl/err.h>

#include <nlohmann/json.hpp>

#include "reconcilers/token/key_material.hpp"
#include "tests/testing/signing_key.hpp"

namespace sallyport::token {
namespace {

using testing::SigningKey;

TEST(Signature, OfRsaIsAsLongAsTheModulus) {
  const SigningKey owner("RSA");
  const auto key = read_key_material(owner.jwk());
  ASSERT_TRUE(key);
  for (const auto& [name, algorithm] : {std::pair{"RS256", Algorithm::RS256}, std::pair{"PS256", Algorithm::PS256}}) {
    const std::string good = owner.sign(name, "text");
    EXPECT_TRUE(signature_is_of(*key->key, algorithm, "text", good)) << name;
    EXPECT_FALSE(signature_is_of(*key->key, algorithm, "text", std::string(1, '\0') + good)) << name;
    EXPECT_FALSE(signature_is_of(*key->key, algorithm, "text", good.substr(1))) << name;
    EXPECT_FALSE(signature_is_of(*key->key, algorithm, "text", "")) << name;
  }
  EXPECT_FALSE(signature_is_of(*key->key, Algorithm::RS256, "text", owner.sign("PS256", "text")));
  EXPECT_FALSE(signature_is_of(*key->key, Algorithm::RS256, "text", owner.sign("RS384", "text")));
}

TEST(Signature, OfAnEmptyTextIsOneToo) {
  const SigningKey owner("Ed25519");
  const auto key = read_key_material(owner.jwk());
  ASSERT_TRUE(key);
  EXPECT_TRUE(signature_is_of(*key->key, Algorithm::Ed25519, "", owner.sign("EdDSA", "")));
}

TEST(Signature, LeavesNothingInTheQueueOfErrorsWhenItIsRefused) {
  const SigningKey owner("P-256");
  const auto key = read_key_material(owner.jwk());
  ASSERT_TRUE(key);
  EXPECT_FALSE(signature_is_of(*key->key, Algorithm::ES256, "text", std::string(64, '\0')));
  EXPECT_FALSE(signature_is_of(*key->key, Algorithm::ES256, "text", std::string(64, '\xFF')));
  EXPECT_EQ(ERR_peek_error(), 0U);
  nlohmann::json off_curve = owner.jwk();
  off_curve["y"] = off_curve["x"];
  EXPECT_FALSE(read_key_material(off_curve));
  EXPECT_EQ(ERR_peek_error(), 0U);
}

}  // namespace
}  // namespace sallyport::token
