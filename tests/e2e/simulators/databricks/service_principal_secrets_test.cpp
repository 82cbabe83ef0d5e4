// SPDX-License-Identifier: Apache-2.0
#include "e2e/simulators/databricks/service_principal_secrets.hpp"

#include "tests/e2e/simulators/databricks/stage.hpp"

namespace sallyport::simulators::databricks {
namespace {

/// An admin before the secrets of the service principal that has none.
class Secrets {
 public:
  Secrets() {
    const auto listed = stage.get(
        std::string("/api/2.0/preview/scim/v2/ServicePrincipals?filter=applicationId%20eq%20%22") + kBatch + "%22");
    path = "/api/2.0/accounts/servicePrincipals/" + listed.json["Resources"][0]["id"].get<std::string>() +
           "/credentials/secrets";
    admin = stage.token_of("user:admin@example.com");
  }
  Heard call(const std::string& method, const std::string& rest = "", const Json& body = nullptr) {
    return stage.call(method, path + rest, body, admin);
  }
  Heard sign_in(const std::string& secret) {
    return stage.form(std::string("grant_type=client_credentials&scope=all-apis&client_id=") + kBatch +
                      "&client_secret=" + secret);
  }

  Stage stage;
  std::string path;
  std::string admin;
};

TEST(SimulatedServicePrincipalSecrets, AreToldOnceAndSignInUntilTheyAreDeleted) {
  Secrets secrets;
  const auto made = secrets.call("POST");
  EXPECT_EQ(made.status, 200);
  const auto value = made.json["secret"].get<std::string>();
  EXPECT_EQ(secrets.sign_in(value).status, 200);
  const auto listed = secrets.call("GET");
  Json without = made.json;
  without.erase("secret");
  EXPECT_EQ(listed.json, Json({{"secrets", Json::array({without})}}));
  EXPECT_EQ(listed.body.find(value), std::string::npos);
  EXPECT_EQ(secrets.call("DELETE", "/" + made.json["id"].get<std::string>()).status, 200);
  EXPECT_EQ(secrets.call("DELETE", "/" + made.json["id"].get<std::string>()).status, 404);
  EXPECT_EQ(secrets.sign_in(value).json["error"], "invalid_client");
  EXPECT_EQ(secrets.call("GET").body, "{}");
}

TEST(SimulatedServicePrincipalSecrets, LiveAsLongAsTheyWereAskedForAndTwoYearsAtMost) {
  Secrets secrets;
  const auto brief = secrets.call("POST", "", {{"lifetime", "60s"}}).json;
  EXPECT_EQ(brief["status"], "ACTIVE");
  EXPECT_EQ(brief["create_time"], "2026-11-22T00:00:00Z");
  EXPECT_EQ(brief["expire_time"], "2026-11-22T00:01:00Z");
  EXPECT_EQ(secrets.call("POST").json["expire_time"], "2028-11-21T00:00:00Z");
  for (const Json& wrong : {Json("63072001s"), Json("60"), Json("0s"), Json(60), Json("-1s")})
    EXPECT_EQ(secrets.call("POST", "", {{"lifetime", wrong}}).json["error_code"], "INVALID_PARAMETER_VALUE") << wrong;
  secrets.stage.clock.advance(std::chrono::seconds(60));
  EXPECT_EQ(secrets.sign_in(brief["secret"]).status, 401);
}

TEST(SimulatedServicePrincipalSecrets, AreFiveAtMostWhetherTheyStillWorkOrNot) {
  Secrets secrets;
  const auto first = secrets.call("POST", "", {{"lifetime", "60s"}}).json["id"].get<std::string>();
  for (int i = 0; i < 4; ++i) EXPECT_EQ(secrets.call("POST").status, 200);
  secrets.stage.clock.advance(std::chrono::seconds(60));
  const auto sixth = secrets.call("POST");
  EXPECT_EQ(sixth.status, 400);
  EXPECT_EQ(sixth.json["error_code"], "QUOTA_EXCEEDED");
  EXPECT_EQ(secrets.call("DELETE", "/" + first).status, 200);
  EXPECT_EQ(secrets.call("POST").status, 200);
}

TEST(SimulatedServicePrincipalSecrets, AFullPageHasATokenEvenWhenNothingFollows) {
  Secrets secrets;
  for (int i = 0; i < 4; ++i) EXPECT_EQ(secrets.call("POST").status, 200);
  std::size_t seen = 0;
  std::string token;
  int pages = 0;
  for (; pages < 10; ++pages) {
    const auto page = secrets.call("GET", "?page_size=2" + (token.empty() ? "" : "&page_token=" + token)).json;
    seen += member(page, "secrets").size();
    token = text_of(page, "next_page_token");
    if (token.empty()) break;
  }
  EXPECT_EQ(seen, 4U);
  EXPECT_EQ(pages, 2);  // counted from 0: the third page is empty
  EXPECT_EQ(secrets.call("GET", "?page_token=99").status, 400);
}

TEST(SimulatedServicePrincipalSecrets, TheOneThatTheWorldGaveIsListedToo) {
  Secrets secrets;
  EXPECT_EQ(secrets.stage.control("PUT", "/client-secret", {{"client_id", kBatch}, {"secret", "given"}}).status, 200);
  const auto id = secrets.call("GET").json["secrets"][0]["id"].get<std::string>();
  EXPECT_EQ(secrets.sign_in("given").status, 200);
  EXPECT_EQ(secrets.call("DELETE", "/" + id).status, 200);
  EXPECT_EQ(secrets.sign_in("given").status, 401);
}

TEST(SimulatedServicePrincipalSecrets, NeedAnAdminAndTheNumericId) {
  Secrets secrets;
  EXPECT_EQ(secrets.stage.get(secrets.path).json["error_code"], "PERMISSION_DENIED");
  const std::string by_application =
      std::string("/api/2.0/accounts/servicePrincipals/") + kBatch + "/credentials/secrets";
  EXPECT_EQ(secrets.stage.call("GET", by_application, nullptr, secrets.admin).json["error_code"],
            "RESOURCE_DOES_NOT_EXIST");
  EXPECT_EQ(secrets.call("PUT").json["error_code"], "ENDPOINT_NOT_FOUND");
  EXPECT_EQ(secrets.call("POST", "", {{"lifetim", "60s"}}).json["error_code"], "MALFORMED_REQUEST");
}

}  // namespace
}  // namespace sallyport::simulators::databricks
