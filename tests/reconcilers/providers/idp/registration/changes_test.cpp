// SPDX-License-Identifier: Apache-2.0
// Every point at which the process may die or an answer may be lost.
#include "reconcilers/providers/idp/registration/pass.hpp"
#include "tests/reconcilers/providers/idp/registration/fixture.hpp"

namespace sallyport::idp::registration {
namespace {

using ir::Outcome;
using ir::Wish;
using testing::answer;
using testing::text_of;

class RegistrationChanges : public testing::RegistrationFixture {};

TEST_F(RegistrationChanges, CountsOneOrphanForALostAnswer) {
  lose_answer("POST");

  const ir::Verdict lost = converge();
  restart();
  const ir::Verdict verdict = converge();

  EXPECT_EQ(lost.outcome, Outcome::Unknown);
  EXPECT_EQ(lost.facts.at("orphans"), "1");
  EXPECT_EQ(verdict.outcome, Outcome::Applied) << text_of(verdict);
  EXPECT_EQ(verdict.facts.at("orphans"), "1");
  EXPECT_EQ(registrar_.clients.size(), 2U);
  EXPECT_EQ(converge().facts.at("orphans"), "1") << "counted once";
}

TEST_F(RegistrationChanges, CountsAnAnswerThatArrivedInPieces) {
  registrar_.after = [](const std::string& method, const std::string& path) -> std::optional<Result<http::Response>> {
    if (method != "POST" || path != "/reg") return std::nullopt;
    return Result<http::Response>(answer(201, R"({"client_id":"cli)"));
  };

  EXPECT_EQ(converge().facts.at("orphans"), "1");
}

TEST_F(RegistrationChanges, CountsNothingThatTheProviderRefused) {
  for (const http::Response& refusal :
       {answer(400, R"({"error":"invalid_client_metadata"})"), answer(401, R"({"error":"invalid_token"})"),
        answer(403, "{}"), answer(429, "{}"), answer(503, "<html>"), answer(302, "")}) {
    answer_once("POST", refusal);

    const ir::Verdict verdict = converge();

    EXPECT_NE(verdict.outcome, Outcome::Applied);
    EXPECT_FALSE(verdict.facts.contains("orphans")) << refusal.status;
    EXPECT_EQ(vault_.size(), 0U) << refusal.status;
  }
  EXPECT_EQ(converge().outcome, Outcome::Applied);
}

TEST_F(RegistrationChanges, CountsNothingThatWasNotSentForWantOfAnAuditLog) {
  registrar_.before = [](const std::string& method, const std::string& path) -> std::optional<Result<http::Response>> {
    if (method != "POST" || path != "/reg") return std::nullopt;
    return Result<http::Response>(Error{Code::Unaudited, "nothing was sent", {}, {}});
  };
  for (int i = 0; i < 3; ++i) {
    const ir::Verdict verdict = converge();

    EXPECT_EQ(verdict.outcome, Outcome::Unknown) << text_of(verdict);
    EXPECT_FALSE(verdict.facts.contains("orphans"));
    EXPECT_EQ(vault_.size(), 0U);
  }
  registrar_.before = nullptr;
  EXPECT_EQ(converge().outcome, Outcome::Applied);
}

TEST_F(RegistrationChanges, CountsNoUpdateThatWasNotSentAsOneWhoseAnswerIsLost) {
  ASSERT_EQ(converge().outcome, Outcome::Applied);
  fragment_.scopes = {"fraud:other"};
  registrar_.before = [](const std::string& method, const std::string&) -> std::optional<Result<http::Response>> {
    if (method != "PUT") return std::nullopt;
    return Result<http::Response>(Error{Code::Unaudited, "nothing was sent", {}, {}});
  };
  EXPECT_EQ(converge().outcome, Outcome::Unknown);
  registrar_.before = nullptr;
  registrar_.clients.clear();  // deleted at the provider meanwhile

  const ir::Verdict verdict = converge();

  EXPECT_EQ(verdict.outcome, Outcome::Applied) << text_of(verdict);
  EXPECT_FALSE(verdict.facts.contains("orphans")) << "no answer was lost";
}

TEST_F(RegistrationChanges, KeepsARecordOfAClientThatCouldNotBeMadeAnew) {
  ASSERT_EQ(converge().outcome, Outcome::Applied);
  fragment_.known_id = registrar_.clients.begin()->first;
  registrar_.clients.clear();  // deleted at the provider
  answer_once("POST", answer(400, R"({"error":"invalid_client_metadata"})"));

  EXPECT_EQ(converge().outcome, Outcome::Rejected);
  answer_once("POST", answer(503, "<html>"));
  EXPECT_EQ(converge().outcome, Outcome::Rejected) << "it is known that there is none, whatever holds up the next one";
  const ir::Verdict verdict = converge();

  EXPECT_EQ(verdict.outcome, Outcome::Applied) << text_of(verdict);
  EXPECT_FALSE(verdict.facts.contains("orphans")) << "the former client is known to be gone";
}

TEST_F(RegistrationChanges, NamesTheSecretToRenewWhenItsTokenIsNotAccepted) {
  secrets_.set({{"initial_access_token", Secret("used-up")}});

  const ir::Verdict refused = converge();

  ASSERT_TRUE(refused.error.has_value());
  EXPECT_TRUE(refused.error->message.starts_with("register client: HTTP 401")) << text_of(refused);
  EXPECT_TRUE(refused.error->message.ends_with("; renew Secret 'sallyport-system/idp'")) << text_of(refused);
}

TEST_F(RegistrationChanges, NamesNoSecretWhereNoneIsConfigured) {
  connection_.credentials = {};
  restart();

  EXPECT_EQ(text_of(converge()).find("renew Secret"), std::string::npos);
}

TEST_F(RegistrationChanges, CountsNothingWhileTheProviderIsDown) {
  registrar_.before = [](const std::string&, const std::string&) {
    return std::optional<Result<http::Response>>(Error{Code::Unavailable, "connection refused", {}, {}});
  };

  for (int i = 0; i < 5; ++i) EXPECT_FALSE(converge().facts.contains("orphans"));

  EXPECT_EQ(vault_.size(), 0U);
}

TEST_F(RegistrationChanges, WaitsLongerAfterEveryFurtherLoss) {
  int posts = 0;
  registrar_.after = [&posts](const std::string& method,
                              const std::string& path) -> std::optional<Result<http::Response>> {
    if (method != "POST" || path != "/reg") return std::nullopt;
    ++posts;
    return Result<http::Response>(answer(502, "<html>"));
  };

  (void)converge();
  (void)converge();
  const ir::Verdict waiting = converge();
  EXPECT_EQ(posts, 2);
  EXPECT_EQ(waiting.error->retry_after, std::chrono::minutes(1));
  clock_.advance(std::chrono::minutes(1));
  (void)converge();
  clock_.advance(std::chrono::minutes(1));
  EXPECT_EQ(converge().error->retry_after, std::chrono::minutes(1));

  EXPECT_EQ(posts, 3);
}

TEST_F(RegistrationChanges, DeletesTheClientWhenItsAnswerCannotBeKept) {
  vault_.fail_save(2, testing::MemoryVault::Until::ForEver);

  const ir::Verdict failed = converge();
  EXPECT_EQ(failed.outcome, Outcome::Unknown);
  EXPECT_TRUE(registrar_.clients.empty());
  vault_.mend();
  const ir::Verdict verdict = converge();

  EXPECT_EQ(verdict.outcome, Outcome::Applied) << text_of(verdict);
  EXPECT_FALSE(verdict.facts.contains("orphans"));
  EXPECT_EQ(registrar_.clients.size(), 1U);
}

TEST_F(RegistrationChanges, KeepsInMemoryWhatCanBeNeitherSavedNorDeleted) {
  vault_.fail_save(2, testing::MemoryVault::Until::ForEver);
  registrar_.before = [](const std::string& method, const std::string&) -> std::optional<Result<http::Response>> {
    if (method != "DELETE") return std::nullopt;
    return Result<http::Response>(answer(500));
  };

  (void)converge();
  vault_.mend();
  const ir::Verdict verdict = converge();

  EXPECT_EQ(verdict.outcome, Outcome::Applied) << text_of(verdict);
  EXPECT_EQ(registrar_.clients.size(), 1U);
  EXPECT_FALSE(verdict.facts.contains("orphans"));
}

TEST_F(RegistrationChanges, RegistersNothingWithoutItsIntent) {
  vault_.fail_save(1);

  EXPECT_EQ(converge().outcome, Outcome::Unknown);
  EXPECT_EQ(registrar_.writes, 0);
}

TEST_F(RegistrationChanges, KeepsAClientWorkingWhoseUpdateWasNotAnswered) {
  (void)converge();
  fragment_.scopes = {"fraud:score", "fraud:train"};
  lose_answer("PUT");

  const ir::Verdict lost = converge();
  restart();
  const ir::Verdict verdict = converge();

  EXPECT_EQ(lost.outcome, Outcome::Unknown);
  EXPECT_EQ(verdict.outcome, Outcome::Unknown) << "the token died with the answer";
  EXPECT_EQ(registrar_.clients.size(), 1U);
  fragment_.scopes = {"fraud:score"};
  EXPECT_EQ(converge().outcome, Outcome::Unknown) << "nobody knows whether the old wish still holds";
  registrar_.clients.clear();
  EXPECT_EQ(converge().outcome, Outcome::Applied) << "what the message tells people to do";
}

TEST_F(RegistrationChanges, CountsAClientWhoseNewSecretWasLostWithAnUpdatesAnswer) {
  (void)converge();
  fragment_.scopes = {"fraud:train"};
  registrar_.new_secret_with_update = true;
  lose_answer("PUT");
  (void)converge();
  restart();

  const ir::Verdict verdict = converge();

  EXPECT_EQ(verdict.outcome, Outcome::Applied) << text_of(verdict);
  EXPECT_EQ(registrar_.clients.size(), 2U);
  EXPECT_EQ(verdict.facts.at("orphans"), "1") << "the first one lives, and nobody has its secret";
  EXPECT_EQ(converge().facts.at("orphans"), "1") << "counted once";
}

TEST_F(RegistrationChanges, TellsOfAClientThatMayLiveWhenItsSecretWasLostBeforeItsRemoval) {
  (void)converge();
  fragment_.scopes = {"fraud:train"};
  registrar_.new_secret_with_update = true;
  lose_answer("PUT");
  (void)converge();

  const ir::Verdict verdict = converge(Wish::Absent);

  EXPECT_EQ(verdict.outcome, Outcome::Gone);
  EXPECT_EQ(verdict.facts.at("orphans"), "1");
  EXPECT_EQ(registrar_.clients.size(), 1U);
}

TEST_F(RegistrationChanges, TakesTheProvidersWordForTheRemovalOfAClientWithoutASecret) {
  registrar_.gives_no_secret = true;
  EXPECT_EQ(converge().outcome, Outcome::Rejected);

  const ir::Verdict verdict = converge(Wish::Absent);

  EXPECT_EQ(verdict.outcome, Outcome::Gone) << text_of(verdict);
  EXPECT_TRUE(registrar_.clients.empty());
  EXPECT_EQ(vault_.size(), 0U);
}

TEST_F(RegistrationChanges, SeesByReadingWhetherAnUnansweredUpdateArrived) {
  (void)converge();
  const std::string token = registrar_.only().token;
  fragment_.scopes = {"fraud:train"};
  lose_answer("PUT");
  (void)converge();
  registrar_.only().token = token;  // a server that does not replace tokens
  restart();

  const ir::Verdict verdict = converge();

  EXPECT_EQ(verdict.outcome, Outcome::Applied) << text_of(verdict);
  EXPECT_EQ(registrar_.writes, 2);
}

TEST_F(RegistrationChanges, AsksAgainAfterARefusedUpdate) {
  (void)converge();
  fragment_.scopes = {"fraud:train"};
  answer_once("PUT", answer(400, R"({"error":"invalid_client_metadata","error_description":"scope"})"));

  EXPECT_EQ(converge().outcome, Outcome::Rejected);
  EXPECT_FALSE(vault_.only().contains("updating_hash"));
  EXPECT_EQ(converge().outcome, Outcome::Applied);
}

TEST_F(RegistrationChanges, FindsAClientGoneWhoseDeletionWasNotAnswered) {
  (void)converge();
  lose_answer("DELETE");

  EXPECT_EQ(converge(Wish::Absent).outcome, Outcome::Unknown);
  restart();
  EXPECT_EQ(converge(Wish::Absent).outcome, Outcome::Gone);
  EXPECT_EQ(vault_.size(), 0U);
}

TEST_F(RegistrationChanges, CountsAnOrphanWhenNothingElseIsLeftToRemove) {
  lose_answer("POST");
  (void)converge();

  const ir::Verdict verdict = converge(Wish::Absent);

  EXPECT_EQ(verdict.outcome, Outcome::Gone);
  EXPECT_EQ(verdict.facts.at("orphans"), "1");
  EXPECT_EQ(vault_.size(), 0U);
}

TEST_F(RegistrationChanges, TellsOfAnOrphanWhenItIsReleasedToo) {
  lose_answer("POST");
  (void)converge();

  const ir::Verdict verdict = converge(Wish::Release);

  EXPECT_EQ(verdict.outcome, Outcome::Gone);
  EXPECT_EQ(verdict.facts.at("orphans"), "1");
  EXPECT_EQ(verdict.notes.size(), 1U);
}

TEST_F(RegistrationChanges, RepeatsNoSecretInWhatItSays) {
  (void)converge();
  const std::string token = registrar_.only().token;
  const auto quoting = [](int status, const std::string& secrets) {
    return answer(status, R"({"error":"x","error_description":")" + secrets + R"("})");
  };
  const std::string known = "secret-of-client-1 " + token;
  std::string said;
  answer_once("GET", quoting(403, known));
  said += text_of(converge());
  fragment_.scopes = {"other"};
  answer_once("PUT", quoting(400, known));
  said += text_of(converge());
  answer_once("DELETE", quoting(403, known));
  said += text_of(converge(Wish::Absent));
  registrar_.before = nullptr;
  (void)converge(Wish::Absent);
  answer_once("POST", quoting(400, "initial-token"));
  said += text_of(converge());

  for (const std::string& secret : {std::string("secret-of-client-1"), token, std::string("initial-token")}) {
    EXPECT_EQ(said.find(secret), std::string::npos) << said;
  }
  EXPECT_NE(said.find("[redacted]"), std::string::npos);
}

/// Dies at the n-th request, before or after its effect, or at the n-th save; then starts again and is left in peace.
TEST_F(RegistrationChanges, EndsWithOneUsableClientWhereverItDies) {
  enum class Death { BeforeEffect, AfterEffect, AtSave };
  for (const Death death : {Death::BeforeEffect, Death::AfterEffect, Death::AtSave}) {
    for (int n = 1; n <= 8; ++n) {
      registrar_ = testing::FakeRegistrar();
      vault_.clear();
      fragment_ = testing::client_fragment();
      restart();
      int count = 0;
      auto die = [&count, n](const std::string&, const std::string&) -> std::optional<Result<http::Response>> {
        if (++count < n) return std::nullopt;
        return Result<http::Response>(Error{Code::ShuttingDown, "dead", {}, {}});
      };
      if (death == Death::BeforeEffect) registrar_.before = die;
      if (death == Death::AfterEffect) registrar_.after = die;
      if (death == Death::AtSave) vault_.fail_save(n);

      (void)converge();
      registrar_.before = registrar_.after = nullptr;
      vault_.mend();
      restart();
      ir::Verdict verdict = converge();

      ASSERT_EQ(verdict.outcome, Outcome::Applied) << static_cast<int>(death) << " " << n << text_of(verdict);
      const std::size_t orphans = verdict.facts.contains("orphans") ? std::stoul(verdict.facts.at("orphans")) : 0;
      EXPECT_LE(registrar_.clients.size(), 1 + orphans) << static_cast<int>(death) << " " << n;
      EXPECT_LE(orphans, 1U);
    }
  }
}

}  // namespace
}  // namespace sallyport::idp::registration
