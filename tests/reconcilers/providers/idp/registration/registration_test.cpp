// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/idp/registration/registration.hpp"

#include "tests/reconcilers/providers/idp/registration/fixture.hpp"

namespace sallyport::idp::registration {
namespace {

using ir::Outcome;
using ir::Wish;
using testing::text_of;

class RegistrationProvider : public testing::RegistrationFixture {};

TEST_F(RegistrationProvider, RegistersReadsBackAndKeepsTheWholeAnswer) {
  const ir::Verdict verdict = converge();

  ASSERT_EQ(verdict.outcome, Outcome::Applied) << text_of(verdict);
  EXPECT_EQ(verdict.hash, fragment_.hash());
  EXPECT_EQ(verdict.facts.at("client_id"), "client-1");
  EXPECT_EQ(verdict.facts.at("issuer"), "https://idp.test");
  EXPECT_EQ(verdict.facts.at("token_url"), "https://idp.test/token");
  EXPECT_EQ(verdict.facts.at("audience"), "https://ml.example.com");
  EXPECT_EQ(verdict.facts.at("registration_uri_origin"), "https://idp.test");
  EXPECT_FALSE(verdict.facts.contains("orphans"));
  EXPECT_TRUE(verdict.notes.empty()) << text_of(verdict);
  const ir::SecretBytes record = vault_.only();
  EXPECT_EQ(record.at("client_secret"), Secret("secret-of-client-1"));
  EXPECT_EQ(record.at("registration_access_token").reveal(), registrar_.only().token);
}

TEST_F(RegistrationProvider, GivesTheConsumerWhatItNeeds) {
  EXPECT_EQ(provider_->credentials(fragment_).error().code, Code::NotFound);
  (void)converge();

  const auto credentials = provider_->credentials(fragment_);

  ASSERT_TRUE(credentials);
  EXPECT_EQ(credentials->client_id, "client-1");
  EXPECT_EQ(credentials->client_secret, Secret("secret-of-client-1"));
  EXPECT_EQ(credentials->issuer, "https://idp.test");
  EXPECT_EQ(credentials->token_url, "https://idp.test/token");
  EXPECT_EQ(credentials->audience, "https://ml.example.com");
}

TEST_F(RegistrationProvider, WritesNothingWhenNothingIsToBeDone) {
  (void)converge();
  const int saves = vault_.saves();

  for (int i = 0; i < 2; ++i) {
    restart();
    const ir::Verdict verdict = converge();
    EXPECT_EQ(verdict.outcome, Outcome::Applied) << text_of(verdict);
    EXPECT_FALSE(verdict.drift_repaired);
  }

  EXPECT_EQ(registrar_.writes, 1);
  EXPECT_EQ(vault_.saves(), saves);
}

TEST_F(RegistrationProvider, MarksItsRequestsForTheAuditTrailAndNeverRepeatsThem) {
  (void)converge();
  fragment_.scopes.emplace_back("fraud:train");
  (void)converge();
  (void)converge(Wish::Absent);

  for (const http::Request& request : registrar_.requests) {
    if (request.method == "GET") continue;
    const bool token = request.target == "/token";
    EXPECT_EQ(request.session, token) << request.method << request.target;
    EXPECT_EQ(request.changes.size(), token ? 0U : 1U) << request.method << request.target;
    EXPECT_EQ(request.delivery, token ? http::Delivery::Repeatable : http::Delivery::OnceAlone)
        << request.method << request.target;
  }
}

TEST_F(RegistrationProvider, ForgetsAReleasedClientAndLeavesItAlone) {
  (void)converge();

  const ir::Verdict verdict = converge(Wish::Release);

  EXPECT_EQ(verdict.outcome, Outcome::Gone);
  EXPECT_EQ(vault_.size(), 0U);
  EXPECT_EQ(registrar_.clients.size(), 1U);
}

TEST_F(RegistrationProvider, HoldsWithoutARequest) {
  (void)converge();
  const std::size_t before = registrar_.requests.size();

  const ir::Verdict verdict = converge(Wish::Hold);

  EXPECT_EQ(verdict.outcome, Outcome::Pending);
  EXPECT_EQ(verdict.facts.at("client_id"), "client-1");
  EXPECT_EQ(registrar_.requests.size(), before);
}

TEST_F(RegistrationProvider, SaysWhatItWouldDoAndDoesNothing) {
  EXPECT_EQ(provider_->compare(fragment_, {}).notes, std::vector<std::string>{"would register a client"});
  (void)converge();
  EXPECT_EQ(converge(Wish::Observe).outcome, Outcome::Applied);
  registrar_.only().metadata["scope"] = "other";

  const ir::Verdict verdict = converge(Wish::Observe);

  EXPECT_EQ(verdict.outcome, Outcome::Pending);
  EXPECT_EQ(verdict.notes.front(), "would change scope: 'fraud:score' is missing");
  EXPECT_EQ(registrar_.writes, 1);
}

TEST_F(RegistrationProvider, AsksNothingWhoseAnswerItCouldNotKeep) {
  registrar_.rotates_on_get = true;
  (void)converge();
  const std::string token = registrar_.only().token;
  idp::Surroundings around{testing::connect_to(registrar_.network()), secrets_, vault_, clock_, random_};
  around.can_keep = false;
  const auto still = *make_idp_provider(connection_, std::move(around));
  ir::ClientFragment wider = fragment_;
  wider.scopes.emplace_back("fraud:train");

  const ir::Verdict same = still->compare(fragment_, {});
  const ir::Verdict changed = still->compare(wider, {});

  EXPECT_EQ(same.outcome, Outcome::Applied) << text_of(same);
  EXPECT_NE(text_of(same).find("only whether it lives was asked"), std::string::npos) << text_of(same);
  EXPECT_EQ(changed.outcome, Outcome::Pending) << text_of(changed);
  EXPECT_NE(text_of(changed).find("would change scope: 'fraud:train' is missing"), std::string::npos);
  EXPECT_EQ(registrar_.only().token, token);
  restart();
  EXPECT_EQ(converge().outcome, Outcome::Applied) << "with the token that it has";

  registrar_.clients.clear();
  const ir::Verdict gone = still->compare(fragment_, {});

  EXPECT_EQ(gone.outcome, Outcome::Pending) << text_of(gone);
  EXPECT_NE(text_of(gone).find("was deleted at the provider; would register a new one"), std::string::npos);
}

TEST_F(RegistrationProvider, KeepsOneRecordPerConnection) {
  (void)converge();
  connection_.name = "second";
  restart();

  EXPECT_EQ(converge().outcome, Outcome::Applied);
  EXPECT_EQ(vault_.size(), 2U);
  EXPECT_EQ(converge(Wish::Absent).outcome, Outcome::Gone);
  connection_.name = "corporate";
  restart();
  EXPECT_EQ(converge().outcome, Outcome::Applied);
  EXPECT_EQ(registrar_.clients.size(), 1U);
}

}  // namespace
}  // namespace sallyport::idp::registration
