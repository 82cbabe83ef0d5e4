// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/idp/registration/metadata.hpp"

#include <nlohmann/json.hpp>

#include "tests/reconcilers/providers/idp/idp_testing.hpp"

namespace sallyport::idp::registration {
namespace {

using Json = nlohmann::json;
using testing::answer;

std::string asked() {
  return asked_metadata(testing::client_fragment(), InstanceId("abcd1234"));
}

std::string registered_with(const Json& changes) {
  Json json = Json::parse(asked());
  json.merge_patch(changes);
  return json.dump();
}

std::vector<Difference> between(const Json& changes) {
  return *differences(asked(), registered_with(changes));
}

TEST(ClientMetadata, AsksForAMachineClient) {
  const Json json = Json::parse(asked());

  EXPECT_EQ(json["grant_types"], Json::array({"client_credentials"}));
  EXPECT_EQ(json["redirect_uris"], Json::array());
  EXPECT_EQ(json["response_types"], Json::array());
  EXPECT_EQ(json["token_endpoint_auth_method"], "client_secret_basic");
  EXPECT_EQ(json["scope"], "fraud:score");
  EXPECT_EQ(json["software_id"], "sallyport/abcd1234/6f0c0b6e-0000-4000-8000-000000000001");
}

TEST(ClientMetadata, KeepsSecretsApartFromTheRest) {
  const auto read =
      read_answer(answer(201, R"({"client_id":"c","client_secret":"s3cr3t","registration_access_token":"r4t",
      "registration_client_uri":"https://idp.test/reg/c","client_secret_expires_at":12,"client_id_issued_at":1,"scope":"a","x":{"y":1}})"),
                  "w");

  ASSERT_TRUE(read);
  EXPECT_EQ(read->client_secret, Secret("s3cr3t"));
  EXPECT_EQ(read->registration_access_token, Secret("r4t"));
  EXPECT_EQ(read->secret_expires_at, 12);
  EXPECT_EQ(read->metadata, R"({"scope":"a","x":{"y":1}})");
}

TEST(ClientMetadata, TakesAnAnswerWithoutClientIdForNoAnswer) {
  EXPECT_EQ(read_answer(answer(201, R"({"client_id":""})"), "w").error().code, Code::Unavailable);
  EXPECT_EQ(read_answer(answer(201, R"({"client_id":5})"), "w").error().code, Code::Unavailable);
  EXPECT_EQ(read_answer(answer(201, R"({"client_id":"c)"), "w").error().code, Code::Unavailable);
  EXPECT_EQ(read_answer(answer(201, std::string(100000, '[')), "w").error().code, Code::Unavailable);
}

TEST(ClientMetadata, IsTheSameWhenOnlyOrderAndUnknownFieldsDiffer) {
  EXPECT_TRUE(between(Json::object()).empty());
  EXPECT_TRUE(between({{"subject_type", "public"}, {"response_types", nullptr}}).empty());
}

TEST(ClientMetadata, CallsWhatBreaksOrOpensAClientSerious) {
  for (const Json& change :
       {Json{{"scope", "other"}}, Json{{"grant_types", {"authorization_code"}}}, Json{{"grant_types", nullptr}},
        Json{{"token_endpoint_auth_method", "none"}}, Json{{"token_endpoint_auth_method", "private_key_jwt"}}}) {
    const auto found = between(change);

    ASSERT_FALSE(found.empty()) << change;
    EXPECT_EQ(found.front().weight, Difference::Weight::Serious) << change << found.front().words;
  }
}

TEST(ClientMetadata, CallsTheRestBearable) {
  for (const Json& change : {Json{{"scope", "fraud:score more"}}, Json{{"scope", nullptr}}, Json{{"client_name", "x"}},
                             Json{{"software_id", nullptr}}, Json{{"redirect_uris", {"https://x"}}},
                             Json{{"token_endpoint_auth_method", "client_secret_post"}}}) {
    const auto found = between(change);

    ASSERT_EQ(found.size(), 1U) << change;
    EXPECT_EQ(found.front().weight, Difference::Weight::Bearable) << change << found.front().words;
  }
}

TEST(ClientMetadata, SendsBackEverythingReturnedWithWhatIsAskedOverIt) {
  const Json body =
      Json::parse(*update_body("c", asked(), registered_with({{"subject_type", "public"}, {"scope", "old"}})));

  EXPECT_EQ(body["client_id"], "c");
  EXPECT_EQ(body["subject_type"], "public");
  EXPECT_EQ(body["scope"], "fraud:score");
}

TEST(ClientMetadata, TakesBackAScopeThatIsNoLongerAskedFor) {
  ir::ClientFragment bare = testing::client_fragment();
  bare.scopes.clear();

  const std::string wanted = asked_metadata(bare, InstanceId("abcd1234"));

  EXPECT_FALSE(Json::parse(*update_body("c", wanted, asked())).contains("scope"));
  EXPECT_EQ(differences(wanted, asked())->size(), 1U);
}

TEST(ClientMetadata, SignsInAsRegistered) {
  EXPECT_EQ(auth_of(asked()), ClientAuth::Basic);
  EXPECT_EQ(auth_of(R"({"token_endpoint_auth_method":"client_secret_post"})"), ClientAuth::Post);
}

}  // namespace
}  // namespace sallyport::idp::registration
