// SPDX-License-Identifier: Apache-2.0
// The whole way of an agent, by its own client and real handshakes.
#include "operator/program/delivery.hpp"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "operator/base/whole_file.hpp"
#include "reconcilers/delivery/trust_secret.hpp"
#include "reconcilers/nginx_agent/https_source.hpp"
#include "tests/reconcilers/memory_store.hpp"
#include "tests/testing/fake_clock.hpp"
#include "tests/testing/fake_http.hpp"
#include "tests/testing/files.hpp"

namespace sallyport::program {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using ::testing::HasSubstr;

constexpr const char* kTrust = "sallyport-gateway-edge";

/// An API server that knows one token.
Result<http::Response> review(const http::Request& request) {
  const json asked = json::parse(request.body);
  const bool known = asked["spec"]["token"] == "the.pods.token";
  json status = {{"authenticated", known}, {"audiences", {"sallyport"}}};
  status["user"] = {
      {"username", "system:serviceaccount:edge:agent"},
      {"extra",
       {{"authentication.kubernetes.io/pod-name", {"edge-0"}}, {"authentication.kubernetes.io/pod-uid", {"u1"}}}}};
  return http::Response{201, {}, json{{"status", status}}.dump()};
}

class DeliveryOf : public ::testing::Test {
 protected:
  DeliveryOf() {
    settings_.deliver_listen = "127.0.0.1:0";
    settings_.deliver_names = {"127.0.0.1"};
    settings_.publications = folder_.path + "/publications";
    testing::write_text(settings_.publications + "/edge/keys.json", R"({"keys": []})");
    testing::write_text(settings_.publications + "/edge/manifest", "sealed");
    testing::write_text(folder_.path + "/token", "the.pods.token");
    store_.put_namespace("edge", {});
    store_.apply(
        {{"kind", "F5Gateway"},
         {"metadata", {{"name", "edge"}}},
         {"spec",
          {{"type", "NGINX"}, {"nginx", {{"agents", {{{"namespace", "edge"}, {"serviceAccount", "agent"}}}}}}}}});
  }
  Result<std::unique_ptr<Delivery>> open(kube::Pods* pods) {
    return Delivery::open(settings_, store_, caches_, pods, system_clock());
  }
  static kube::ClientOptions asking() {
    kube::ClientOptions options;
    options.credentials = std::make_shared<kube::Credentials>(kube::Config{}, system_clock());
    return options;
  }
  /// Until it is there: threads of its own see to it.
  static bool eventually(const std::function<bool()>& look) {
    const auto until = std::chrono::steady_clock::now() + 30s;
    while (!look() && std::chrono::steady_clock::now() < until) std::this_thread::yield();
    return look();
  }
  [[nodiscard]] std::unique_ptr<nginx_agent::Source> source(const Delivery& delivery) const {
    testing::write_text(folder_.path + "/ca.crt", store_.bytes("edge", kTrust).at("ca.crt").reveal());
    return nginx_agent::https_source(
        {"https://127.0.0.1:" + std::to_string(delivery.port()) + "/gateways/edge", folder_.path + "/token",
         folder_.path + "/ca.crt", folder_.path + "/enrolled.json"},
        [](http::ClientOptions options) { return http::make_client(std::move(options)); }, system_clock(), {});
  }

  testing::TemporaryDirectory folder_;
  Settings settings_;
  shared::Caches caches_;
  testing::MemoryStore store_{caches_};
  kube::Pods pods_{std::make_unique<testing::FakeHttp>(review), asking()};
};

TEST_F(DeliveryOf, ServesAnAgentFromItsEnrolmentToItsReport) {
  auto delivery = open(&pods_);
  ASSERT_TRUE(delivery) << delivery.error().text();
  (*delivery)->lead(InstanceId("k3x8m2qa"));
  ASSERT_TRUE(eventually([&] { return store_.secrets().get("edge", kTrust) != nullptr; }));
  const auto agent = source(**delivery);

  EXPECT_EQ(agent->manifest(), Result<std::string>("sealed"));
  EXPECT_EQ(agent->manifest(), Result<std::string>("sealed")) << "which it has";
  EXPECT_EQ(agent->object(std::string(64, '0')).error().code, Code::NotFound);
  EXPECT_TRUE(agent->tell("{}"));

  EXPECT_EQ(testing::read_text(settings_.publications + "/edge/reports/edge.edge-0.json"), "{}");
  EXPECT_EQ((*delivery)->notes("edge"), std::vector<std::string>{});
}

TEST_F(DeliveryOf, SendsAgentsElsewhereBeforeItLeads) {
  const auto first = open(&pods_);
  (*first)->lead(InstanceId("k3x8m2qa"));
  ASSERT_TRUE(eventually([&] { return store_.secrets().get("edge", kTrust) != nullptr; }));
  const auto standby = open(&pods_);
  ASSERT_TRUE(standby) << standby.error().text();

  std::string told;
  ASSERT_TRUE(eventually([&] {
    const auto agent = source(**standby);
    told = agent->manifest().error().text();
    return told.find("503") != std::string::npos;
  })) << told;
  EXPECT_THAT(told, HasSubstr("another instance leads"));
}

TEST_F(DeliveryOf, TellsWhatIsWrongWithItsAuthority) {
  store_.put_secret(store_.operator_namespace(), settings_.deliver_authority, {{"tls.crt", Secret("rubbish")}});
  const auto delivery = open(&pods_);
  (*delivery)->lead(InstanceId("k3x8m2qa"));

  ASSERT_TRUE(eventually([&] { return !(*delivery)->notes("edge").empty(); }));
  EXPECT_THAT((*delivery)->notes("edge").front(), HasSubstr("tls.crt"));
}

TEST_F(DeliveryOf, WantsFlagsThatFitTogether) {
  const auto refused = [&](const std::string& flag) {
    const auto opened = open(&pods_);
    ASSERT_FALSE(opened) << flag;
    EXPECT_EQ(opened.error().where, flag);
  };
  EXPECT_EQ(open(nullptr).error().where, "--deliver-listen");
  const Settings good = settings_;
  settings_.deliver_names.clear();
  refused("--deliver-names");
  settings_ = good;
  settings_.publications = "publications";
  refused("--publications");
  settings_ = good;
  settings_.deliver_listen = "8443";
  refused("--deliver-listen");
}

}  // namespace
}  // namespace sallyport::program
