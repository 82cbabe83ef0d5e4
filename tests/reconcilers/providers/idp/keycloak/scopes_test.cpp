// SPDX-License-Identifier: Apache-2.0
// The realm's client scopes: made when missing, and shared by clients.
#include <algorithm>

#include "reconcilers/providers/idp/keycloak/pass.hpp"
#include "tests/reconcilers/providers/idp/fake_keycloak.hpp"

namespace sallyport::idp::keycloak {
namespace {

using ir::Outcome;
using testing::text_of;

class KeycloakScopes : public testing::KeycloakFixture {
 protected:
  [[nodiscard]] bool asked(const std::string& request) const {
    return std::ranges::find(realm_.log, request) != realm_.log.end();
  }
};

TEST_F(KeycloakScopes, MakesARealmScopeOnlyWhenItIsMissing) {
  realm_.add_scope("fraud:score", {{"include.in.token.scope", "true"}});

  ASSERT_EQ(converge().outcome, Outcome::Applied);
  EXPECT_FALSE(asked("POST /client-scopes"));
  fragment_.scopes = {"fraud:train"};
  ASSERT_EQ(converge().outcome, Outcome::Applied);

  EXPECT_TRUE(asked("POST /client-scopes"));
  EXPECT_EQ(realm_.scopes.at("fraud:train").at("attributes").at("sallyport-instance"), "abcd1234");
}

TEST_F(KeycloakScopes, RepairsItsOwnRealmScopeAndNoForeignOne) {
  realm_.add_scope("fraud:score", {{"include.in.token.scope", "false"}, {"sallyport-instance", "abcd1234"}});
  ASSERT_EQ(converge().outcome, Outcome::Applied);
  EXPECT_EQ(realm_.scopes.at("fraud:score").at("attributes").at("include.in.token.scope"), "true");
  realm_.add_scope("theirs", {{"include.in.token.scope", "false"}});
  fragment_.scopes = {"theirs"};

  EXPECT_EQ(converge().error->code, Code::Conflict);
  EXPECT_EQ(realm_.scopes.at("theirs").at("attributes").at("include.in.token.scope"), "false");
}

TEST_F(KeycloakScopes, GoesOnWhenAnotherPassMadeTheScope) {
  realm_.before = [this](const std::string& method, const std::string& path) -> std::optional<Result<http::Response>> {
    if (method == "POST" && path == "/client-scopes")
      realm_.add_scope("fraud:score", {{"include.in.token.scope", "true"}});
    return std::nullopt;
  };

  EXPECT_EQ(converge().outcome, Outcome::Applied);
}

TEST_F(KeycloakScopes, MakesAScopeAnewThatWentSinceTheListWasRead) {
  ASSERT_EQ(converge().outcome, Outcome::Applied);
  realm_.scopes.erase("fraud:score");
  realm_.only()["defaultClientScopes"] = {"basic", "service_account"};
  fragment_.owner.uid = Uid("another");

  const ir::Verdict verdict = converge();

  EXPECT_EQ(verdict.outcome, Outcome::Applied) << text_of(verdict);
  EXPECT_TRUE(realm_.scopes.contains("fraud:score"));
}

}  // namespace
}  // namespace sallyport::idp::keycloak
