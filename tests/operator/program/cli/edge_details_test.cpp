// SPDX-License-Identifier: Apache-2.0
#include "operator/program/cli/edge_details.hpp"

#include <gmock/gmock.h>

namespace sallyport::program::cli {
namespace {

using ::testing::ElementsAre;

ir::EdgeFragment fragment() {
  ir::EdgeFragment one;
  one.host = "fraud.ml.example.com";
  one.upstream = {"adb-1.7.azuredatabricks.net", 443};
  one.allowed_paths = {"/serving-endpoints/fraud/invocations"};
  return one;
}

TEST(EdgeDetails, TellOfABigIpItsAddressAndPolicies) {
  ir::EdgeFragment one = fragment();
  one.address = "192.0.2.33";
  one.policy = {"/Common/a", "/Common/b"};
  EXPECT_THAT(edge_details(one),
              ElementsAre("https://fraud.ml.example.com on 192.0.2.33:443",
                          "to https://adb-1.7.azuredatabricks.net:443/serving-endpoints/fraud/invocations",
                          "token policy /Common/a, /Common/b"));
}

TEST(EdgeDetails, TellOfAnNginxWhoseTokensItLetsIn) {
  ir::EdgeFragment one = fragment();
  one.check.emplace();
  one.check->issuer.issuer = "https://login.example.com";
  one.check->audience = "https://ml.example.com";
  EXPECT_EQ(edge_details(one).front(), "https://fraud.ml.example.com:443");
  EXPECT_EQ(edge_details(one).back(), "tokens of https://login.example.com for https://ml.example.com");
}

}  // namespace
}  // namespace sallyport::program::cli
