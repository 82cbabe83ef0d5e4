// SPDX-License-Identifier: Apache-2.0
#include "e2e/simulators/databricks/serving.hpp"
#include "tests/e2e/simulators/databricks/stage.hpp"

namespace sallyport::simulators::databricks {
namespace {

const Json kRows = Json::parse(R"({"dataframe_records":[{"x":1},{"x":2}]})");

std::string oauth_token(Stage& stage) {
  const auto heard = stage.form(std::string("grant_type=client_credentials&scope=all-apis&client_id=") + kClient +
                                "&client_secret=" + kClientSecret);
  return heard.json["access_token"].get<std::string>();
}

/// The route-optimised endpoint's own URL, on its own host.
Heard query_own_url(Stage& stage, const std::string& token) {
  const auto url = stage.get("/api/2.0/serving-endpoints/optimised-llm").json["endpoint_url"].get<std::string>();
  const auto slash = url.find('/', 8);
  http::Incoming request{"POST", url.substr(slash), {}, R"({"messages":[]})", {}};
  request.headers["Host"] = url.substr(8, slash - 8);
  request.headers["Content-Type"] = "application/json";
  request.headers["Authorization"] = "Bearer " + token;
  return stage.send(request);
}

TEST(SimulatedInvocation, AnswersARowEach) {
  Stage stage;
  const auto heard = stage.call("POST", "/serving-endpoints/fraud-scoring/invocations", kRows);
  EXPECT_EQ(heard.status, 200);
  EXPECT_EQ(heard.json["predictions"].size(), 2U);
  EXPECT_EQ(heard.headers.at("served-model-name"), "fraud-scoring-1");
}

TEST(SimulatedInvocation, NeedsTheRightToQuery) {
  Stage stage;
  const auto bob = stage.token_of("user:bob@example.com");
  const auto heard = stage.call("POST", "/serving-endpoints/fraud-scoring/invocations", kRows, bob);
  EXPECT_EQ(heard.status, 403);
  EXPECT_EQ(heard.json["error_code"], "PERMISSION_DENIED");
  EXPECT_EQ(heard.json["message"], "User does not have permission 'Query' on Endpoint fraud-scoring");
}

TEST(SimulatedInvocation, MembersOfAGrantedGroupMayQuery) {
  Stage stage;
  const auto alice = stage.token_of("user:alice@example.com");
  EXPECT_EQ(stage.call("POST", "/serving-endpoints/fraud-scoring/invocations", kRows, alice).status, 403);
  EXPECT_EQ(stage.grant("PATCH", stage.acl_path("fraud-scoring"), {group("risk-analysts", "CAN_QUERY")}).status, 200);
  EXPECT_EQ(stage.call("POST", "/serving-endpoints/fraud-scoring/invocations", kRows, alice).status, 200);
}

TEST(SimulatedInvocation, AMissingEndpointHasItsOwnCode) {
  Stage stage;
  const auto heard = stage.call("POST", "/serving-endpoints/nothing/invocations", kRows);
  EXPECT_EQ(heard.status, 404);
  EXPECT_EQ(heard.json["error_code"], "ENDPOINT_NOT_FOUND");
  EXPECT_EQ(heard.json["message"],
            "The given endpoint does not exist, please retry after checking the specified model and version deployment "
            "exists.");
}

TEST(SimulatedInvocation, RouteOptimisedEndpointsAnswerOnTheirOwnHostOnly) {
  Stage stage;
  EXPECT_EQ(stage.call("POST", "/serving-endpoints/optimised-llm/invocations", {{"messages", Json::array()}}).status,
            404);
  EXPECT_EQ(
      stage.call("POST", "/1234567890123456/serving-endpoints/optimised-llm/invocations", {{"messages", Json::array()}})
          .status,
      404);
  const auto heard = query_own_url(stage, oauth_token(stage));
  EXPECT_EQ(heard.status, 200);
  EXPECT_EQ(heard.json["object"], "chat.completion");
}

TEST(SimulatedInvocation, RouteOptimisedEndpointsRefusePersonalAccessTokens) {
  Stage stage;
  const auto heard = query_own_url(stage, kToken);
  EXPECT_EQ(heard.status, 403);
  EXPECT_EQ(heard.json["error_code"], "PERMISSION_DENIED");
}

TEST(SimulatedInvocation, WrongBodiesAndMethodsAreRefused) {
  Stage stage;
  EXPECT_EQ(stage.call("POST", "/serving-endpoints/churn/invocations", Json::array()).status, 400);
  EXPECT_EQ(stage.call("POST", "/serving-endpoints/churn/invocations", {{"rows", 1}}).json["error_code"],
            "BAD_REQUEST");
  const auto heard = stage.get("/serving-endpoints/churn/invocations");
  EXPECT_EQ(heard.status, 405);
  EXPECT_EQ(heard.headers.at("Allow"), "POST");
}

TEST(SimulatedInvocation, AnEndpointThatIsNotReadyHasNoCapacity) {
  Stage stage;
  EXPECT_EQ(stage.control("PUT", "/serving-endpoints/churn/ready", {{"ready", false}}).status, 200);
  EXPECT_EQ(stage.call("POST", "/serving-endpoints/churn/invocations", kRows).status, 503);
}

TEST(SimulatedInvocation, NeedsACredential) {
  Stage stage;
  EXPECT_EQ(stage.call("POST", "/serving-endpoints/churn/invocations", kRows, "").status, 401);
}

}  // namespace
}  // namespace sallyport::simulators::databricks
