// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/idp/idp_provider.hpp"
#include "tests/reconcilers/providers/idp/idp_testing.hpp"

namespace sallyport::idp {
namespace {

class IdpRegistry : public ::testing::Test {
 protected:
  Result<std::unique_ptr<IdpProvider>> make(const std::string& type, const std::string& issuer) {
    return make_idp_provider(testing::idp_connection(type, issuer),
                             {testing::connect_to(nullptr), secrets_, vault_, clock_, random_});
  }
  testing::MemorySecrets secrets_{{}};
  testing::MemoryVault vault_;
  testing::FakeClock clock_;
  testing::FakeRandom random_;
};

TEST_F(IdpRegistry, MakesBothTypesWithoutSendingAnything) {
  EXPECT_TRUE(make("DynamicRegistration", "https://login.test"));
  EXPECT_TRUE(make("Keycloak", "https://login.test/realms/r"));
}

TEST_F(IdpRegistry, RefusesOtherTypesAndUnusableIssuers) {
  EXPECT_EQ(make("Okta", "https://login.test").error().code, Code::InvalidSpec);
  EXPECT_EQ(make("DynamicRegistration", "http://login.test").error().code, Code::InvalidSpec);
  EXPECT_EQ(make("Keycloak", "https://login.test/auth").error().code, Code::InvalidSpec);
  EXPECT_EQ(make("Keycloak", "https://login.test/realms/a/b").error().code, Code::InvalidSpec);
}

TEST_F(IdpRegistry, RendersWhatWouldBeSentWithoutSecrets) {
  const std::string plain = (*make("DynamicRegistration", "https://login.test"))->render(testing::client_fragment());
  const std::string keycloak = (*make("Keycloak", "https://login.test/realms/r"))->render(testing::client_fragment());

  EXPECT_NE(plain.find("Bearer <secret sallyport-system/idp#initial_access_token>"), std::string::npos) << plain;
  EXPECT_NE(plain.find(R"("software_id": "sallyport/abcd1234/6f0c0b6e-0000-4000-8000-000000000001")"),
            std::string::npos)
      << plain;
  EXPECT_NE(keycloak.find("POST https://login.test/admin/realms/r/clients\n{"), std::string::npos) << keycloak;
  EXPECT_NE(keycloak.find(R"("secret": "<secret risk/fraud-scoring-client#client_secret>")"), std::string::npos)
      << keycloak;
  EXPECT_NE(keycloak.find(R"("publicClient": false)"), std::string::npos) << keycloak;
}

}  // namespace
}  // namespace sallyport::idp
