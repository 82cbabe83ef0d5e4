// SPDX-License-Identifier: Apache-2.0
#include "e2e/simulators/databricks/workspace.hpp"

#include <filesystem>
#include <fstream>

#include "tests/e2e/simulators/databricks/stage.hpp"

namespace sallyport::simulators::databricks {
namespace {

constexpr auto kList = "/api/2.0/serving-endpoints";

TEST(SimulatedWorkspace, EveryAnswerCarriesARequestIdAndTheWorkspace) {
  Stage stage;
  for (const auto* target : {kList, "/api/2.0/nothing", "/oidc/v1/token", "/nothing"}) {
    const auto heard = stage.get(target);
    EXPECT_EQ(heard.headers.at("x-databricks-request-id").size(), 36U) << target;
    EXPECT_EQ(heard.headers.at("X-Databricks-Org-Id"), "1234567890123456") << target;
  }
  EXPECT_NE(stage.get(kList).headers.at("x-databricks-request-id"),
            stage.get(kList).headers.at("x-databricks-request-id"));
}

TEST(SimulatedWorkspace, ErrorsCarryTheRequestIdInTheirDetails) {
  Stage stage;
  const auto heard = stage.get(std::string(kList) + "/nothing");
  EXPECT_EQ(heard.json["details"][0]["@type"], "type.googleapis.com/google.rpc.RequestInfo");
  EXPECT_EQ(heard.json["details"][0]["request_id"], heard.headers.at("x-databricks-request-id"));
}

TEST(SimulatedWorkspace, AMissingCredentialIsA401WithANumber) {
  Stage stage;
  const auto heard = stage.call("GET", kList, nullptr, "");
  EXPECT_EQ(heard.status, 401);
  EXPECT_EQ(heard.json["error_code"], 401);
  EXPECT_EQ(heard.json["message"], "Credential was not sent or was of an unsupported type for this API. [ReqId: " +
                                       heard.headers.at("x-databricks-request-id") + "]");
}

TEST(SimulatedWorkspace, AWrongTokenIsA403WithANumber) {
  Stage stage;
  const auto heard = stage.call("GET", kList, nullptr, "dapi-wrong");
  EXPECT_EQ(heard.status, 403);
  EXPECT_EQ(heard.body, R"({"error_code":403,"message":"Invalid access token."})");
  EXPECT_EQ(heard.headers.at("X-Databricks-Reason-Phrase"), "Invalid access token.");
}

TEST(SimulatedWorkspace, UnknownPathsAndVersionsAreTold) {
  Stage stage;
  const auto path = stage.get("/api/2.0/clusters/get-delete");
  EXPECT_EQ(path.status, 404);
  EXPECT_EQ(path.json["error_code"], "ENDPOINT_NOT_FOUND");
  EXPECT_EQ(path.json["message"], "No API found for 'GET /clusters/get-delete'");
  const auto version = stage.get("/api/9.9/clusters");
  EXPECT_EQ(version.status, 404);
  EXPECT_EQ(version.body, R"({"error":"Bad Target: /api/9.9/clusters"})");
}

TEST(SimulatedWorkspace, IpAccessListsMayOrMayNotCoverSigningIn) {
  Stage stage;
  stage.set_switch("ip_access", "blocked");
  EXPECT_EQ(stage.get(kList).json["error_code"], 403);
  EXPECT_EQ(stage.get("/.well-known/databricks-config").status, 200);
  stage.set_switch("ip_access", "blocked_with_oidc");
  EXPECT_EQ(stage.get("/.well-known/databricks-config").json["message"],
            "Source IP address: 192.0.2.7 is blocked by Databricks IP ACL for workspace: 1234567890123456");
}

TEST(SimulatedWorkspace, AnInactivePrincipalsTokenIsInvalid) {
  Stage stage;
  const auto alice = stage.token_of("user:alice@example.com");
  EXPECT_EQ(stage.control("POST", "/users", {{"user_name", "alice@example.com"}, {"active", false}}).status, 201);
  EXPECT_EQ(stage.call("GET", kList, nullptr, alice).status, 403);
}

TEST(SimulatedWorkspace, LatencyIsTakenWhenRealistic) {
  Options options;
  options.latency = Latency::Realistic;
  Stage stage(options);
  http::Incoming request{"GET", kList, {{"Authorization", std::string("Bearer ") + kToken}}, "", "192.0.2.7:1"};
  EXPECT_GT(stage.simulator->serve(request).delay.count(), 0);
}

/// Lines of a journal file that goes away with the test.
class JournalFile {
 public:
  JournalFile() : path_(std::filesystem::temp_directory_path() / ("sallyport-" + uuid_v4() + ".jsonl")) {}
  ~JournalFile() { std::filesystem::remove(path_); }
  [[nodiscard]] std::string path() const { return path_.string(); }
  [[nodiscard]] std::string text() const {
    std::ifstream in(path_);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  [[nodiscard]] Json last() const {
    const std::string all = text();
    const auto end = all.rfind('\n', all.size() - 2);
    return Json::parse(all.substr(end == std::string::npos ? 0 : end + 1));
  }

 private:
  std::filesystem::path path_;
};

TEST(SimulatedWorkspace, TheJournalTellsWhoChangedWhichEntries) {
  const JournalFile file;
  Options options;
  options.journal_file = file.path();
  Stage stage(options);
  const auto id = stage.endpoint_id("churn");
  EXPECT_EQ(stage.grant("PATCH", stage.acl_path("churn"), {group("risk-analysts", "CAN_QUERY")}).status, 200);
  const Json line = file.last();
  EXPECT_EQ(line["who"], kOperatorReference);
  EXPECT_EQ(line["mutating"], true);
  const Json before = {{kOperatorReference, "CAN_MANAGE"}, {"user:bob@example.com", "CAN_MANAGE"}};
  Json after = before;
  after["group:risk-analysts"] = "CAN_QUERY";
  EXPECT_EQ(line["effect"], Json({{"kind", "acl"},
                                  {"object", "/serving-endpoints/" + id},
                                  {"endpoint", "churn"},
                                  {"verb", "PATCH"},
                                  {"changed", true},
                                  {"before", before},
                                  {"after", after}}));
  EXPECT_EQ(stage.grant("PATCH", stage.acl_path("churn"), {group("nobody", "CAN_QUERY")}).status, 404);
  EXPECT_EQ(file.last()["mutating"], false);
  EXPECT_EQ(stage.get(stage.acl_path("churn")).status, 200);
  EXPECT_EQ(file.last()["mutating"], false);
}

TEST(SimulatedWorkspace, TheJournalHoldsNoSecret) {
  const JournalFile file;
  Options options;
  options.journal_file = file.path();
  Stage stage(options);
  const auto signed_in = stage.form(std::string("grant_type=client_credentials&scope=all-apis&client_id=") + kClient +
                                    "&client_secret=" + kClientSecret);
  const auto token = signed_in.json["access_token"].get<std::string>();
  EXPECT_EQ(stage.call("GET", kList, nullptr, token).status, 200);
  EXPECT_EQ(stage.get(kList).status, 200);
  const std::string text = file.text();
  EXPECT_NE(text.find("sign-in"), std::string::npos);
  for (const std::string& secret : {std::string(kClientSecret), std::string(kToken), token})
    EXPECT_EQ(text.find(secret), std::string::npos);
}

}  // namespace
}  // namespace sallyport::simulators::databricks
