// SPDX-License-Identifier: Apache-2.0
// Every point at which the process may die or an answer may be lost, and the requests themselves.
#include "reconcilers/providers/idp/keycloak/pass.hpp"
#include "tests/reconcilers/providers/idp/fake_keycloak.hpp"

namespace sallyport::idp::keycloak {
namespace {

using ir::Outcome;
using ir::Wish;
using testing::answer;
using testing::text_of;

class KeycloakChanges : public testing::KeycloakFixture {};

TEST_F(KeycloakChanges, MakesAClientInFewRequests) {
  realm_.add_scope("fraud:score", {{"include.in.token.scope", "true"}});
  ASSERT_EQ(converge().outcome, Outcome::Applied);
  const std::string id = vault_.only().at("id").reveal();
  EXPECT_EQ(realm_.log, (std::vector<std::string>{"GET /clients/" + id, "GET /client-scopes", "POST /clients",
                                                  "GET /clients/" + id}))
      << "a look, the realm's scopes, the client with all it needs, and what became of it";

  realm_.log.clear();
  fragment_.owner.uid = Uid("another");
  ASSERT_EQ(converge().outcome, Outcome::Applied);

  EXPECT_EQ(realm_.log.size(), 3U) << "the realm's scopes were read a moment ago";
}

TEST_F(KeycloakChanges, SeesAClientThatKeycloakMadePublicWithoutAWord) {
  realm_.after = [this](const std::string& method, const std::string& path) -> std::optional<Result<http::Response>> {
    if (method == "POST" && path == "/clients") {
      realm_.only()["publicClient"] = true;
      realm_.only().erase("secret");
    }
    return std::nullopt;
  };

  EXPECT_EQ(converge().outcome, Outcome::Applied);

  EXPECT_EQ(realm_.only().at("publicClient"), false);
  EXPECT_EQ(realm_.only().at("secret"), vault_.only().at("client_secret").reveal());
}

TEST_F(KeycloakChanges, TakesNobodysClientByItsName) {
  ASSERT_EQ(converge().outcome, Outcome::Applied);
  const std::string name = realm_.only().at("clientId");
  ASSERT_EQ(converge(Wish::Absent).outcome, Outcome::Gone);
  realm_.clients["their-row"] = {{"id", "their-row"}, {"clientId", name}};

  const ir::Verdict verdict = converge();

  EXPECT_EQ(verdict.outcome, Outcome::Rejected);
  EXPECT_EQ(verdict.error->code, Code::Conflict);
  EXPECT_EQ(realm_.clients.size(), 1U);
}

TEST_F(KeycloakChanges, SendsNothingBeforeItsSecretIsKept) {
  vault_.fail_save(1);

  EXPECT_EQ(converge().outcome, Outcome::Unknown);
  EXPECT_EQ(realm_.writes, 0);
}

TEST_F(KeycloakChanges, RepeatsNoSecretInWhatItSays) {
  ASSERT_EQ(converge().outcome, Outcome::Applied);
  const std::string secret = realm_.only().at("secret");
  realm_.only()["enabled"] = false;
  realm_.before = [&](const std::string& method, const std::string&) -> std::optional<Result<http::Response>> {
    if (method != "PUT") return std::nullopt;
    return Result<http::Response>(answer(400, R"({"errorMessage":"bad secret )" + secret + R"("})"));
  };

  const ir::Verdict verdict = converge();

  EXPECT_EQ(verdict.outcome, Outcome::Rejected);
  EXPECT_EQ(text_of(verdict).find(secret), std::string::npos);
}

/// Dies at the n-th request, before or after its effect, or at the n-th save; then starts again and is left in peace.
TEST_F(KeycloakChanges, EndsWithOneClientWhereverItDies) {
  enum class Death { BeforeEffect, AfterEffect, AtSave };
  for (const Death death : {Death::BeforeEffect, Death::AfterEffect, Death::AtSave}) {
    for (int n = 1; n <= 14; ++n) {
      realm_ = testing::FakeKeycloak();
      vault_.clear();
      restart();
      int count = 0;
      auto die = [&count, n](const std::string&, const std::string&) -> std::optional<Result<http::Response>> {
        if (++count < n) return std::nullopt;
        return Result<http::Response>(Error{Code::ShuttingDown, "dead", {}, {}});
      };
      if (death == Death::BeforeEffect) realm_.before = die;
      if (death == Death::AfterEffect) realm_.after = die;
      if (death == Death::AtSave) vault_.fail_save(n);

      (void)converge();
      realm_.before = realm_.after = nullptr;
      vault_.mend();
      restart();
      const ir::Verdict verdict = converge();

      ASSERT_EQ(verdict.outcome, Outcome::Applied) << static_cast<int>(death) << " " << n << text_of(verdict);
      EXPECT_EQ(realm_.clients.size(), 1U);
      EXPECT_EQ(realm_.only().at("secret"), provider_->credentials(fragment_)->client_secret.reveal());
    }
  }
}

}  // namespace
}  // namespace sallyport::idp::keycloak
