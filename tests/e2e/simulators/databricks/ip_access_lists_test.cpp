// SPDX-License-Identifier: Apache-2.0
#include "e2e/simulators/databricks/ip_access_lists.hpp"

#include "tests/e2e/simulators/databricks/stage.hpp"

namespace sallyport::simulators::databricks {
namespace {

const std::string kLists = "/api/2.0/ip-access-lists";
const std::string kConf = "/api/2.0/workspace-conf";
constexpr auto kEndpoints = "/api/2.0/serving-endpoints";

/// The callers of the stage come from 192.0.2.7.
Json list(const std::string& type, const std::vector<std::string>& addresses) {
  return {{"label", "office"}, {"list_type", type}, {"ip_addresses", addresses}};
}

class Admin {
 public:
  Admin() { token = stage.token_of("user:admin@example.com"); }
  Heard call(const std::string& method, const std::string& target, const Json& body = nullptr) {
    return stage.call(method, target, body, token);
  }
  Heard enable(const Json& value) { return call("PATCH", kConf, {{"enableIpAccessLists", value}}); }
  /// What the control API puts in force, which may shut out anybody.
  void put(const Json& lists) {
    ASSERT_EQ(stage.control("PUT", "/ip-access", {{"enabled", true}, {"lists", lists}}).status, 200);
  }

  Stage stage;
  std::string token;
};

TEST(SimulatedIpAccessLists, TellWhatWasMade) {
  Admin admin;
  EXPECT_EQ(admin.call("GET", kLists).body, R"({"ip_access_lists":[]})");
  const auto made = admin.call("POST", kLists, list("ALLOW", {"192.0.2.0/24", "198.51.100.1"}));
  EXPECT_EQ(made.status, 200);
  const Json& told = made.json["ip_access_list"];
  EXPECT_EQ(told["label"], "office");
  EXPECT_EQ(told["list_type"], "ALLOW");
  EXPECT_EQ(told["ip_addresses"], Json::parse(R"(["192.0.2.0/24","198.51.100.1"])"));
  EXPECT_EQ(told["address_count"], 2);
  EXPECT_EQ(told["enabled"], true);
  EXPECT_EQ(told["created_by"], told["updated_by"]);
  EXPECT_EQ(told["created_at"], told["updated_at"]);
  const std::string one = kLists + "/" + told["list_id"].get<std::string>();
  EXPECT_EQ(admin.call("GET", one).json, made.json);
  EXPECT_EQ(admin.call("GET", kLists).json["ip_access_lists"], Json::array({told}));
  EXPECT_EQ(admin.call("PATCH", one, {{"enabled", false}}).json["ip_access_list"]["enabled"], false);
  EXPECT_EQ(admin.call("PUT", one, list("BLOCK", {"203.0.113.9"})).json["message"], "Missing required field: enabled");
  Json whole = list("BLOCK", {"203.0.113.9"});
  whole["enabled"] = true;
  EXPECT_EQ(admin.call("PUT", one, whole).json["ip_access_list"]["list_type"], "BLOCK");
  EXPECT_EQ(admin.call("DELETE", one).body, "{}");
  EXPECT_EQ(admin.call("GET", one).json["error_code"], "RESOURCE_DOES_NOT_EXIST");
}

TEST(SimulatedIpAccessLists, DoNothingUntilTheFlagIsSetAsAText) {
  Admin admin;
  EXPECT_EQ(admin.call("GET", kConf + "?keys=enableIpAccessLists").body, R"({"enableIpAccessLists":"false"})");
  EXPECT_EQ(admin.enable(true).json["error_code"], "INVALID_PARAMETER_VALUE");
  EXPECT_EQ(admin.call("PATCH", kConf, {{"enableSomething", "true"}}).json["error_code"], "MALFORMED_REQUEST");
  EXPECT_EQ(admin.call("GET", kConf + "?keys=maxTokenLifetimeDays").status, 400);
  EXPECT_EQ(admin.call("POST", kLists, list("BLOCK", {"192.0.2.7"})).status, 200);
  EXPECT_EQ(admin.stage.get(kEndpoints).status, 200);
  const auto refused = admin.enable("true");
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(refused.json["error_code"], "INVALID_STATE");
}

TEST(SimulatedIpAccessLists, ShutOutWhomTheyDoNotAllow) {
  Admin admin;
  admin.put(Json::array({list("ALLOW", {"198.51.100.0/24"})}));
  const auto heard = admin.stage.get(kEndpoints);
  EXPECT_EQ(heard.status, 403);
  EXPECT_EQ(heard.body,
            R"({"error_code":403,"message":"Source IP address: 192.0.2.7 is blocked by Databricks IP ACL for )"
            R"(workspace: 1234567890123456"})");
  EXPECT_EQ(admin.call("GET", kLists).status, 403);
  EXPECT_EQ(admin.stage.call("POST", "/serving-endpoints/fraud-scoring/invocations", {{"inputs", {1}}}).status, 403);
  admin.put(Json::array({list("ALLOW", {"198.51.100.0/24"}), list("ALLOW", {"192.0.2.7"})}));
  EXPECT_EQ(admin.stage.get(kEndpoints).status, 200);
}

TEST(SimulatedIpAccessLists, BlockingBeatsAllowingAndNoListAllowsAll) {
  Admin admin;
  EXPECT_EQ(admin.enable("true").status, 200);
  EXPECT_EQ(admin.stage.get(kEndpoints).status, 200);
  admin.put(Json::array({list("ALLOW", {"192.0.2.0/24"}), list("BLOCK", {"192.0.2.6/31"})}));
  EXPECT_EQ(admin.stage.get(kEndpoints).status, 403);
  Json off = list("BLOCK", {"192.0.2.6/31"});
  off["enabled"] = false;
  admin.put(Json::array({list("ALLOW", {"0.0.0.0/0"}), off}));
  EXPECT_EQ(admin.stage.get(kEndpoints).status, 200);
}

TEST(SimulatedIpAccessLists, SigningInIsJudgedOnlyByASwitch) {
  Admin admin;
  admin.put(Json::array({list("ALLOW", {"198.51.100.0/24"})}));
  EXPECT_EQ(admin.stage.get("/.well-known/databricks-config").status, 200);
  admin.stage.set_switch("ip_lists_on_oidc", "covered");
  EXPECT_EQ(admin.stage.get("/.well-known/databricks-config").status, 403);
}

TEST(SimulatedIpAccessLists, RefuseToShutOutTheirCaller) {
  Admin admin;
  EXPECT_EQ(admin.enable("true").status, 200);
  for (const auto& body : {list("BLOCK", {"192.0.2.0/24"}), list("ALLOW", {"198.51.100.1"})}) {
    const auto heard = admin.call("POST", kLists, body);
    EXPECT_EQ(heard.status, 400);
    EXPECT_EQ(heard.json["error_code"], "INVALID_STATE");
  }
  EXPECT_EQ(admin.call("GET", kLists).body, R"({"ip_access_lists":[]})");
}

TEST(SimulatedIpAccessLists, HoldAThousandAddressesTogether) {
  Admin admin;
  std::vector<std::string> many;
  for (int i = 0; i < 999; ++i) many.push_back("10.0." + std::to_string(i / 256) + "." + std::to_string(i % 256));
  EXPECT_EQ(admin.call("POST", kLists, list("BLOCK", many)).status, 200);
  const auto heard = admin.call("POST", kLists, list("BLOCK", {"10.1.0.1", "10.1.0.2"}));
  EXPECT_EQ(heard.status, 400);
  EXPECT_EQ(heard.json["error_code"], "QUOTA_EXCEEDED");
  EXPECT_EQ(admin.call("POST", kLists, list("BLOCK", {"10.1.0.1"})).status, 200);
}

TEST(SimulatedIpAccessLists, TakeAWhileToApply) {
  Admin admin;
  admin.stage.set_switch("ip_list_delay_ms", 120000);
  admin.put(Json::array({list("ALLOW", {"192.0.2.7"}), list("ALLOW", {"198.51.100.1"})}));
  const auto lists = admin.call("GET", kLists).json["ip_access_lists"];
  const Json& ours = lists[0]["ip_addresses"][0] == "192.0.2.7" ? lists[0] : lists[1];
  EXPECT_EQ(admin
                .call("PATCH", kLists + "/" + ours["list_id"].get<std::string>(),
                      {{"ip_addresses", {"192.0.2.7", "203.0.113.5"}}})
                .status,
            200);
  const auto from_new = [&] {
    http::Incoming request{
        "GET", kEndpoints, {{"Authorization", std::string("Bearer ") + kToken}}, "", "203.0.113.5:1"};
    return admin.stage.simulator->serve(request).status;
  };
  EXPECT_EQ(from_new(), 403);
  admin.stage.clock.advance(std::chrono::seconds(120));
  EXPECT_EQ(from_new(), 200);
}

TEST(SimulatedIpAccessLists, AreIpv4AndForAdmins) {
  Admin admin;
  for (const std::string address : {"2001:db8::1", "10.0.0.256", "10.0.0.0/33", "10.0.0", "host"})
    EXPECT_EQ(admin.call("POST", kLists, list("BLOCK", {address})).json["error_code"], "INVALID_PARAMETER_VALUE")
        << address;
  EXPECT_EQ(admin.call("POST", kLists, list("DENY", {"10.0.0.1"})).json["error_code"], "INVALID_PARAMETER_VALUE");
  EXPECT_EQ(admin.stage.get(kLists).json["error_code"], "PERMISSION_DENIED");
  EXPECT_EQ(admin.stage.get(kConf + "?keys=enableIpAccessLists").json["error_code"], "PERMISSION_DENIED");
  EXPECT_EQ(admin.stage.control("PUT", "/ip-access", {{"list", Json::array()}}).status, 400);
}

}  // namespace
}  // namespace sallyport::simulators::databricks
