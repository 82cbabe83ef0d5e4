// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/token/roca.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "operator/base/digest.hpp"
#include "tests/testing/signing_key.hpp"

namespace sallyport::token {
namespace {

TEST(Roca, IsNotSeenInAKeyOfOpenssl) {
  const auto modulus = base64url_decode(testing::SigningKey("RSA").jwk()["n"].get<std::string>());
  ASSERT_TRUE(modulus);
  EXPECT_FALSE(has_roca_weakness(*modulus));
}

// A real weak key is among Wycheproof's vectors (tests/conformance/token).
TEST(Roca, IsSeenInEachPowerOf65537) {
  EXPECT_TRUE(has_roca_weakness(std::string("\x01", 1)));
  EXPECT_TRUE(has_roca_weakness(std::string("\x01\x00\x01", 3)));
  EXPECT_TRUE(has_roca_weakness(std::string("\x01\x00\x02\x00\x01", 5)));
  EXPECT_FALSE(has_roca_weakness(std::string("\x01\x00\x03", 3)));
}

}  // namespace
}  // namespace sallyport::token
