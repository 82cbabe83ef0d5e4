// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/authorizer/upstream_tokens.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/reconcilers/authorizer/policies.hpp"
#include "tests/testing/fake_clock.hpp"
#include "tests/testing/fake_http.hpp"
#include "tests/testing/files.hpp"

namespace sallyport::authorizer {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class TokensForUpstream : public ::testing::Test {
 protected:
  Connect connect() {
    return [this](const std::string& origin, const std::string& trust) -> Result<std::unique_ptr<http::Client>> {
      connected_.push_back(origin + (trust.empty() ? "" : " trusting " + trust));
      return std::unique_ptr<http::Client>(std::make_unique<testing::FakeHttp>([this](const http::Request& request) {
        asked_.push_back(request.target + " " + request.body);
        return answer_(request);
      }));
    };
  }
  static Result<http::Response> token(const std::string& name, int seconds = 3600) {
    return http::Response{
        200,
        {},
        R"({"access_token":")" + name + R"(","token_type":"Bearer","expires_in":)" + std::to_string(seconds) + "}"};
  }
  std::string get(const Policy& policy, const std::string& caller = "caller") {
    const auto token = tokens_.get(policy, policy.exchanges[0], Secret(caller), clock_.steady() + 10s, {});
    return token ? token->token.reveal() : token.error().code;
  }
  Policy of_one_principal() {
    return sample_policy([this](publication::Endpoint& endpoint) {
      endpoint.upstream.type = publication::UpstreamType::ServicePrincipal;
      endpoint.upstream.credentials = *objects_.put(Secret(R"({"client_id":"app","client_secret":"s"})"));
    });
  }

  testing::TemporaryDirectory folder_;
  publication::Objects objects_{folder_.path};
  testing::FakeClock clock_;
  std::vector<std::string> connected_, asked_;
  std::function<Result<http::Response>(const http::Request&)> answer_ = [](const auto&) { return token("up"); };
  UpstreamTokens tokens_{connect(), objects_, clock_};
};

TEST_F(TokensForUpstream, AreExchangedForEachCaller) {
  const Policy policy = sample_policy();
  EXPECT_EQ(get(policy, "alice"), "up");
  EXPECT_EQ(get(policy, "bob"), "up");
  EXPECT_THAT(connected_, ElementsAre("https://adb-1.7.azuredatabricks.net")) << "one client for both";
  ASSERT_EQ(asked_.size(), 2U);
  EXPECT_THAT(asked_[0], HasSubstr("/oidc/v1/token grant_type="));
  EXPECT_THAT(asked_[1], HasSubstr("subject_token=bob"));
}

TEST_F(TokensForUpstream, TrustWhatTheBackendNames) {
  const std::string trust = *objects_.put(Secret("PEM"));
  EXPECT_EQ(get(sample_policy([&](publication::Endpoint& endpoint) { endpoint.backends[0].trust = trust; })), "up");
  EXPECT_THAT(connected_, ElementsAre("https://adb-1.7.azuredatabricks.net trusting PEM"));
  EXPECT_EQ(
      get(sample_policy([&](publication::Endpoint& endpoint) { endpoint.backends[0].trust = std::string(64, 'a'); })),
      "upstream_unavailable")
      << "what is trusted is missing, which is never the same as trusting the system";
}

TEST_F(TokensForUpstream, AreNarrowedToARouteOptimisedEndpoint) {
  answer_ = [](const http::Request& request) {
    return request.body.find("jwt-bearer") == std::string::npos ? token("wide", 100) : token("narrow", 3600);
  };
  const Policy policy =
      sample_policy([](publication::Endpoint& endpoint) { endpoint.backends[0].authorization_details = "[{}]"; });
  const auto token = tokens_.get(policy, policy.exchanges[0], Secret("alice"), clock_.steady() + 10s, {});
  ASSERT_TRUE(token);
  EXPECT_EQ(token->token.reveal(), "narrow");
  EXPECT_EQ(token->expires, clock_.now() + 100s) << "no longer than what it was made of";
}

TEST_F(TokensForUpstream, OfAPrincipalAreKeptUntilShortlyBeforeTheirEnd) {
  const Policy policy = of_one_principal();
  EXPECT_EQ(get(policy, "alice"), "up");
  EXPECT_EQ(get(policy, "bob"), "up");
  EXPECT_EQ(asked_.size(), 1U);
  EXPECT_TRUE(tokens_.ready(policy, policy.exchanges[0]));
  EXPECT_FALSE(tokens_.ready(sample_policy(), policy.exchanges[0])) << "a caller's own token is asked for each time";
  clock_.advance(56min);
  EXPECT_FALSE(tokens_.ready(policy, policy.exchanges[0]));
  EXPECT_EQ(get(policy), "up");
  EXPECT_EQ(asked_.size(), 2U);
}

TEST_F(TokensForUpstream, AreNotAskedForWhenNoTimeIsLeft) {
  const Policy policy = sample_policy();
  const auto token = tokens_.get(policy, policy.exchanges[0], Secret("alice"), clock_.steady(), {});
  ASSERT_FALSE(token);
  EXPECT_EQ(token.error().code, "upstream_unavailable");
  EXPECT_TRUE(asked_.empty());
}

TEST_F(TokensForUpstream, DoNotBlameTheCallerWhenThePrincipalIsRefused) {
  answer_ = [](const auto&) { return http::Response{401, {}, R"({"error":"invalid_client"})"}; };
  EXPECT_EQ(get(of_one_principal()), "upstream_unavailable");
  EXPECT_EQ(get(sample_policy()), "exchange_refused");
}

}  // namespace
}  // namespace sallyport::authorizer
