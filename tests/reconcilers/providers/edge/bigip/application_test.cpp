// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/edge/bigip/application.hpp"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "operator/base/digest.hpp"
#include "reconcilers/providers/edge/bigip/upstream.hpp"
#include "tests/reconcilers/providers/edge/bigip/fixtures.hpp"

namespace sallyport::edge::bigip {
namespace {

using testing::fragment;

Json render(const ir::EdgeFragment& one) {
  return application(one, placeholder(one.certificate));
}

TEST(Application, HasBothPoliciesOnEveryVirtualServer) {
  const Json app = render(fragment());

  EXPECT_EQ(app["vs"]["profileAccess"], (Json{{"bigip", "/Common/corp_oauth"}}));
  EXPECT_EQ(app["vs"]["policyPerRequestAccess"], (Json{{"bigip", "/Common/corp_oauth_api"}}));
}

TEST(Application, TurnsOffTheDefaultsThatSurprise) {
  const Json app = render(fragment());

  EXPECT_EQ(app["vs"]["redirect80"], false);
  EXPECT_EQ(app["vs"]["persistenceMethods"], Json::array());
  EXPECT_EQ(app["guard"]["expand"], false);
  for (const char* old : {"ssl3Enabled", "tls1_0Enabled", "tls1_1Enabled"}) EXPECT_EQ(app["tls_in"][old], false) << old;
}

TEST(Application, RefersToTheSharedUpstreamByPath) {
  const ir::EdgeFragment one = fragment();
  const Json app = render(one);

  EXPECT_EQ(app["vs"]["pool"], "/" + one.place.tenant + "/Shared/" + upstream_names(one).pool);
  EXPECT_EQ(app["vs"]["clientTLS"], "/" + one.place.tenant + "/Shared/" + upstream_names(one).tls);
}

TEST(Application, KeepsNoNullAndNothingOptionalThatIsNotAskedFor) {
  const Json app = render(fragment());

  EXPECT_EQ(app.dump().find("null"), std::string::npos);
  for (const char* name : {"networks", "request_log"}) EXPECT_FALSE(app.contains(name)) << name;
  EXPECT_FALSE(app["vs"].contains("policyWAF"));
}

TEST(Application, LogsNothingThatMayHoldACredential) {
  ir::EdgeFragment one = fragment();
  one.log_pool = "/Common/siem";
  const std::string log = render(one)["request_log"].dump();

  for (const char* variable :
       {"$HTTP_REQUEST", "$HTTP_URI", "$HTTP_QUERY", "$NCSA", "HEADER", "COOKIE", "uthorization"}) {
    EXPECT_EQ(log.find(variable), std::string::npos) << variable;
  }
  EXPECT_NE(log.find("$HTTP_STATCODE"), std::string::npos);
}

TEST(Application, TranslatesTimeouts) {
  ir::EdgeFragment one = fragment();
  one.connect_timeout = std::chrono::milliseconds(7000);
  one.response_timeout = std::chrono::milliseconds(300001);
  one.idle_timeout = std::chrono::seconds(330);
  const Json app = render(one);

  EXPECT_EQ(app["tcp_client"]["idleTimeout"], 330);
  EXPECT_EQ(app["tcp_server"]["idleTimeout"], 301);
  EXPECT_EQ(app["tcp_server"]["synRtoBase"], 1000);
}

/// Each attempt takes twice as long as the one before: what they take together is the time that was asked for.
TEST(Application, ConnectsAsLongAsAskedUpToWhatTheDeviceCan) {
  for (const std::chrono::milliseconds asked : {std::chrono::milliseconds(1001), kLongestConnect}) {
    ir::EdgeFragment one = fragment();
    one.connect_timeout = asked;
    const Json tcp = render(one)["tcp_server"];
    const int first = tcp["synRtoBase"].get<int>();
    int together = 0;
    for (int attempt = 0; attempt <= tcp["synMaxRetrans"].get<int>(); ++attempt) together += first << attempt;

    EXPECT_EQ(together, asked.count());
    EXPECT_LE(first, 5000);  // AS3's schema, TCP_Profile
  }
}

TEST(Application, PutsEveryValueOfTheSpecIntoDataGroups) {
  ir::EdgeFragment one = fragment();
  one.host = "Fraud.ML.example.com";
  one.allowed_networks = {"192.0.2.0/24", "10.0.0.0/8"};
  const Json app = render(one);

  EXPECT_EQ(app["paths"]["records"],
            Json::array({{{"key", "/serving-endpoints/fraud/invocations"}, {"value", "POST"}}}));
  EXPECT_EQ(app["route"]["records"][0]["value"], "fraud.ml.example.com");
  EXPECT_EQ(app["networks"]["records"][0]["key"], "10.0.0.0/8");
  const std::string rule = *base64_decode(app["guard"]["iRule"]["base64"].get<std::string>());
  for (const std::string& value : {one.host, one.upstream.host, one.allowed_paths[0], one.allowed_networks[0]}) {
    EXPECT_EQ(rule.find(value), std::string::npos) << value;
  }
}

TEST(Application, SendsAChainOnlyWhenThereIsOne) {
  KeyPair pair = placeholder(fragment().certificate);
  EXPECT_FALSE(application(fragment(), pair)["certificate"].contains("chainCA"));
  pair.chain = "chain";
  EXPECT_EQ(application(fragment(), pair)["certificate"]["chainCA"], "chain");
}

}  // namespace
}  // namespace sallyport::edge::bigip
