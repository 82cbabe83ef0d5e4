// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/publication/signer.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "reconcilers/token/public_key.hpp"
#include "tests/testing/signing_key.hpp"

namespace sallyport::publication {
namespace {

bool verifies(const Signer& signer, std::string_view bytes, std::string_view signature) {
  const auto key = token::PublicKey::read(signer.public_jwk());
  return key && key->verifies(token::Algorithm::Ed25519, bytes, signature);
}

TEST(Signer, SignsWhatItsPublicHalfVerifies) {
  const auto signer = Signer::generate();
  ASSERT_TRUE(signer);
  const auto signature = signer->sign("bytes");
  ASSERT_TRUE(signature);
  EXPECT_TRUE(verifies(*signer, "bytes", *signature));
  EXPECT_FALSE(verifies(*signer, "byteS", *signature));
  EXPECT_FALSE(verifies(*Signer::generate(), "bytes", *signature));
}

TEST(Signer, IsNamedByItsThumbprint) {
  const auto signer = Signer::generate();
  ASSERT_TRUE(signer);
  const auto key = token::PublicKey::read(signer->public_jwk());
  ASSERT_TRUE(key) << key.error().text();
  EXPECT_EQ(signer->id(), key->thumbprint());
  EXPECT_EQ(signer->id(), key->id());
}

TEST(Signer, IsTheSameAfterARestart) {
  const auto signer = Signer::generate();
  ASSERT_TRUE(signer);
  const auto pem = signer->pem();
  ASSERT_TRUE(pem);
  const auto again = Signer::read(*pem);
  ASSERT_TRUE(again) << again.error().text();
  EXPECT_EQ(again->id(), signer->id());
  EXPECT_EQ(again->sign("bytes"), signer->sign("bytes"));
}

TEST(Signer, RefusesEveryOtherKeyAndText) {
  for (const char* text : {"", "x", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"})
    EXPECT_FALSE(Signer::read(Secret(text))) << text;
  EXPECT_FALSE(Signer::read(Secret(testing::SigningKey("Ed25519").public_pem()))) << "only half of it";
}

TEST(Signer, NeverShowsItsPrivateHalf) {
  const auto signer = Signer::generate();
  ASSERT_TRUE(signer);
  EXPECT_FALSE(token::has_private_members(signer->public_jwk()));
}

}  // namespace
}  // namespace sallyport::publication
