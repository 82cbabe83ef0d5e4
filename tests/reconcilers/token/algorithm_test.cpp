// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/token/algorithm.hpp"

#include <gtest/gtest.h>

namespace sallyport::token {
namespace {

TEST(Algorithm, IsKnownByItsExactName) {
  for (const char* name :
       {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519"}) {
    const auto algorithm = algorithm_named(name);
    ASSERT_TRUE(algorithm) << name;
    EXPECT_EQ(to_string(*algorithm), name);
  }
  EXPECT_EQ(algorithm_named("EdDSA"), Algorithm::Ed25519);
  for (const char* name :
       {"", "none", "rs256", "RS256 ", "HS256", "HS384", "HS512", "ES521", "ES256K", "Ed448", "RSA1_5"}) {
    EXPECT_FALSE(algorithm_named(name)) << name;
  }
}

TEST(Algorithm, SignsTheDigestOfItsName) {
  EXPECT_STREQ(digest_of(Algorithm::PS384), "SHA384");
  EXPECT_STREQ(digest_of(Algorithm::ES512), "SHA512");
  EXPECT_STREQ(digest_of(Algorithm::Ed25519), "");
  EXPECT_EQ(family_of(Algorithm::RS512), Family::Pkcs1);
  EXPECT_EQ(family_of(Algorithm::PS512), Family::Pss);
}

}  // namespace
}  // namespace sallyport::token
