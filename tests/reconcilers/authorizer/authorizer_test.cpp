// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/authorizer/authorizer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <latch>

#include "tests/reconcilers/publication/published_gateway.hpp"
#include "tests/reconcilers/token/token_issuer.hpp"
#include "tests/testing/fake_clock.hpp"
#include "tests/testing/fake_http.hpp"

namespace sallyport::authorizer {
namespace {

using namespace std::chrono_literals;
using token::kNow;

const std::string kBackend = publication::sample_backend_key();

class AuthorizerOf : public ::testing::Test {
 protected:
  AuthorizerOf() {
    gateway_.put("fraud");
    follow();
  }
  void follow() {
    const auto before = authorizer_.snapshot();
    auto snapshot = make_snapshot(gateway_.manifest(), gateway_.objects(), before.get());
    ASSERT_TRUE(snapshot) << snapshot.error().text();
    authorizer_.follow(std::make_shared<const Snapshot>(*std::move(snapshot)));
  }
  Connect connect() {
    return [this](const std::string&, const std::string&) -> Result<std::unique_ptr<http::Client>> {
      return std::unique_ptr<http::Client>(std::make_unique<testing::FakeHttp>([this](const http::Request&) {
        ++exchanges_;
        return exchange_();
      }));
    };
  }
  static Result<http::Response> upstream_token(int seconds = 3600) {
    return http::Response{
        200, {}, R"({"access_token":"up","token_type":"Bearer","expires_in":)" + std::to_string(seconds) + "}"};
  }
  std::future<Decision> begin(const std::string& authorization, const std::string& endpoint = "fraud",
                              const std::string& backend = kBackend) {
    auto answer = std::make_shared<std::promise<Decision>>();
    auto future = answer->get_future();
    authorizer_.ask(
        {endpoint, backend, Secret(authorization)},
        [answer](const Decision& decision, const std::shared_ptr<const Policy>&) { answer->set_value(decision); });
    return future;
  }
  std::string ask(const std::string& token) {
    const Decision decision = begin("Bearer " + token).get();
    return decision.allowed() ? decision.authorization.reveal() : decision.code;
  }

  publication::PublishedGateway gateway_;
  testing::FakeClock clock_;
  token::TokenIssuer issuer_;
  std::atomic<int> fetches_ = 0, exchanges_ = 0;
  std::function<Result<std::string>()> fetch_ = [this] { return Result<std::string>(issuer_.key_set()); };
  std::function<Result<http::Response>()> exchange_ = [] { return upstream_token(); };
  Issuers issuers_{[this](const publication::Issuer&) {
                     return [this] {
                       ++fetches_;
                       return fetch_();
                     };
                   },
                   clock_};
  UpstreamTokens upstream_{connect(), gateway_.objects(), clock_};
  std::vector<std::string> told_;
  std::mutex told_mutex_;
  Authorizer authorizer_{{.issuers = issuers_,
                          .upstream = upstream_,
                          .clock = clock_,
                          .on_decision = [this](const Decision& decision, const Policy*) {
                            const std::lock_guard lock(told_mutex_);
                            told_.push_back(decision.code);
                          }}};
};

TEST_F(AuthorizerOf, AGatewayLetsTheRightTokenInWithOneOfTheWorkspace) {
  EXPECT_EQ(ask(issuer_.token()), "Bearer up");
  EXPECT_EQ(told_, std::vector<std::string>{"allowed"});
}

TEST_F(AuthorizerOf, AGatewayAsksForNothingTwiceWithinTheWindow) {
  EXPECT_EQ(ask(issuer_.token()), "Bearer up");
  EXPECT_EQ(ask(issuer_.token()), "Bearer up") << "ES256 signs differently each time: another token of the same caller";
  const std::string token = issuer_.token();
  exchanges_ = 0;
  for (int i = 0; i < 5; ++i) EXPECT_EQ(ask(token), "Bearer up");
  EXPECT_EQ(exchanges_, 1);
  EXPECT_EQ(fetches_, 1);
  clock_.advance(30s);
  EXPECT_EQ(ask(token), "Bearer up");
  EXPECT_EQ(exchanges_, 2) << "the window of 30 s is over";
}

TEST_F(AuthorizerOf, AGatewayRefusesWhatTheTokenCheckRefuses) {
  EXPECT_EQ(ask(issuer_.with_payload(token::set("aud", "https://other"))), "audience_wrong");
  EXPECT_EQ(ask(token::TokenIssuer().token()), "signature_invalid");
  EXPECT_EQ(ask("a.b"), "malformed");
  EXPECT_EQ(begin("").get().code, "token_missing");
  EXPECT_EQ(begin("Bearer a, Bearer b").get().code, "token_repeated");
  EXPECT_EQ(exchanges_, 0) << "nothing that is refused here is ever shown to the workspace";
}

TEST_F(AuthorizerOf, AGatewayKnowsItsOwnEndpointsOnly) {
  EXPECT_EQ(begin("Bearer x", "other").get().code, "endpoint_unknown");
  EXPECT_EQ(begin("Bearer x", "fraud", "us").get().code, "endpoint_unknown");
}

TEST_F(AuthorizerOf, AGatewayThatHearsNothingOfTheOperatorLetsNobodyIn) {
  const std::string token = issuer_.with_payload(token::set("exp", token::seconds_at(50h)));
  clock_.advance(24h - 1s);
  EXPECT_NE(ask(token), "policy_expired");
  clock_.advance(1s);
  EXPECT_EQ(ask(token), "policy_expired");
}

TEST_F(AuthorizerOf, AGatewayFetchesTheKeysAgainForOneThatItDoesNotKnow) {
  EXPECT_EQ(ask(issuer_.token()), "Bearer up");
  const token::TokenIssuer rotated("RS256");
  nlohmann::json jwk = rotated.jwk();
  jwk["kid"] = "key-2";
  fetch_ = [&] { return Result<std::string>(nlohmann::json{{"keys", {issuer_.jwk(), jwk}}}.dump()); };
  const std::string token = rotated.token(token::set("kid", "key-2"));
  EXPECT_EQ(ask(token), "key_unknown") << "the cool-down of the first fetch";
  clock_.advance(30s);
  EXPECT_EQ(ask(token), "Bearer up");
  EXPECT_EQ(fetches_, 2);
}

TEST_F(AuthorizerOf, AGatewayWithoutKeysSaysSo) {
  fetch_ = [] { return Result<std::string>(Error{Code::Unavailable, "connection refused", {}, {}}); };
  const Decision decision = begin("Bearer " + issuer_.token()).get();
  EXPECT_EQ(decision.code, "keys_unavailable");
  EXPECT_EQ(decision.status, 503);
}

TEST_F(AuthorizerOf, AGatewayHandsTheWorkspacesRefusalOn) {
  exchange_ = [] { return Result<http::Response>(http::Response{400, {}, R"({"error":"invalid_grant"})"}); };
  EXPECT_EQ(ask(issuer_.token()), "exchange_refused");
  EXPECT_EQ(ask(issuer_.token()), "exchange_refused");
  EXPECT_EQ(exchanges_, 2) << "a refusal is not remembered: the policy at the workspace may be a minute away";
}

TEST_F(AuthorizerOf, AGatewayExchangesOnceForAllThatCameTogether) {
  std::latch asked(1);
  exchange_ = [&] {
    asked.wait();
    return upstream_token();
  };
  const std::string token = issuer_.token();
  std::vector<std::future<Decision>> answers;
  for (int i = 0; i < 10; ++i) answers.push_back(begin("Bearer " + token));
  asked.count_down();
  for (auto& answer : answers) EXPECT_TRUE(answer.get().allowed());
  EXPECT_EQ(exchanges_, 1);
}

TEST_F(AuthorizerOf, AGatewayForgetsADecisionWithTheDocumentItWasMadeBy) {
  const std::string token = issuer_.token();
  EXPECT_EQ(ask(token), "Bearer up");
  gateway_.put("fraud", 2, [](publication::Endpoint& endpoint) { endpoint.token.scopes = {"fraud:admin"}; });
  follow();
  EXPECT_EQ(ask(token), "scope_missing");
}

TEST_F(AuthorizerOf, AGatewayEndsAGrantToTheSecondThoughTheDecisionWasRemembered) {
  gateway_.put("fraud", 2, [](publication::Endpoint& endpoint) {
    endpoint.grants = {{publication::PrincipalType::User, "alice", to_rfc3339(kNow + 10s)}};
  });
  follow();
  const std::string token = issuer_.token();
  EXPECT_EQ(ask(token), "Bearer up");
  clock_.advance(9s);
  EXPECT_EQ(ask(token), "Bearer up");
  clock_.advance(1s);
  EXPECT_EQ(ask(token), "grant_ended");
}

TEST_F(AuthorizerOf, AGatewayRefusesAGrantThatEndedDuringTheExchange) {
  gateway_.put("fraud", 2, [](publication::Endpoint& endpoint) {
    endpoint.grants = {{publication::PrincipalType::User, "alice", to_rfc3339(kNow + 10s)}};
  });
  follow();
  exchange_ = [this] {
    clock_.advance(11s);
    return upstream_token();
  };
  EXPECT_EQ(ask(issuer_.token()), "grant_ended");
}

TEST_F(AuthorizerOf, AGatewayRefusesWhatWasTakenAwayDuringTheExchange) {
  exchange_ = [this] {
    gateway_.put("fraud", 2, [](publication::Endpoint& endpoint) { endpoint.token.scopes = {"fraud:admin"}; });
    follow();
    return upstream_token();
  };
  EXPECT_EQ(ask(issuer_.token()), "scope_missing");
}

TEST_F(AuthorizerOf, AGatewayTurnsAwayWhoeverIsOneTooManyForAWorkspaceThatHangs) {
  std::latch go(1);
  exchange_ = [&] {
    go.wait();
    return upstream_token();
  };
  const std::string token = issuer_.token();
  std::vector<std::future<Decision>> answers;
  for (int i = 0; i < 600; ++i) answers.push_back(begin("Bearer " + token));
  EXPECT_EQ(answers.back().get().code, "upstream_unavailable");
  answers.pop_back();
  go.count_down();
  int let_in = 0;
  for (auto& answer : answers) let_in += answer.get().allowed() ? 1 : 0;
  EXPECT_EQ(let_in, 512);
}

TEST_F(AuthorizerOf, AGatewayRemembersNoLongerThanTheTokenOfTheWorkspaceLives) {
  exchange_ = [] { return upstream_token(11); };
  const std::string token = issuer_.token();
  EXPECT_EQ(ask(token), "Bearer up");
  clock_.advance(10s);
  EXPECT_EQ(ask(token), "Bearer up");
  EXPECT_EQ(exchanges_, 2);
}

TEST_F(AuthorizerOf, AGatewayLimitsEachIdentity) {
  gateway_.put("fraud", 2, [](publication::Endpoint& endpoint) { endpoint.traffic.rate_limit = {1, 3}; });
  follow();
  const std::string alice = issuer_.token(), bob = issuer_.with_payload(token::set("sub", "bob"));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(ask(alice), "Bearer up");
  const Decision limited = begin("Bearer " + alice).get();
  EXPECT_EQ(limited.code, "rate_limited");
  EXPECT_EQ(limited.retry_after, 1s);
  EXPECT_EQ(ask(issuer_.token()), "rate_limited") << "another token of the same person changes nothing";
  EXPECT_EQ(ask(bob), "Bearer up");
}

TEST_F(AuthorizerOf, AGatewayAnswersWhoeverWaitsWhenItStops) {
  std::latch begun(1), go(1);
  std::atomic<bool> first = true;
  exchange_ = [&] {
    if (first.exchange(false)) {
      begun.count_down();
      go.wait();
    }
    return upstream_token();
  };
  std::vector<std::future<Decision>> answers;
  answers.push_back(begin("Bearer " + issuer_.token()));
  begun.wait();
  for (const char* subject : {"bob", "carol", "dave", "erin", "frank", "grace"})
    answers.push_back(begin("Bearer " + issuer_.with_payload(token::set("sub", subject))));
  std::jthread stopping([this] { authorizer_.stop(); });
  go.count_down();
  stopping.join();
  for (auto& answer : answers) EXPECT_EQ(answer.wait_for(0s), std::future_status::ready);
  EXPECT_EQ(ask(issuer_.with_payload(token::set("sub", "heidi"))), "upstream_unavailable");
}

TEST_F(AuthorizerOf, AGatewayNeverTellsATokenToTheLog) {
  const std::string token = issuer_.with_payload(token::set("aud", "x"));
  const Decision decision = begin("Bearer " + token).get();
  EXPECT_EQ(decision.detail.find(token.substr(0, 20)), std::string::npos);
}

TEST(NewAuthorizer, LetsNobodyIn) {
  const testing::FakeClock clock;
  Issuers issuers([](const publication::Issuer&) { return KeyCache::Fetch{}; }, clock);
  const publication::Objects objects("/nonexistent");
  UpstreamTokens upstream({}, objects, clock);
  Authorizer authorizer({.issuers = issuers, .upstream = upstream, .clock = clock});
  std::string code;
  authorizer.ask({"fraud", kBackend, Secret("Bearer x")},
                 [&](const Decision& decision, const std::shared_ptr<const Policy>&) { code = decision.code; });
  EXPECT_EQ(code, "policy_expired");
}

}  // namespace
}  // namespace sallyport::authorizer
