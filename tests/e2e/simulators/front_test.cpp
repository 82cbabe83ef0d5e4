// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "e2e/simulators/bigip/simulator.hpp"
#include "e2e/simulators/json.hpp"
#include "operator/base/digest.hpp"
#include "tests/testing/fake_clock.hpp"

namespace sallyport::simulators {
namespace {

struct Front : ::testing::Test {
  void SetUp() override {
    folder = std::filesystem::temp_directory_path() / ("sallyport-front-" + uuid_v4());
    std::filesystem::create_directories(folder);
    options.password = Secret("pass-word");
    options.clock = &clock;
    options.random = &random;
    options.journal_file = folder / "journal";
    options.faults_file = folder / "faults.json";
    start();
  }
  void TearDown() override { std::filesystem::remove_all(folder); }
  void start() { simulator = std::move(*make_bigip(options)); }
  http::Outgoing send(const std::string& method, const std::string& target, const std::string& body = "") {
    return simulator->serve(
        {method, target, {{"Authorization", "Basic " + base64_encode("admin:pass-word")}}, body, "192.0.2.1:1"});
  }
  std::vector<Json> journal() {
    std::vector<Json> lines;
    std::ifstream in(options.journal_file);
    for (std::string line; std::getline(in, line);) lines.push_back(Json::parse(line));
    return lines;
  }
  void write_faults(const Json& rules) { std::ofstream(options.faults_file) << rules.dump(); }

  sallyport::testing::FakeClock clock;
  sallyport::testing::FakeRandom random;
  std::filesystem::path folder;
  Options options;
  std::unique_ptr<Simulator> simulator;
};

const std::string kDeclare = "/mgmt/shared/appsvcs/declare";
const std::string kDeclaration =
    R"({"class":"ADC","schemaVersion":"3.50.0","id":"i","T":{"class":"Tenant","A":{"class":"Application",
  "crt":{"class":"Certificate","certificate":{"bigip":"/Common/default.crt"},"passphrase":{"ciphertext":"c2VjcmV0LXZhbHVl","protected":"eyJhbGciOiJkaXIiLCJlbmMiOiJub25lIn0"}}}}})";

TEST_F(Front, KeepsAJournalOfEffectsWithoutSecrets) {
  ASSERT_EQ(send("POST", kDeclare, kDeclaration).status, 200);
  send("POST", "/mgmt/shared/authn/login", R"({"username":"admin","password":"pass-word"})");
  send("GET", "/_sim/state");

  const auto lines = journal();

  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0]["seq"], 1);
  EXPECT_EQ(lines[0]["method"], "POST");
  EXPECT_EQ(lines[0]["who"], "admin");
  EXPECT_EQ(lines[0]["mutating"], true);
  EXPECT_EQ(lines[0]["effect"]["tenants"]["T"]["added"], Json::array({"A"}));
  EXPECT_EQ(lines[0]["effect"]["tenants"]["T"]["virtuals"], Json::array());
  EXPECT_EQ(lines[0]["effect"]["saved"], true);
  EXPECT_EQ(lines[1]["mutating"], false);
  for (const Json& line : lines) {
    EXPECT_EQ(line.dump().find("pass-word"), std::string::npos);
    EXPECT_EQ(line.dump().find("c2VjcmV0"), std::string::npos);
  }
}

TEST_F(Front, HashesTokensInPaths) {
  send("DELETE", "/mgmt/shared/authz/tokens/TOPSECRET");

  EXPECT_EQ(journal()[0].dump().find("TOPSECRET"), std::string::npos);
}

TEST_F(Front, StrikesTheNthRequestOnly) {
  send("PUT", "/_sim/faults", R"([{"match":{"method":"POST","path":"/mgmt/shared/appsvcs/declare*","nth":2},
    "action":"status","status":503,"body":{"code":503},"headers":{"Retry-After":"3"},"times":1}])");

  EXPECT_EQ(send("POST", kDeclare, kDeclaration).status, 200);
  const http::Outgoing struck = send("POST", kDeclare, kDeclaration);
  EXPECT_EQ(struck.status, 503);
  EXPECT_EQ(struck.body, R"({"code":503})");
  EXPECT_EQ(struck.headers.at("Retry-After"), "3");
  EXPECT_EQ(send("POST", kDeclare, kDeclaration).status, 200);
  EXPECT_EQ(journal()[1]["fault"], "status");
  EXPECT_EQ(journal()[1]["mutating"], false);
}

TEST_F(Front, DropsBeforeOrAfterTheEffect) {
  send(
      "PUT", "/_sim/faults",
      R"([{"match":{"method":"POST"},"action":"drop_before"},{"match":{"method":"POST","nth":2},"action":"drop_after"}])");

  EXPECT_TRUE(send("POST", kDeclare, kDeclaration).drop_connection);
  EXPECT_EQ(send("GET", kDeclare).status, 204);
  EXPECT_TRUE(send("POST", kDeclare, kDeclaration).drop_connection);
  EXPECT_EQ(send("GET", kDeclare).status, 200);
  EXPECT_EQ(journal()[2]["status"], 0);
  EXPECT_EQ(journal()[2]["mutating"], true);
}

TEST_F(Front, ReadsTheFaultsFileAgainWhenItChanges) {
  EXPECT_EQ(send("GET", kDeclare).status, 204);

  write_faults({{{"action", "html"}, {"times", 0}}});

  const http::Outgoing page = send("GET", kDeclare);
  EXPECT_EQ(page.status, 503);
  EXPECT_EQ(page.content_type, "text/html");
  EXPECT_TRUE(page.body.starts_with("<!DOCTYPE HTML"));
}

TEST_F(Front, RefusesAMisspeltFault) {
  EXPECT_EQ(send("PUT", "/_sim/faults", R"([{"action":"dropp"}])").status, 400);
  EXPECT_EQ(send("PUT", "/_sim/faults", R"([{"action":"html","mach":{}}])").status, 400);
}

TEST_F(Front, TruncatesAndHoldsOpen) {
  send("PUT", "/_sim/faults",
       R"([{"match":{"path":"*/info"},"action":"truncate"},{"match":{"path":"*/settings"},"action":"half_open"}])");

  EXPECT_FALSE(parse_json(send("GET", "/mgmt/shared/appsvcs/info").body).has_value());
  const http::Outgoing held = send("GET", "/mgmt/shared/appsvcs/settings");
  EXPECT_TRUE(held.drop_connection);
  EXPECT_GE(held.delay, std::chrono::minutes(5));
}

TEST_F(Front, TakesItsTimeDividedByTheScale) {
  options.latency = Latency::Realistic;
  options.time_scale = 10;
  start();

  EXPECT_EQ(send("GET", kDeclare).delay, std::chrono::milliseconds(50));  // 0.5 of 200..800 ms, divided by 10
  const auto declaring = send("POST", kDeclare, kDeclaration).delay;
  EXPECT_GT(declaring, std::chrono::milliseconds(200));
  EXPECT_LT(declaring, std::chrono::seconds(3));
}

}  // namespace
}  // namespace sallyport::simulators
