// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/idp/token.hpp"

#include "tests/reconcilers/providers/idp/idp_testing.hpp"

namespace sallyport::idp {
namespace {

using testing::answer;
using Meaning = TokenAnswer::Meaning;

struct Asked {
  http::Request request;
  Result<TokenAnswer> answer;
};

Asked ask(http::Response response, ClientAuth auth = ClientAuth::Basic) {
  http::Request seen;
  Wire wire(testing::connect_to([&](const std::string&, const http::Request& request) -> Result<http::Response> {
              seen = request;
              return response;
            }),
            "", 4096);
  auto result = request_token(wire, {"https://idp.test/token", "an id", Secret("a:secret+"), auth}, {});
  return {seen, std::move(result)};
}

TEST(RequestToken, EncodesIdAndSecretBeforeItJoinsThem) {
  const Asked asked = ask(answer(200, R"({"access_token":"abc","expires_in":60})"));

  ASSERT_TRUE(asked.answer);
  EXPECT_EQ(asked.answer->meaning, Meaning::Issued);
  EXPECT_EQ(asked.answer->access_token, Secret("abc"));
  EXPECT_EQ(asked.answer->life, std::chrono::seconds(60));
  EXPECT_EQ(asked.request.authorization, Secret("Basic YW4lMjBpZDphJTNBc2VjcmV0JTJC"));  // an%20id:a%3Asecret%2B
  EXPECT_EQ(asked.request.body, "grant_type=client_credentials");
  EXPECT_TRUE(asked.request.session);
  EXPECT_TRUE(asked.request.changes.empty());
}

TEST(RequestToken, PutsThemIntoTheFormWhenTheClientIsRegisteredSo) {
  const Asked asked = ask(answer(200, R"({"access_token":"abc"})"), ClientAuth::Post);

  EXPECT_FALSE(asked.request.authorization);
  EXPECT_NE(asked.request.body.find("client_secret=a%3Asecret%2B"), std::string::npos) << asked.request.body;
}

TEST(RequestToken, TellsAMissingClientFromARefusalAndFromNoAnswer) {
  EXPECT_EQ(ask(answer(401, R"({"error":"invalid_client"})")).answer->meaning, Meaning::InvalidClient);
  EXPECT_EQ(ask(answer(400, R"({"error":"invalid_client"})")).answer->meaning, Meaning::InvalidClient);
  EXPECT_EQ(ask(answer(401, R"({"error":"unauthorized_client"})")).answer->meaning, Meaning::Refused);
  EXPECT_EQ(ask(answer(401, "<html>login</html>")).answer.error().code, Code::Unauthorized);
  EXPECT_EQ(ask(answer(500, R"({"error":"invalid_client"})")).answer.error().code, Code::Unavailable);
  EXPECT_EQ(ask(answer(429, "{}")).answer.error().code, Code::RateLimited);
  EXPECT_EQ(ask(answer(200, "<html>")).answer.error().code, Code::Unavailable);
}

TEST(RequestToken, NeverRepeatsTheSecretInItsError) {
  const Asked asked = ask(answer(401, R"({"error":"invalid_client","error_description":"a:secret+ is wrong"})"));

  ASSERT_TRUE(asked.answer->error);
  EXPECT_EQ(asked.answer->error->text().find("a:secret+"), std::string::npos);
}

}  // namespace
}  // namespace sallyport::idp
