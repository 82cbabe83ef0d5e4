// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/authorizer/exchange.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/reconcilers/token/token_issuer.hpp"

namespace sallyport::authorizer {
namespace {

using token::kNow;
using namespace std::chrono_literals;
using ::testing::HasSubstr;

/// "<token> for <seconds>", or "<code>: <detail>".
std::string read(int status, const std::string& body, const http::Headers& headers = {}) {
  const auto token = read_token_answer(http::Response{status, headers, body}, kNow);
  if (!token) return token.error().code + ": " + token.error().detail;
  return token->token.reveal() + " for " +
         std::to_string(std::chrono::duration_cast<std::chrono::seconds>(token->expires - kNow).count());
}

TEST(Exchange, AsksInTheFormOfRfc8693) {
  const http::Request request = exchange_request("a.b.c", {});
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.body,
            "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange&scope=all-apis&"
            "subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Ajwt&subject_token=a.b.c");
  EXPECT_FALSE(request.authorization) << "an account's policy needs none";
  publication::Upstream upstream;
  upstream.client_id = "6f1c";
  EXPECT_THAT(exchange_request("a.b.c", upstream).body, HasSubstr("&client_id=6f1c"));
}

TEST(Exchange, SignsAPrincipalInByItsSecret) {
  const http::Request request = sign_in_request({"app", Secret("s:e")}, "");
  EXPECT_EQ(request.body, "grant_type=client_credentials&scope=all-apis");
  EXPECT_EQ(request.authorization->reveal(), "Basic YXBwOnM6ZQ==");
  EXPECT_THAT(sign_in_request({"app", Secret("s")}, "[{}]").body, HasSubstr("&authorization_details=%5B%7B%7D%5D"));
}

TEST(Exchange, NarrowsATokenToARouteOptimisedEndpoint) {
  EXPECT_EQ(narrowing_request({Secret("t"), kNow}, "[{}]").body,
            "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=t&"
            "authorization_details=%5B%7B%7D%5D");
}

TEST(Exchange, TakesABearerTokenForAsLongAsItSays) {
  EXPECT_EQ(read(200, R"({"access_token":"up","token_type":"Bearer","expires_in":600})"), "up for 600");
  EXPECT_EQ(read(200, R"({"access_token":"up","token_type":"bearer"})"), "up for 60");
  EXPECT_EQ(read(200, R"({"access_token":"up","token_type":"Bearer","expires_in":-5})"), "up for 0");
}

TEST(Exchange, HandsTheWorkspacesWordsOn) {
  EXPECT_EQ(read(400, R"({"error":"invalid_grant","error_description":"aud\nmismatch"})"),
            "exchange_refused: Databricks does not take the token: 400 invalid_grant: aud mismatch");
  EXPECT_THAT(read(401, R"({"error":"TOKEN_INVALID"})"), HasSubstr("exchange_refused"));
}

TEST(Exchange, DoesNotBlameTheCallerForAWorkspaceThatIsNotThere) {
  EXPECT_THAT(read(503, "{}"), HasSubstr("upstream_unavailable"));
  EXPECT_THAT(read(429, "{}"), HasSubstr("upstream_unavailable"));
  EXPECT_THAT(read(302, ""), HasSubstr("upstream_unavailable"));
  EXPECT_THAT(read(403, "<html>Blocked</html>"), HasSubstr("upstream_unavailable"));
  EXPECT_THAT(read(200, "<html>Sign in</html>"), HasSubstr("upstream_unavailable"));
  const auto none = read_token_answer(Error{Code::Unavailable, "connection refused", {}, {}}, kNow);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().status, 503);
}

TEST(Exchange, HandsOnHowLongToWait) {
  const auto answer = read_token_answer(http::Response{429, {{"Retry-After", "9"}}, "{}"}, kNow);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().retry_after, 9s);
}

TEST(Exchange, TakesNothingThatCouldBeMoreThanAToken) {
  for (const char* token : {"", "a b", "a\\r\\nX: 1", "a,b", "\\u00e9"})
    EXPECT_THAT(read(200, R"({"access_token":")" + std::string(token) + R"(","token_type":"Bearer"})"),
                HasSubstr("upstream_unavailable"))
        << token;
  EXPECT_THAT(read(200, R"({"access_token":"a","token_type":"DPoP"})"), HasSubstr("upstream_unavailable"));
  EXPECT_THAT(read(200, R"({"access_token":7,"token_type":"Bearer"})"), HasSubstr("upstream_unavailable"));
  EXPECT_THAT(read(200, R"(["access_token"])"), HasSubstr("upstream_unavailable"));
}

TEST(Credentials, AreAnObjectWithIdAndSecret) {
  const auto credentials = read_credentials(Secret(R"({"client_id":"a","client_secret":"b"})"));
  ASSERT_TRUE(credentials);
  EXPECT_EQ(credentials->client_id, "a");
  EXPECT_EQ(credentials->client_secret, Secret("b"));
  for (const char* text : {"", "{}", "[]", R"({"client_id":"a"})", R"({"client_id":"a","client_secret":7})"})
    EXPECT_FALSE(read_credentials(Secret(text))) << text;
}

}  // namespace
}  // namespace sallyport::authorizer
