// SPDX-License-Identifier: Apache-2.0
// RFC 7591 and 7592 against a real server, judged by its journal; faults are the server's own.
#include "tests/conformance/idp/idp_conformance.hpp"

namespace sallyport::conformance {
namespace {

using ir::Outcome;
using ir::Wish;
using testing::text_of;

class RegistrationConformance : public IdpSuite {
 protected:
  void SetUp() override {
    std::string why_not;
    server_ = oidc_provider(why_not);
    if (server_ == nullptr) GTEST_SKIP() << why_not;
    use(*server_);
  }
  void TearDown() override {
    if (server_ != nullptr) server_->set_faults(Json::array());
  }
  void fault(const std::string& method, const std::string& path, const std::string& action, int status = 503) {
    server_->set_faults(
        Json::array({{{"match", {{"method", method}, {"path", path}}}, {"action", action}, {"status", status}}}));
  }
  OidcProvider* server_ = nullptr;
};

TEST_F(RegistrationConformance, MakesNoMutatingRequestWhenNothingIsToBeDone) {
  ASSERT_EQ(converge().outcome, Outcome::Applied);
  const int writes = server_->writes();

  EXPECT_EQ(converge().outcome, Outcome::Applied);
  restart();
  EXPECT_EQ(converge().outcome, Outcome::Applied);

  EXPECT_EQ(server_->writes(), writes);
}

TEST_F(RegistrationConformance, RefusesTheMetadataOfAnIssuerUnderAnotherName) {
  connection_.issuer = "http://localhost:" + std::to_string(http::parse_url(connection_.issuer)->port);
  restart();

  const auto discovery = provider_->discover({});
  const ir::Verdict verdict = converge();

  ASSERT_FALSE(discovery);
  EXPECT_EQ(discovery.error().code, Code::Conflict) << discovery.error().text();
  EXPECT_EQ(verdict.outcome, Outcome::Rejected);
  EXPECT_EQ(live(), 0U);
}

TEST_F(RegistrationConformance, LeavesItsMarkOnTheClient) {
  ASSERT_EQ(converge().outcome, Outcome::Applied);

  EXPECT_EQ(server_->client(id()).at("software_id"), "sallyport/abcd1234/" + fragment_.owner.uid.str());
}

TEST_F(RegistrationConformance, CountsExactlyOneOrphanForADroppedAnswer) {
  fault("POST", "/reg", "drop_after");

  EXPECT_EQ(converge().outcome, Outcome::Unknown);
  restart();
  const ir::Verdict verdict = converge();

  EXPECT_EQ(verdict.outcome, Outcome::Applied) << text_of(verdict);
  EXPECT_EQ(verdict.facts.at("orphans"), "1");
  EXPECT_EQ(live(), 2U);
  EXPECT_EQ(orphans(converge()), 1U);
}

TEST_F(RegistrationConformance, CountsATruncatedAnswerToo) {
  fault("POST", "/reg", "truncate");

  EXPECT_EQ(converge().outcome, Outcome::Unknown);

  EXPECT_EQ(orphans(converge()), 1U);
}

TEST_F(RegistrationConformance, CountsNothingForAConnectionThatTheServerNeverSaw) {
  fault("GET", "*", "drop_before");

  const ir::Verdict verdict = converge();

  EXPECT_EQ(verdict.outcome, Outcome::Unknown);
  EXPECT_EQ(orphans(verdict), 0U);
  EXPECT_EQ(live(), 0U);
}

TEST_F(RegistrationConformance, KeepsAClientWhoseRegistrationTokenIsGone) {
  ASSERT_EQ(converge().outcome, Outcome::Applied);
  const std::string client = id();
  server_->revoke_registration_token(client);

  const ir::Verdict same = converge();
  fragment_.scopes = {"fraud:train"};
  const ir::Verdict changed = converge();
  const ir::Verdict gone = converge(Wish::Absent);

  EXPECT_EQ(same.outcome, Outcome::Applied) << text_of(same);
  EXPECT_EQ(changed.outcome, Outcome::Unknown) << text_of(changed);
  EXPECT_EQ(gone.outcome, Outcome::Unknown) << text_of(gone);
  EXPECT_EQ(live(), 1U);
  EXPECT_EQ(id(), client);
  server_->delete_client(client);
  EXPECT_EQ(converge(Wish::Absent).outcome, Outcome::Gone);
}

TEST_F(RegistrationConformance, KeepsTheNewTokenOfEveryUpdate) {
  ASSERT_EQ(converge().outcome, Outcome::Applied);
  for (const char* scope : {"a", "b", "c"}) {
    fragment_.scopes = {scope};
    restart();
    ASSERT_EQ(converge().outcome, Outcome::Applied) << scope;
  }
  EXPECT_EQ(server_->scopes_of(id()), std::set<std::string>{"c"});
}

TEST_F(RegistrationConformance, LosesAnUpdatesAnswerAndSaysWhatAPersonCanDo) {
  ASSERT_EQ(converge().outcome, Outcome::Applied);
  fragment_.scopes = {"fraud:train"};
  fault("PUT", "/reg/*", "drop_after");

  EXPECT_EQ(converge().outcome, Outcome::Unknown);
  restart();
  const ir::Verdict verdict = converge();

  EXPECT_EQ(verdict.outcome, Outcome::Unknown);
  EXPECT_NE(verdict.error->message.find("Delete it at the provider, and it is registered anew"), std::string::npos);
  EXPECT_EQ(live(), 1U);
  server_->delete_client(id());
  EXPECT_EQ(converge().outcome, Outcome::Applied);
}

TEST_F(RegistrationConformance, LosesADeletionsAnswer) {
  ASSERT_EQ(converge().outcome, Outcome::Applied);
  fault("DELETE", "/reg/*", "drop_after");

  EXPECT_EQ(converge(Wish::Absent).outcome, Outcome::Unknown);
  EXPECT_EQ(converge(Wish::Absent).outcome, Outcome::Gone);
}

TEST_F(RegistrationConformance, HeedsTheServersOwnErrors) {
  fault("POST", "/reg", "status", 429);
  EXPECT_EQ(converge().error->code, Code::RateLimited);
  fault("POST", "/reg", "html");
  const ir::Verdict html = converge();
  EXPECT_EQ(html.error->code, Code::Unavailable);
  EXPECT_EQ(orphans(html), 0U);
  fault("POST", "/reg", "status", 500);
  const ir::Verdict broken = converge();

  EXPECT_EQ(broken.error->code, Code::Unavailable);
  EXPECT_EQ(orphans(broken), 1U) << "nobody knows what a 500 left behind: counted, to be on the safe side";
}

TEST_F(RegistrationConformance, DeletesTheClientAgainWhenTheVaultTakesNoAnswer) {
  vault_.fail_save(2, testing::MemoryVault::Until::ForEver);

  EXPECT_EQ(converge().outcome, Outcome::Unknown);
  EXPECT_EQ(live(), 0U);
  vault_.mend();
  const ir::Verdict verdict = converge();

  EXPECT_EQ(verdict.outcome, Outcome::Applied) << text_of(verdict);
  EXPECT_EQ(orphans(verdict), 0U);
  EXPECT_EQ(live(), 1U);
}

TEST_F(RegistrationConformance, NeverShowsItsTokenToAnotherClientsAddress) {
  ASSERT_EQ(converge().outcome, Outcome::Applied);
  const std::string own = "/reg/" + id();
  std::set<std::string> targets;
  meddler_.before = [&](const http::Request& request) -> std::optional<Result<http::Response>> {
    if (request.authorization && request.authorization->reveal().starts_with("Bearer ")) targets.insert(request.target);
    return std::nullopt;
  };
  fragment_.scopes = {"b"};
  (void)converge();
  (void)converge(Wish::Absent);

  EXPECT_EQ(targets, std::set<std::string>{own});
}

}  // namespace
}  // namespace sallyport::conformance
