// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/data/databricks/answer.hpp"

#include <gmock/gmock.h>

#include "reconcilers/providers/data/databricks/session.hpp"

namespace sallyport::data::databricks {
namespace {

using ::testing::HasSubstr;

http::Response answer(int status, std::string body) {
  return {status, {}, std::move(body)};
}

TEST(DatabricksError, ReadsACodeThatIsANumber) {
  const Error error = error_of(answer(403, R"({"error_code":403,"message":"Invalid access token."})"), "GET x");

  EXPECT_EQ(error.code, Code::Unauthorized);
}

TEST(DatabricksError, TakesARefusalAsUnknownNotAsAbsent) {
  const Error refused = error_of(answer(403, R"({"error_code":"PERMISSION_DENIED","message":"no"})"), "");

  EXPECT_EQ(refused.code, Code::Refused);
  EXPECT_THAT(refused.message, HasSubstr("PERMISSION_DENIED: no; the principal of the connection's credentials lacks"));
}

TEST(DatabricksError, TakesForAbsentOnlyWhatTheWorkspaceSaysInItsOwnWords) {
  for (const char* body :
       {R"({"error_code":"RESOURCE_DOES_NOT_EXIST","message":"no"})", R"({"error_code":"NOT_FOUND","message":"no"})",
        R"({"error_code":"ENDPOINT_NOT_FOUND","message":"The given endpoint does not exist"})"})
    EXPECT_EQ(error_of(answer(404, body), "").code, Code::NotFound) << body;
  for (const char* body :
       {"", "Not Found", "<html></html>", R"({"error":"NOT_FOUND"})", R"({"detail":"no","status":"404"})",
        R"({"error_code":"FEATURE_DISABLED","message":"not in this tier"})",
        R"({"error_code":"ENDPOINT_NOT_FOUND","message":"No API found for 'GET /serving-endpoints/x'"})"})
    EXPECT_EQ(error_of(answer(404, body), "").code, Code::Unavailable) << body;
}

TEST(DatabricksError, SeesAThrottleBehindA500) {
  EXPECT_EQ(error_of(answer(500, R"({"error_code":"REQUEST_LIMIT_EXCEEDED","message":"x"})"), "").code,
            Code::RateLimited);
}

TEST(DatabricksError, NeverTakesAPageForAnAnswer) {
  const Error error = error_of(answer(200, "<html><title>Sign in</title></html>"), "");

  EXPECT_EQ(error.code, Code::Unavailable);
  EXPECT_THAT(error.message, HasSubstr("private link"));
}

TEST(DatabricksError, ReadsScimAndOauthBodies) {
  EXPECT_THAT(error_of(answer(404, R"({"schemas":[],"detail":"Group not found","status":"404"})"), "").message,
              HasSubstr("Group not found"));
  EXPECT_THAT(
      error_of(answer(401, R"({"error":"invalid_client","error_description":"Client authentication failed"})"), "")
          .message,
      HasSubstr("Client authentication failed"));
}

TEST(UnknownPrincipal, IsNamedByTheWorkspacesText) {
  EXPECT_EQ(unknown_principal("RESOURCE_DOES_NOT_EXIST: Principal: UserName(a@b.com) does not exist"), "a@b.com");
  EXPECT_EQ(unknown_principal("Principal: GroupName(risk (eu)) does not exist"), "risk (eu)");
  EXPECT_EQ(unknown_principal("Endpoint with name 'x' does not exist."), "");
}

TEST(AccessListAnswer, TellsDirectFromInheritedLevels) {
  const auto list = read_access_list(R"({"object_id":"/serving-endpoints/1","access_control_list":[
    {"group_name":"admins","all_permissions":[{"permission_level":"CAN_MANAGE","inherited":true}]},
    {"user_name":"Bob@Example.com","all_permissions":[{"permission_level":"CAN_VIEW","inherited":false}]}]})");

  ASSERT_TRUE(list);
  EXPECT_EQ(list->at("group:admins").direct, ir::Level::None);
  EXPECT_EQ(list->at("group:admins").inherited, ir::Level::CanManage);
  EXPECT_EQ(list->at("user:bob@example.com").direct, ir::Level::CanView);
}

TEST(AccessListAnswer, KnowsAServicePrincipalUnderWhateverFieldItCame) {
  const auto list = read_access_list(R"({"access_control_list":[{"user_name":"7d0c5f5e-2f3a-4b61-9c1d-3a6f0f2b9e11",
    "all_permissions":[{"permission_level":"CAN_QUERY"}]}]})");

  EXPECT_TRUE(list->contains("sp:7d0c5f5e-2f3a-4b61-9c1d-3a6f0f2b9e11"));
}

TEST(AccessListAnswer, MarksWhatItCannotSayAgain) {
  const auto known = read_access_list(R"({"access_control_list":[{"group_name":"admins","all_permissions":[
    {"permission_level":"CAN_FLY","inherited":true}]},{"group_name":"none","all_permissions":[]}]})");
  EXPECT_EQ(inexpressible(*known), nullptr) << "what is inherited is never sent";

  for (const char* entry : {R"({"group_name":"g","all_permissions":[{"permission_level":"CAN_FLY"}]})",
                            R"({"group_name":"g","all_permissions":[{"level":"CAN_VIEW"}]})", R"({"group_name":"g"})",
                            R"({"robot_name":"r","all_permissions":[{"permission_level":"CAN_VIEW"}]})"}) {
    const auto list = read_access_list(std::string(R"({"access_control_list":[)") + entry + "]}");
    ASSERT_TRUE(list);
    EXPECT_NE(inexpressible(*list), nullptr) << entry;
  }
}

TEST(AccessListAnswer, RefusesNonsenseInsteadOfSeeingAnEmptyList) {
  EXPECT_FALSE(read_access_list("[]"));
  EXPECT_FALSE(read_access_list("not json"));
  EXPECT_FALSE(read_access_list(R"({"access_control_list":"none"})"));
}

TEST(ServingEndpointAnswer, PrefersTheEndpointsOwnUrl) {
  const auto usual = read_serving_endpoint(R"({"id":"1","name":"fraud"})", "https://w.example.com");
  const auto own = read_serving_endpoint(
      R"({"id":"1","name":"fraud","endpoint_url":"https://x.serving.example.com/9/serving-endpoints/fraud/invocations"})",
      "https://w.example.com");

  EXPECT_EQ(usual->invocations_url, "https://w.example.com/serving-endpoints/fraud/invocations");
  EXPECT_THAT(own->invocations_url, HasSubstr("x.serving.example.com"));
}

TEST(ServingEndpointAnswer, SaysThatAFoundationModelCannotBeGranted) {
  const auto model = read_serving_endpoint(R"({"name":"databricks-gpt"})", "https://w.example.com");

  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().code, Code::InvalidSpec);
  EXPECT_EQ(read_serving_endpoint("{}", "https://w.example.com").error().code, Code::Unavailable);
}

}  // namespace
}  // namespace sallyport::data::databricks
