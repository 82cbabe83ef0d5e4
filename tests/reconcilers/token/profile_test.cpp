// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/token/profile.hpp"

#include <gtest/gtest.h>

namespace sallyport::token {
namespace {

TEST(Profile, EachNamesItsTokensClientAndScopes) {
  for (const auto profile : {Profile::RFC9068, Profile::Keycloak, Profile::Okta, Profile::Entra, Profile::Hydra}) {
    const ProfileRow& row = token::row(profile);
    EXPECT_EQ(row.profile, profile);
    EXPECT_FALSE(row.header_types.empty()) << row.name;
    EXPECT_FALSE(row.header_types.front().empty()) << row.name;
    EXPECT_FALSE(row.client.empty()) << row.name;
    EXPECT_FALSE(row.scopes.empty()) << row.name;
    EXPECT_GE(row.usual_lifetime, std::chrono::hours(1)) << row.name;
  }
  EXPECT_GT(row(Profile::Entra).usual_lifetime, std::chrono::minutes(90)) << "its tokens live for 60 to 90 minutes";
  EXPECT_EQ(to_string(Profile::RFC9068), "RFC9068");
  EXPECT_EQ(to_string(Profile::Hydra), "Hydra");
}

}  // namespace
}  // namespace sallyport::token
