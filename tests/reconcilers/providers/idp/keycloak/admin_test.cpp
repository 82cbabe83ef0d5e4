// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/idp/keycloak/admin.hpp"

#include "tests/reconcilers/providers/idp/fake_keycloak.hpp"

namespace sallyport::idp::keycloak {
namespace {

using testing::answer;
using testing::FakeKeycloak;

class KeycloakAdmin : public ::testing::Test {
 protected:
  Result<http::Response> get(const std::string& path = "/client-scopes") { return admin_.send({}, path, issuer_, {}); }

  FakeKeycloak realm_;
  ir::IdpConnection connection_ = testing::idp_connection("Keycloak", FakeKeycloak::kIssuer);
  testing::MemorySecrets secrets_{{{"client_id", Secret("operator")}, {"client_secret", Secret("operator-secret")}}};
  testing::FakeClock clock_;
  Issuer issuer_{connection_, testing::connect_to(realm_.network()), clock_};
  Admin admin_{*admin_base(connection_.issuer),
               testing::connect_to(realm_.network()),
               "",
               {connection_.credentials, secrets_, clock_}};
};

TEST_F(KeycloakAdmin, FindsTheAdminApiBesideTheRealm) {
  EXPECT_EQ(*admin_base("https://kc.test/realms/r"), "https://kc.test/admin/realms/r");
  EXPECT_EQ(*admin_base("https://kc.test:8443/auth/realms/r"), "https://kc.test:8443/auth/admin/realms/r");
  for (const char* bad :
       {"https://kc.test", "https://kc.test/realms/", "https://kc.test/realms/r/", "http://kc.test/realms/r"}) {
    EXPECT_EQ(admin_base(bad).error().code, Code::InvalidSpec) << bad;
  }
}

TEST_F(KeycloakAdmin, SignsInOnceUntilThreeQuartersOfTheTokensLife) {
  EXPECT_EQ(get()->status, 200);
  clock_.advance(std::chrono::seconds(224));
  EXPECT_EQ(get()->status, 200);
  EXPECT_EQ(realm_.sign_ins, 1);
  clock_.advance(std::chrono::seconds(2));
  EXPECT_EQ(get()->status, 200);
  EXPECT_EQ(realm_.sign_ins, 2);
}

TEST_F(KeycloakAdmin, SignsInAgainOnceWhenItsTokenIsNotAccepted) {
  EXPECT_EQ(get()->status, 200);
  realm_.operator_token = "operator-token-2";

  EXPECT_EQ(get()->status, 200);
  EXPECT_EQ(realm_.sign_ins, 2);
}

TEST_F(KeycloakAdmin, GivesUpAfterTheSecond401) {
  realm_.before = [](const std::string&, const std::string&) {
    return std::optional<Result<http::Response>>(answer(401, R"({"error":"HTTP 401 Unauthorized"})"));
  };

  const auto refused = get();

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::Unauthorized);
  EXPECT_EQ(realm_.log.size(), 2U);
}

TEST_F(KeycloakAdmin, CallsAWrongCredentialUnauthorizedAndDoesNotRepeatIt) {
  secrets_.set({{"client_id", Secret("operator")}, {"client_secret", Secret("not-the-secret")}});

  const auto refused = get();

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::Unauthorized);
  EXPECT_EQ(refused.error().text().find("not-the-secret"), std::string::npos);
  EXPECT_TRUE(refused.error().message.ends_with("; renew Secret 'sallyport-system/idp'")) << refused.error().text();
}

TEST_F(KeycloakAdmin, NamesTheKeysThatItsSecretLacks) {
  secrets_.set({{"client_id", Secret("operator")}});

  EXPECT_EQ(get().error().code, Code::InvalidSpec);
}

}  // namespace
}  // namespace sallyport::idp::keycloak
