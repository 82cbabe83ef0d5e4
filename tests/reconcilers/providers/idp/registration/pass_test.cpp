// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/idp/registration/pass.hpp"

#include "tests/reconcilers/providers/idp/registration/fixture.hpp"

namespace sallyport::idp::registration {
namespace {

using ir::Outcome;
using ir::Wish;
using testing::answer;
using testing::text_of;
using Json = nlohmann::json;

class RegistrationPass : public testing::RegistrationFixture {
 protected:
  void SetUp() override { ASSERT_EQ(converge().outcome, Outcome::Applied); }
};
class FirstRegistrationPass : public testing::RegistrationFixture {};

TEST_F(FirstRegistrationPass, CannotAdoptAClient) {
  fragment_.adopt = "legacy";

  const ir::Verdict verdict = converge();

  EXPECT_EQ(verdict.outcome, Outcome::Rejected);
  EXPECT_NE(verdict.error->message.find("cannot be adopted"), std::string::npos);
  EXPECT_TRUE(registrar_.requests.empty());
}

TEST_F(RegistrationPass, TellsForEverOfAClientWhoseRecordIsLost) {
  const std::string former = registrar_.clients.begin()->first;
  fragment_.known_id = former;
  vault_.clear();

  const ir::Verdict plan = converge(Wish::Observe);
  const ir::Verdict verdict = converge();
  fragment_.known_id = verdict.facts.at("client_id");
  restart();
  const ir::Verdict again = converge();

  EXPECT_NE(text_of(plan).find("the registration record of client " + former + " is lost"), std::string::npos);
  EXPECT_EQ(registrar_.clients.size(), 2U);
  for (const ir::Verdict& said : {verdict, again}) {
    EXPECT_EQ(said.outcome, Outcome::Applied) << text_of(said);
    EXPECT_EQ(said.facts.at("orphans"), "1");
    EXPECT_NE(said.facts.at("client_id"), former);
    EXPECT_EQ(said.facts.at("abandoned"), former);
    EXPECT_NE(text_of(said).find("the registration record of client " + former + " is lost"), std::string::npos);
  }
}

TEST_F(RegistrationPass, AddsToWhatTheStatusCountedBeforeTheRecordWasLost) {
  const std::string former = registrar_.clients.begin()->first;
  fragment_.known_id = former;
  fragment_.known_abandoned = {"older"};
  fragment_.known_lost = 3;
  vault_.clear();
  restart();

  const ir::Verdict verdict = converge();

  EXPECT_EQ(verdict.facts.at("orphans"), "4");
  EXPECT_EQ(verdict.facts.at("abandoned"), former + "\nolder");
}

TEST_F(RegistrationPass, TakesARemovalThatWasTakenBackForNoLoss) {
  fragment_.known_id = registrar_.clients.begin()->first;
  ASSERT_EQ(converge(Wish::Absent).outcome, Outcome::Gone);

  const ir::Verdict verdict = converge();

  EXPECT_EQ(verdict.outcome, Outcome::Applied) << text_of(verdict);
  EXPECT_FALSE(verdict.facts.contains("orphans"));
}

TEST_F(RegistrationPass, SaysOnceMoreWhatItLeavesBehindWhenTheOwnerGoes) {
  const std::string former = registrar_.clients.begin()->first;
  fragment_.known_id = former;
  vault_.clear();
  ASSERT_EQ(converge().outcome, Outcome::Applied);

  const ir::Verdict gone = converge(Wish::Absent);

  EXPECT_EQ(gone.outcome, Outcome::Gone);
  EXPECT_NE(text_of(gone).find("the registration record of client " + former + " is lost"), std::string::npos);
}

TEST_F(RegistrationPass, SaysWhatMayBeLeftWhenTheRecordOfARemovedClientIsNotThere) {
  fragment_.known_id = registrar_.clients.begin()->first;
  fragment_.known_abandoned = {"older"};
  vault_.clear();
  restart();

  const ir::Verdict verdict = converge(Wish::Absent);

  EXPECT_EQ(verdict.outcome, Outcome::Gone);
  for (const std::string& client : {fragment_.known_id, std::string("older")}) {
    EXPECT_NE(text_of(verdict).find("the registration record of client " + client + " is lost: unless"),
              std::string::npos);
  }
}

TEST_F(RegistrationPass, NeedsNoStatusToKnowARecordThatItHasSeen) {
  const std::string first = registrar_.clients.begin()->first;
  vault_.clear();
  const std::string second = converge().facts.at("client_id");
  vault_.clear();

  const ir::Verdict verdict = converge();

  EXPECT_EQ(verdict.facts.at("orphans"), "2") << "fragments may be older than what happened meanwhile";
  const std::set<std::string> told{first, second};
  EXPECT_EQ(verdict.facts.at("abandoned"), *told.begin() + "\n" + *told.rbegin());
}

TEST_F(RegistrationPass, DoesNotCallAWorkingClientGoneWhenAnotherIsRefused) {
  fragment_.known_id = registrar_.clients.begin()->first;
  vault_.clear();
  answer_once("POST", answer(401, R"({"error":"invalid_token"})"));

  EXPECT_EQ(converge().outcome, Outcome::Unknown);
}

TEST_F(FirstRegistrationPass, RejectsAClientThatIsNotGuardedByItsSecret) {
  registrar_.forces = {{"token_endpoint_auth_method", "none"}};

  const ir::Verdict verdict = converge();
  const ir::Verdict again = converge();

  EXPECT_EQ(verdict.outcome, Outcome::Rejected) << text_of(verdict);
  EXPECT_EQ(again.outcome, Outcome::Rejected);
  EXPECT_EQ(registrar_.writes, 1) << "asked once, answered once";
}

TEST_F(FirstRegistrationPass, SaysWhatTheProviderInsistsOnAndGoesOn) {
  registrar_.drops = {"software_id"};

  const ir::Verdict verdict = converge();
  const ir::Verdict again = converge();

  EXPECT_EQ(verdict.outcome, Outcome::Applied) << text_of(verdict);
  EXPECT_EQ(verdict.notes, std::vector<std::string>{"the provider insists on software_id: was dropped"});
  EXPECT_EQ(again.outcome, Outcome::Applied);
  EXPECT_EQ(registrar_.writes, 1);
}

TEST_F(FirstRegistrationPass, NeverSendsTheTokenToAnotherOrigin) {
  registrar_.registered_at = "https://evil.test";

  const ir::Verdict verdict = converge();
  const ir::Verdict gone = converge(Wish::Absent);

  EXPECT_EQ(verdict.outcome, Outcome::Rejected);
  EXPECT_EQ(verdict.error->code, Code::Conflict);
  EXPECT_EQ(gone.outcome, Outcome::Rejected);
  EXPECT_EQ(vault_.size(), 1U);
  for (const http::Request& request : registrar_.requests) EXPECT_FALSE(request.target.starts_with("/reg/"));
}

TEST_F(FirstRegistrationPass, TakesTheOriginOfTheConfiguredRegistrationEndpoint) {
  connection_.registration_endpoint = "https://admin.test/reg";
  registrar_.registered_at = "https://admin.test";
  restart();

  EXPECT_EQ(converge().outcome, Outcome::Applied);
}

TEST_F(RegistrationPass, RepairsDrift) {
  registrar_.only().metadata["scope"] = "everything";
  registrar_.only().metadata["redirect_uris"] = {"https://evil.test/cb"};

  const ir::Verdict verdict = converge();

  EXPECT_EQ(verdict.outcome, Outcome::Applied) << text_of(verdict);
  EXPECT_TRUE(verdict.drift_repaired);
  EXPECT_EQ(registrar_.only().metadata["scope"], "fraud:score");
  EXPECT_EQ(registrar_.only().metadata["redirect_uris"], Json::array());
  EXPECT_EQ(converge().drift_repaired, false);
  EXPECT_EQ(registrar_.writes, 2);
}

TEST_F(RegistrationPass, ChangesWhatTheSpecChangesWithoutCallingItDrift) {
  fragment_.scopes = {"fraud:score", "fraud:train"};

  const ir::Verdict verdict = converge();

  EXPECT_EQ(verdict.outcome, Outcome::Applied);
  EXPECT_FALSE(verdict.drift_repaired);
  EXPECT_EQ(registrar_.only().metadata["scope"], "fraud:score fraud:train");
}

TEST_F(RegistrationPass, RegistersADeletedClientAnew) {
  registrar_.clients.clear();

  const ir::Verdict verdict = converge();

  EXPECT_EQ(verdict.outcome, Outcome::Applied) << text_of(verdict);
  EXPECT_TRUE(verdict.drift_repaired);
  EXPECT_NE(verdict.facts.at("client_id"), "client-1");
  EXPECT_FALSE(verdict.facts.contains("orphans"));
  EXPECT_EQ(registrar_.clients.size(), 1U);
}

TEST_F(RegistrationPass, TakesA401AloneForNoProof) {
  registrar_.only().token = "revoked";

  const ir::Verdict verdict = converge();

  EXPECT_EQ(verdict.outcome, Outcome::Applied) << "the client works";
  EXPECT_NE(verdict.notes.front().find("does not accept its registration access token"), std::string::npos);
  EXPECT_EQ(registrar_.clients.size(), 1U);
}

TEST_F(FirstRegistrationPass, StillRejectsAnUnguardedClientWhenItCannotBeManaged) {
  registrar_.forces = {{"grant_types", {"authorization_code"}}};
  (void)converge();
  registrar_.only().token = "revoked";

  EXPECT_EQ(converge().outcome, Outcome::Rejected);
}

TEST_F(RegistrationPass, SaysWhatAPersonCanDoWhenAnUnmanageableClientHasToChange) {
  registrar_.only().token = "revoked";
  fragment_.scopes = {"other"};

  const ir::Verdict verdict = converge();

  EXPECT_EQ(verdict.outcome, Outcome::Unknown);
  EXPECT_NE(verdict.error->message.find("Delete it at the provider, and it is registered anew"), std::string::npos);
  EXPECT_EQ(registrar_.clients.size(), 1U);
}

TEST_F(RegistrationPass, RegistersNothingAnewWhileTheTokenEndpointIsNotClear) {
  registrar_.only().token = "revoked";
  for (const http::Response& unclear : {answer(500, "{}"), answer(429, "{}"),
                                        answer(401, R"({"error":"unauthorized_client"})"), answer(401, "<html>")}) {
    registrar_.before = [&](const std::string&, const std::string& path) -> std::optional<Result<http::Response>> {
      if (path != "/token") return std::nullopt;
      return Result<http::Response>(unclear);
    };

    const ir::Verdict verdict = converge();

    EXPECT_EQ(verdict.outcome, Outcome::Unknown) << text_of(verdict);
    EXPECT_EQ(registrar_.writes, 1);
  }
}

TEST_F(RegistrationPass, IsUnknownWhenReadingFailsOrIsRefused) {
  for (const http::Response& bad :
       {answer(500, "<html>"), answer(429, "{}"), answer(403, R"({"error":"insufficient_scope"})"),
        answer(401, "<html>"), answer(404, "<html>"), answer(200, "<html>"),
        answer(200, R"({"client_id":"another"})")}) {
    answer_once("GET", bad);

    const ir::Verdict verdict = converge();

    EXPECT_EQ(verdict.outcome, Outcome::Unknown) << text_of(verdict);
  }
  EXPECT_EQ(registrar_.writes, 1);
}

TEST_F(RegistrationPass, KeepsATokenThatIsReplacedWhenItIsRead) {
  registrar_.rotates_on_get = true;

  EXPECT_EQ(converge().outcome, Outcome::Applied);
  restart();
  EXPECT_EQ(converge(Wish::Observe).outcome, Outcome::Applied);

  EXPECT_EQ(vault_.only().at("registration_access_token").reveal(), registrar_.only().token);
}

TEST_F(RegistrationPass, TakesOverASecretThatTheProviderReplaced) {
  registrar_.only().secret = "rotated";

  EXPECT_EQ(converge().outcome, Outcome::Applied);

  EXPECT_EQ(provider_->credentials(fragment_)->client_secret, Secret("rotated"));
}

TEST_F(RegistrationPass, LetsNoOlderGenerationOverwriteANewerOne) {
  fragment_.owner.generation = 2;
  fragment_.scopes = {"old"};

  EXPECT_EQ(converge().outcome, Outcome::Rejected);
  EXPECT_EQ(registrar_.only().metadata["scope"], "fraud:score");
}

TEST_F(RegistrationPass, DeletesTwice) {
  EXPECT_EQ(converge(Wish::Absent).outcome, Outcome::Gone);
  EXPECT_EQ(converge(Wish::Absent).outcome, Outcome::Gone);

  EXPECT_TRUE(registrar_.clients.empty());
  EXPECT_EQ(vault_.size(), 0U);
}

TEST_F(RegistrationPass, KeepsTheRecordOfAClientThatCannotBeDeleted) {
  registrar_.only().token = "revoked";

  const ir::Verdict verdict = converge(Wish::Absent);

  EXPECT_EQ(verdict.outcome, Outcome::Unknown);
  EXPECT_NE(verdict.error->message.find("delete it there"), std::string::npos);
  EXPECT_EQ(vault_.size(), 1U);
}

TEST_F(RegistrationPass, TouchesNothingWithARecordThatItCannotRead) {
  vault_.set_only("state", "scrambled");

  EXPECT_EQ(converge().error->code, Code::Internal);
  EXPECT_EQ(converge(Wish::Absent).outcome, Outcome::Unknown);
  EXPECT_EQ(registrar_.clients.size(), 1U);
}

}  // namespace
}  // namespace sallyport::idp::registration
