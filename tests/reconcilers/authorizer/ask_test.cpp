// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/authorizer/ask.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/reconcilers/authorizer/policies.hpp"

namespace sallyport::authorizer {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string bearer(std::string_view authorization) {
  const auto token = bearer_of(authorization);
  return token ? std::string(*token) : std::string(row(token.error()).code);
}

std::string header_of(const http::Outgoing& answer, const char* name) {
  const auto found = answer.headers.find(name);
  return found == answer.headers.end() ? "" : found->second;
}

TEST(Ask, IsReadFromThePathThatNginxsFileHolds) {
  http::Incoming request;
  request.target = "/check/fraud_1/eu";
  request.headers = {{"authorization", "Bearer x"}, {"X-Sallyport-Endpoint", "other"}};
  const auto ask = read_ask(request);
  ASSERT_TRUE(ask);
  EXPECT_EQ(ask->endpoint, "fraud_1");
  EXPECT_EQ(ask->backend, "eu");
  EXPECT_EQ(ask->authorization.reveal(), "Bearer x");
}

TEST(Ask, IsNothingElse) {
  for (const char* target : {"/", "/check", "/check/", "/check/a", "/check/a/", "/check//b", "/metrics", "check/a/b"}) {
    http::Incoming request;
    request.target = target;
    EXPECT_FALSE(read_ask(request)) << target;
  }
}

TEST(Bearer, IsTheOneTokenOfTheOneHeader) {
  EXPECT_EQ(bearer("Bearer a.b.c"), "a.b.c");
  EXPECT_EQ(bearer("bearer a"), "a");
  EXPECT_EQ(bearer("BEARER  a "), "a");
}

TEST(Bearer, IsMissingOrRepeatedOtherwise) {
  for (const char* text : {"", "Bearer", "Bearer ", "Basic YTpi", "a.b.c", "Bearer\ta", "DPoP a"})
    EXPECT_EQ(bearer(text), "token_missing") << text;
  for (const char* text : {"Bearer a, Bearer b", "Basic x, Bearer b", "Bearer a b", "Bearer a,b"})
    EXPECT_EQ(bearer(text), "token_repeated") << text;
}

TEST(Answer, ToOneWhoIsLetInHoldsWhatGoesUpstream) {
  Decision decision;
  decision.authorization = Secret("Bearer up");
  decision.caller.subject = "alice\r\nX-Evil: 1";
  const http::Outgoing answer = to_answer(decision, nullptr);
  EXPECT_EQ(answer.status, 204);
  EXPECT_EQ(header_of(answer, "X-Sallyport-Authorization"), "Bearer up");
  EXPECT_THAT(header_of(answer, "X-Sallyport-Subject"), Not(HasSubstr("\n")));
  EXPECT_EQ(header_of(answer, "X-Sallyport-Reason"), "allowed");
}

TEST(Answer, ToABadTokenIsAChallengeThatSaysWhereToLook) {
  const Policy policy = sample_policy();
  const http::Outgoing answer =
      to_answer(refuse(token::Refusal{token::Reason::Expired, "expired at \"noon\"\n"}), &policy);
  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(header_of(answer, "WWW-Authenticate"),
            "Bearer error=\"invalid_token\", error_description=\"expired at  noon  \", "
            "resource_metadata=\"https://fraud.ml.example.com/.well-known/oauth-protected-resource/serving-endpoints/"
            "fraud-scoring/invocations\"");
  EXPECT_EQ(header_of(answer, "X-Sallyport-Reason"), "expired");
  EXPECT_EQ(header_of(answer, "X-Sallyport-Authorization"), "");
}

TEST(Answer, ToNoTokenNamesNoError) {
  const http::Outgoing answer = to_answer(refuse(Reason::TokenMissing, "no token"), nullptr);
  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(header_of(answer, "WWW-Authenticate"), "Bearer");
}

TEST(Answer, ToAMissingScopeNamesTheScopes) {
  const Policy policy = sample_policy();
  const http::Outgoing answer = to_answer(refuse(token::Refusal{token::Reason::ScopeMissing, "x"}), &policy);
  EXPECT_EQ(answer.status, 403);
  EXPECT_THAT(header_of(answer, "X-Sallyport-Challenge"),
              HasSubstr("error=\"insufficient_scope\", error_description=\"x\", scope=\"fraud:score\""));
}

TEST(Answer, CarriesAStatusThatNginxWouldNotPass) {
  Decision decision = refuse(Reason::RateLimited, "too fast");
  decision.retry_after = std::chrono::seconds(7);
  const http::Outgoing answer = to_answer(decision, nullptr);
  EXPECT_EQ(answer.status, 403);
  EXPECT_EQ(header_of(answer, "X-Sallyport-Status"), "429");
  EXPECT_EQ(header_of(answer, "X-Sallyport-Retry-After"), "7");
  EXPECT_EQ(header_of(answer, "X-Sallyport-Challenge"), "");
  EXPECT_EQ(answer.body, "") << "a body would cost nginx its connection to us";
}

}  // namespace
}  // namespace sallyport::authorizer
