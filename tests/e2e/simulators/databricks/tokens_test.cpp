// SPDX-License-Identifier: Apache-2.0
#include "e2e/simulators/databricks/tokens.hpp"

#include <gtest/gtest.h>

namespace sallyport::simulators::databricks {
namespace {

constexpr SteadyTime kStart{};

TEST(SimulatedTokens, LiveUntilTheyExpireOrAreRevoked) {
  Tokens tokens;
  const Secret token = tokens.issue("7", kStart + std::chrono::seconds(10));
  EXPECT_EQ(tokens.check(token.reveal(), kStart)->principal_id, "7");
  EXPECT_FALSE(tokens.check(token.reveal(), kStart + std::chrono::seconds(10)));
  tokens.accept(Secret("dapi"), "7");
  EXPECT_EQ(tokens.check("dapi", kStart + std::chrono::hours(9999))->credential, Credential::PersonalAccessToken);
  EXPECT_TRUE(tokens.revoke("dapi"));
  EXPECT_FALSE(tokens.revoke("dapi"));
  EXPECT_EQ(tokens.revoke_of("7"), 1U);
}

TEST(SimulatedTokens, AnEmptySecretNeverSignsIn) {
  ClientSecrets secrets;
  EXPECT_FALSE(secrets.accepts("c", Secret("")));
  secrets.set("C", Secret(""));
  EXPECT_FALSE(secrets.accepts("c", Secret("")));
  secrets.set("C", Secret("s"));
  EXPECT_TRUE(secrets.accepts("c", Secret("s")));
}

}  // namespace
}  // namespace sallyport::simulators::databricks
