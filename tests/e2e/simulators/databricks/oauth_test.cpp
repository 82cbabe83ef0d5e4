// SPDX-License-Identifier: Apache-2.0
#include "e2e/simulators/databricks/oauth.hpp"

#include "tests/e2e/simulators/databricks/stage.hpp"

namespace sallyport::simulators::databricks {
namespace {

std::string basic(const std::string& id, const std::string& secret) {
  return "Basic " + base64_encode(id + ":" + secret);
}

constexpr auto kGrant = "grant_type=client_credentials&scope=all-apis";

TEST(SimulatedSignIn, DiscoveryTellsWhereToSignIn) {
  Stage stage;
  const auto config = stage.call("GET", "/.well-known/databricks-config", nullptr, "");
  EXPECT_EQ(config.json, Json::parse(R"({"oidc_endpoint":"http://adb-1.example.net/oidc",
      "account_id":"0d26daa6-5e44-4c97-a497-ef015f91254a","workspace_id":"1234567890123456","cloud":"AWS",
      "host_type":"WORKSPACE_HOST"})"));
  const auto server = stage.call("GET", "/oidc/.well-known/oauth-authorization-server", nullptr, "");
  EXPECT_EQ(server.json["token_endpoint"], "http://adb-1.example.net/oidc/v1/token");
}

TEST(SimulatedSignIn, DiscoveryNamesTheSchemeThatIsServed) {
  Options options;
  options.scheme = "https";
  Stage stage(options);
  EXPECT_EQ(stage.get("/.well-known/databricks-config").json["oidc_endpoint"], "https://adb-1.example.net/oidc");
}

TEST(SimulatedSignIn, ClientCredentialsGiveATokenForAnHour) {
  Stage stage;
  const auto heard = stage.form(kGrant, {{"Authorization", basic(kClient, kClientSecret)}});
  EXPECT_EQ(heard.status, 200);
  EXPECT_EQ(heard.json["token_type"], "Bearer");
  EXPECT_EQ(heard.json["expires_in"], 3600);
  EXPECT_EQ(heard.json["scope"], "all-apis");
  EXPECT_FALSE(heard.json.contains("refresh_token"));
  const auto token = heard.json["access_token"].get<std::string>();
  EXPECT_EQ(stage.call("GET", "/api/2.0/preview/scim/v2/Me", nullptr, token).json["applicationId"], kClient);
  stage.clock.advance(std::chrono::minutes(59));
  EXPECT_EQ(stage.call("GET", "/api/2.0/serving-endpoints", nullptr, token).status, 200);
  stage.clock.advance(std::chrono::minutes(1));
  EXPECT_EQ(stage.call("GET", "/api/2.0/serving-endpoints", nullptr, token).status, 403);
}

TEST(SimulatedSignIn, TokensLiveShorterWhenTimeIsScaled) {
  Options options;
  options.time_scale = 60;
  Stage stage(options);
  const auto heard = stage.form(kGrant, {{"Authorization", basic(kClient, kClientSecret)}});
  EXPECT_EQ(heard.json["expires_in"], 60);
}

TEST(SimulatedSignIn, TheSecretMayComeInTheForm) {
  Stage stage;
  EXPECT_EQ(stage.form(std::string(kGrant) + "&client_id=" + kClient + "&client_secret=" + kClientSecret).status, 200);
}

TEST(SimulatedSignIn, AWrongSecretIsAnInvalidClient) {
  Stage stage;
  for (const auto& header :
       {basic(kClient, "wrong"), basic(kBatch, ""), basic("nobody", kClientSecret), std::string()}) {
    const auto heard = stage.form(kGrant, {{"Authorization", header}});
    EXPECT_EQ(heard.status, 401);
    EXPECT_EQ(heard.json,
              Json::parse(R"({"error":"invalid_client","error_description":"Client authentication failed"})"));
  }
}

TEST(SimulatedSignIn, ARotatedSecretEndsTheOldOneAndLeavesTokensAlive) {
  Stage stage;
  const auto header = basic(kClient, kClientSecret);
  const auto token = stage.form(kGrant, {{"Authorization", header}}).json["access_token"].get<std::string>();
  EXPECT_EQ(stage.control("PUT", "/client-secret", {{"client_id", kClient}, {"secret", "next"}}).status, 200);
  EXPECT_EQ(stage.form(kGrant, {{"Authorization", header}}).status, 401);
  EXPECT_EQ(stage.form(kGrant, {{"Authorization", basic(kClient, "next")}}).status, 200);
  EXPECT_EQ(stage.call("GET", "/api/2.0/serving-endpoints", nullptr, token).status, 200);
}

TEST(SimulatedSignIn, OtherScopesGrantsAndFormsAreRefused) {
  Stage stage;
  const http::Headers header{{"Authorization", basic(kClient, kClientSecret)}};
  EXPECT_EQ(stage.form("grant_type=client_credentials", header).json["error"], "invalid_scope");
  EXPECT_EQ(stage.form("grant_type=client_credentials&scope=offline_access+all-apis", header).status, 200);
  EXPECT_EQ(stage.form("grant_type=password&scope=all-apis", header).json["error"], "unsupported_grant_type");
  EXPECT_EQ(stage.call("POST", "/oidc/v1/token", {{"grant_type", "client_credentials"}}, "").json["error"],
            "invalid_request");
  EXPECT_EQ(stage.call("GET", "/oidc/v1/token", nullptr, "").status, 405);
}

TEST(SimulatedSignIn, AnExchangeWithoutAPolicySaysWhatIsMissing) {
  Stage stage;
  const auto heard = stage.form(
      "grant_type=urn:ietf:params:oauth:grant-type:token-exchange&scope=all-apis&subject_token_type="
      "urn:ietf:params:oauth:token-type:jwt&subject_token=e30.e30.AA");
  EXPECT_EQ(heard.status, 401);
  EXPECT_EQ(heard.json["error"], "TOKEN_INVALID");
  EXPECT_EQ(heard.json["error_description"], "Ensure a valid federation policy has been configured");
}

}  // namespace
}  // namespace sallyport::simulators::databricks
