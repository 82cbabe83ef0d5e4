// SPDX-License-Identifier: Apache-2.0
#include "e2e/simulators/databricks/tokens.hpp"

#include <gtest/gtest.h>

namespace sallyport::simulators::databricks {
namespace {

constexpr SteadyTime kStart{};
constexpr SystemTime kNoon = std::chrono::sys_days{std::chrono::year(2026) / 11 / 22} + std::chrono::hours(12);

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
  EXPECT_FALSE(secrets.accepts("c", Secret(""), kNoon));
  secrets.set("C", Secret(""), kNoon);
  EXPECT_FALSE(secrets.accepts("c", Secret(""), kNoon));
  secrets.set("C", Secret("s"), kNoon);
  EXPECT_TRUE(secrets.accepts("c", Secret("s"), kNoon));
}

TEST(SimulatedTokens, AGivenSecretTakesThePlaceOfTheOneBeforeAndLeavesTheOthers) {
  ClientSecrets secrets;
  secrets.set("c", Secret("first"), kNoon);
  const Secret added = secrets.add("c", kNoon, std::chrono::seconds(60)).value;
  secrets.set("c", Secret("second"), kNoon);
  EXPECT_FALSE(secrets.accepts("c", Secret("first"), kNoon));
  EXPECT_TRUE(secrets.accepts("c", Secret("second"), kNoon));
  EXPECT_TRUE(secrets.accepts("c", added, kNoon));
  EXPECT_EQ(secrets.of("C").size(), 2U);
}

TEST(SimulatedTokens, ASecretSignsInUntilItsTimeIsOverOrItIsRemoved) {
  ClientSecrets secrets;
  const Secret brief = secrets.add("c", kNoon, std::chrono::seconds(60)).value;
  EXPECT_TRUE(secrets.accepts("c", brief, kNoon + std::chrono::seconds(59)));
  EXPECT_FALSE(secrets.accepts("c", brief, kNoon + std::chrono::seconds(60)));
  const ClientSecret other = secrets.add("c", kNoon, std::chrono::seconds(60));
  EXPECT_TRUE(secrets.remove("c", other.id));
  EXPECT_FALSE(secrets.remove("c", other.id));
  EXPECT_FALSE(secrets.accepts("c", other.value, kNoon));
}

}  // namespace
}  // namespace sallyport::simulators::databricks
