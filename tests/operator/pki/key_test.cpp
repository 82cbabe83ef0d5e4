// SPDX-License-Identifier: Apache-2.0
#include "operator/pki/key.hpp"

#include <gmock/gmock.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "operator/pki/authority.hpp"

namespace sallyport::pki {
namespace {

using ::testing::HasSubstr;

std::shared_ptr<EVP_PKEY> owned(EVP_PKEY* key) {
  return {key, EVP_PKEY_free};
}

TEST(Key, IsTheSameAfterItWasWrittenAndRead) {
  const Key key = *Key::make();
  const Secret pem = *key.pem();

  const auto read = Key::read(pem);

  ASSERT_TRUE(read) << read.error().text();
  EXPECT_THAT(pem.reveal(), HasSubstr("BEGIN PRIVATE KEY"));
  EXPECT_EQ(read->pem()->reveal(), pem.reveal());
  EXPECT_NE(Key::make()->pem()->reveal(), pem.reveal());
}

TEST(Key, RefusesWhatIsNone) {
  for (const char* text : {"", "hello", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"}) {
    EXPECT_EQ(Key::read(Secret(text)).error().code, Code::InvalidSpec) << text;
  }
}

TEST(Key, AsksForACertificateInItsOwnName) {
  const std::string request = *Key::make()->request();
  EXPECT_THAT(request, HasSubstr("BEGIN CERTIFICATE REQUEST"));
  EXPECT_LT(request.size(), kMaxRequestSize / 8);
}

TEST(StrongKeys, AreThoseThatNobodyBreaks) {
  EXPECT_TRUE(is_strong(owned(EVP_EC_gen("P-256")).get()));
  EXPECT_TRUE(is_strong(owned(EVP_EC_gen("P-521")).get()));
  EXPECT_TRUE(is_strong(owned(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")).get()));
  EXPECT_TRUE(is_strong(owned(EVP_RSA_gen(2048)).get()));
  EXPECT_FALSE(is_strong(owned(EVP_RSA_gen(1024)).get()));
  EXPECT_FALSE(is_strong(owned(EVP_EC_gen("secp224r1")).get()));
  EXPECT_FALSE(is_strong(owned(EVP_EC_gen("secp256k1")).get()));
  EXPECT_FALSE(is_strong(nullptr));
}

}  // namespace
}  // namespace sallyport::pki
