// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/identity_provider/connection.hpp"

#include <gtest/gtest.h>

#include "tests/reconcilers/memory_store.hpp"

namespace sallyport::identity_provider {
namespace {

using nlohmann::json;

api::IdentityProviderSpec spec() {
  api::IdentityProviderSpec one;
  one.issuer = "https://login.example.com/";
  one.registration = api::Registration{"idp-registration", "https://login.example.com/reg"};
  return one;
}

ir::IdpConnection build(const api::IdentityProviderSpec& one) {
  return Traits::build("corporate", one, {"sallyport-system", "idp-registration", "u", "1"}, InstanceId("inst0001"));
}

TEST(ProviderConnection, KeepsTheIssuerCharacterByCharacter) {
  EXPECT_EQ(build(spec()).issuer, "https://login.example.com/");
  EXPECT_EQ(build(spec()).registration_endpoint, "https://login.example.com/reg");
  EXPECT_EQ(build(spec()).type, "DynamicRegistration");
}

TEST(ProviderConnection, IsAnotherWithAnythingThatReachesTheIssuer) {
  for (const auto& edit : std::vector<std::function<void(api::IdentityProviderSpec&)>>{
           [](auto& s) { s.issuer = "https://login.example.com"; },
           [](auto& s) { s.type = api::IdentityProviderType::Keycloak; }, [](auto& s) { s.ca_bundle = "PEM"; },
           [](auto& s) { s.registration->endpoint = ""; }}) {
    api::IdentityProviderSpec edited = spec();
    edit(edited);
    EXPECT_FALSE(build(edited) == build(spec()));
  }
}

TEST(ProviderConnection, NeedsNoSecretForOpenRegistration) {
  EXPECT_EQ(Traits::credentials("corporate", spec()).secret, "idp-registration");
  EXPECT_EQ(Traits::credentials("corporate", {}).secret, "");
}

TEST(ProviderConnection, CountsRegistrationsWhoseAnswerWasLost) {
  shared::Caches caches;
  sallyport::testing::MemoryStore store(caches);
  for (const auto& [name, lost] : std::map<std::string, int>{{"a", 1}, {"b", 2}}) {
    store.apply({{"kind", "ProtectedEndpoint"},
                 {"metadata", {{"name", name}, {"namespace", "risk"}}},
                 {"spec", json::object()},
                 {"status",
                  {{"client", {{"id", "c"}, {"lostRegistrations", lost}}},
                   {"placements", {{{"system", "OIDC"}, {"connection", "corporate"}, {"id", "client/" + name}}}}}}});
  }
  api::IdentityProviderStatus status;

  Traits::tell(Result<idp::Discovery>(idp::Discovery{"i", "t", "r", "j", "h"}), spec(), caches, "corporate", status,
               {});

  EXPECT_EQ(status.users, 2);
  EXPECT_EQ(status.lost_registrations, 3);
  EXPECT_EQ(status.token_endpoint, "t");
  EXPECT_EQ(status.registration_endpoint, "r");
  EXPECT_EQ(status.jwks_uri, "j");
  Traits::tell(std::nullopt, spec(), caches, "another", status, {});
  EXPECT_EQ(status.users, 0);
}

}  // namespace
}  // namespace sallyport::identity_provider
