// SPDX-License-Identifier: Apache-2.0
// Golden declarations (re-recorded with SALLYPORT_UPDATE_GOLDEN=1), and what stands before anything is sent. How the
// backend behaves towards a device is in tests/conformance/edge_test.cpp.
#include "reconcilers/providers/edge/bigip/bigip.hpp"

#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/reconcilers/providers/edge/bigip/fixtures.hpp"
#include "tests/reconcilers/providers/edge/bigip/script.hpp"
#include "tests/testing/fake_clock.hpp"

namespace sallyport::edge::bigip {
namespace {

using testing::fragment;

class BigIpBackend : public ::testing::Test {
 protected:
  BigIpBackend() {
    provider = *BigIp::create(
        testing::connection(),
        {[this](http::ClientOptions) -> Result<std::unique_ptr<http::Client>> { return script.client(); }, secrets,
         clock, random});
  }
  void expect_golden(const std::string& name, const std::vector<ir::EdgeFragment>& fragments) {
    const std::filesystem::path file =
        std::filesystem::path(SALLYPORT_SOURCE_DIR) / "tests/golden/edge" / name / "edge.as3.json";
    const std::string rendered = provider->render(fragments);
    if (std::getenv("SALLYPORT_UPDATE_GOLDEN") != nullptr) {
      std::filesystem::create_directories(file.parent_path());
      std::ofstream(file) << rendered;
    }
    std::ifstream in(file);
    std::stringstream golden;
    golden << in.rdbuf();
    EXPECT_EQ(rendered, golden.str()) << "SALLYPORT_UPDATE_GOLDEN=1 records it anew; read it before you do";
  }

  testing::Script script;
  testing::MemorySecrets secrets;
  sallyport::testing::FakeClock clock;
  sallyport::testing::FakeRandom random;
  std::unique_ptr<EdgeProvider> provider;
};

TEST_F(BigIpBackend, RendersTheSmallestEndpoint) {
  expect_golden("smallest", {fragment()});
}

TEST_F(BigIpBackend, RendersEveryOption) {
  ir::EdgeFragment one = fragment();
  one.allowed_networks = {"10.20.0.0/16", "192.0.2.0/24", "2001:db8:20::/48"};
  one.waf_policy = "/Common/ml_waf";
  one.log_pool = "/Common/siem";
  one.connect_timeout = std::chrono::seconds(7);
  one.response_timeout = std::chrono::seconds(120);
  one.idle_timeout = std::chrono::seconds(150);
  one.max_concurrent = 400;
  one.load_balancing = ir::LoadBalancing::RoundRobin;
  expect_golden("every-option", {one});
}

TEST_F(BigIpBackend, RendersARouteOptimisedHostOnIpv6) {
  ir::EdgeFragment one = fragment();
  one.address = "2001:db8::21";
  one.port = 8443;
  one.upstream = {"6f1c2a.serving.westeurope.azuredatabricks.net", 443};
  one.allowed_paths = {"/7c9d/serving-endpoints/fraud/invocations"};
  expect_golden("route-optimised-ipv6", {one});
}

TEST_F(BigIpBackend, RendersOnePoolForTwoEndpointsOfAServingHost) {
  expect_golden("one-serving-host", {fragment("fraud", 1), fragment("churn", 2)});
}

TEST_F(BigIpBackend, RendersTwoServingHostsAndTwoTenants) {
  ir::EdgeFragment other = fragment("churn", 2);
  other.upstream.host = "adb-6543210987654321.1.azuredatabricks.net";
  ir::EdgeFragment elsewhere = fragment("claims", 3);
  elsewhere.place.tenant = "sp_inst0001_claims_1";
  elsewhere.owner.ns = "claims";
  expect_golden("two-tenants", {fragment("fraud", 1), other, elsewhere});
}

TEST_F(BigIpBackend, RendersNothingOfAHostileNeighbour) {
  ir::EdgeFragment hostile = fragment("churn", 2);
  hostile.allowed_paths = {"/x\"] ; exec rm {"};
  ir::EdgeFragment open = fragment("claims", 3);
  open.policy = {};
  expect_golden("hostile-neighbour", {hostile, fragment("fraud", 1), open});
}

TEST_F(BigIpBackend, SaysThatTheSecretIsNotThereInTheCertificatesField) {
  const auto verdicts = provider->apply({{fragment("nobody", 1)}, {}}, {});

  EXPECT_EQ(verdicts[0].outcome, ir::Outcome::Rejected);
  EXPECT_EQ(verdicts[0].error->where, "spec.tls.secretName");
  EXPECT_TRUE(script.asked.empty());
}

TEST_F(BigIpBackend, DoesNotBlameTheSpecForASecretThatCannotBeRead) {
  secrets.fail({Code::Unavailable, "the API server does not answer", {}, {}});

  EXPECT_EQ(provider->apply({{fragment()}, {}}, {})[0].outcome, ir::Outcome::Unknown);
}

TEST_F(BigIpBackend, SaysWhatIsWrongWithTheCertificateBeforeItIsSent) {
  secrets.set("risk", "fraud-tls", testing::tls_secret(testing::make_pems(1, 2)));

  const auto verdicts = provider->apply({{fragment()}, {}}, {});

  EXPECT_EQ(verdicts[0].outcome, ir::Outcome::Rejected);
  EXPECT_THAT(verdicts[0].error->message, ::testing::HasSubstr("expired"));
  EXPECT_TRUE(script.asked.empty());
}

TEST_F(BigIpBackend, SpeaksHttpToThisMachineOnlyAndNotToANameThatLooksLikeIt) {
  const auto made = [this](const std::string& unit) {
    return BigIp::create(
        testing::connection({unit}),
        {[this](http::ClientOptions) -> Result<std::unique_ptr<http::Client>> { return script.client(); }, secrets,
         clock, random});
  };
  EXPECT_TRUE(made("http://127.0.0.1:8443").has_value());
  for (const char* unit : {"http://127.evil.example", "http://bigip-a.example.com"}) {
    const auto refused = made(unit);
    ASSERT_FALSE(refused.has_value()) << unit;
    EXPECT_EQ(refused.error().where, "spec.bigip.units");
  }
}

TEST_F(BigIpBackend, HasNothingToDoWithoutChanges) {
  EXPECT_TRUE(provider->apply({}, {}).empty());
  EXPECT_TRUE(provider->drifted({}, {})->empty());
  EXPECT_TRUE(script.asked.empty());
}

TEST_F(BigIpBackend, AnswersEveryChangeWhenTheGroupCannotBeRead) {
  script.on("GET /mgmt/tm/cm/failover-status", testing::answer(503, "<html>"));

  const auto verdicts = provider->apply({{fragment()}, {testing::absent(fragment("gone", 2))}}, {});

  ASSERT_EQ(verdicts.size(), 2U);
  for (const ir::Verdict& verdict : verdicts) {
    EXPECT_EQ(verdict.outcome, ir::Outcome::Unknown);
    EXPECT_EQ(verdict.error->code, Code::Unavailable);
  }
}

}  // namespace
}  // namespace sallyport::edge::bigip
