// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/idp/keycloak/realm_scopes.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/testing/fake_clock.hpp"

namespace sallyport::idp::keycloak {
namespace {

using Json = nlohmann::json;

TEST(KeycloakRealmScopes, AreReadWithWhoseTheyAre) {
  const Json list{
      Json::parse(realm_scope_body("ours", "abcd1234")),
      {{"name", "silent"}, {"protocol", "openid-connect"}, {"attributes", {{"include.in.token.scope", "false"}}}},
      {{"name", "saml"}, {"id", "s"}, {"protocol", "saml"}}};

  const auto scopes = read_realm_scopes(list.dump(), "w", "abcd1234");

  ASSERT_TRUE(scopes);
  EXPECT_TRUE(scopes->at("ours").ours);
  EXPECT_TRUE(scopes->at("ours").is_usable());
  EXPECT_FALSE(scopes->at("silent").ours);
  EXPECT_FALSE(scopes->at("silent").is_usable());
  EXPECT_FALSE(scopes->at("saml").is_usable());
  EXPECT_EQ(scopes->at("saml").id, "s");
  EXPECT_FALSE(read_realm_scopes(list.dump(), "w", "another1")->at("ours").ours);
  EXPECT_EQ(read_realm_scopes("{}", "w", "i").error().code, Code::Unavailable);
}

TEST(KeycloakRealmScopes, KnowWhoUsesThem) {
  const Json list{{{"id", "a"}, {"defaultClientScopes", {"x"}}, {"optionalClientScopes", {"y"}}},
                  {{"id", "b"}, {"defaultClientScopes", {"x"}}},
                  {{"id", "c"}, {"defaultClientScopes", Json::array()}, {"optionalClientScopes", Json::array()}}};

  const auto uses = read_scope_uses(list.dump(), "w");

  ASSERT_TRUE(uses);
  EXPECT_EQ(uses->at(0).client, "a");
  EXPECT_EQ(uses->at(0).scopes, (std::set<std::string>{"x", "y"}));
  EXPECT_FALSE(uses->at(1).scopes.has_value()) << "not all is shown";
  EXPECT_TRUE(uses->at(2).scopes->empty());
  for (const char* bad : {"{}", "<html>", "[5]", R"([{"clientId":"c"}])"}) {
    EXPECT_EQ(read_scope_uses(bad, "w").error().code, Code::Unavailable) << bad;
  }
}

TEST(KeycloakRealmScopes, AreBelievedForAMomentAndOnlyWhenTheyCanBeUsed) {
  sallyport::testing::FakeClock clock;
  RecentScopes recent(clock);
  EXPECT_TRUE(recent.have({}));
  EXPECT_FALSE(recent.have({"a"}));

  recent.keep({{"a", {.id = "1", .protocol = "openid-connect"}},
               {"b", {.id = "2", .protocol = "openid-connect", .in_token = false}}});

  EXPECT_TRUE(recent.have({"a"}));
  EXPECT_FALSE(recent.have({"a", "b"}));
  EXPECT_FALSE(recent.have({"c"}));
  clock.advance(std::chrono::seconds(30));
  EXPECT_FALSE(recent.have({"a"}));
  recent.keep({{"a", {.id = "1", .protocol = "openid-connect"}}});
  recent.drop();
  EXPECT_FALSE(recent.have({"a"}));
}

}  // namespace
}  // namespace sallyport::idp::keycloak
