// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/edge/bigip/upstream.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/reconcilers/providers/edge/bigip/fixtures.hpp"

namespace sallyport::edge::bigip {
namespace {

using testing::fragment;

TEST(Upstream, IsOneForAllEndpointsOfAServingHost) {
  EXPECT_EQ(upstream_names(fragment("fraud", 1)).pool, upstream_names(fragment("churn", 2)).pool);
}

TEST(Upstream, GetsAnotherNameWithOtherContent) {
  ir::EdgeFragment other = fragment();
  other.load_balancing = ir::LoadBalancing::RoundRobin;
  ir::EdgeFragment port = fragment();
  port.upstream.port = 8443;

  EXPECT_NE(upstream_names(fragment()).pool, upstream_names(other).pool);
  EXPECT_NE(upstream_names(fragment()).pool, upstream_names(port).pool);
  EXPECT_NE(upstream_objects(other).back()["members"][0]["fqdnPrefix"],
            upstream_objects(fragment()).back()["members"][0]["fqdnPrefix"]);
}

TEST(Upstream, HasOneMonitorForAllWaysOfBalancingAHost) {
  ir::EdgeFragment other = fragment();
  other.load_balancing = ir::LoadBalancing::RoundRobin;

  EXPECT_EQ(upstream_names(fragment()).monitor, upstream_names(other).monitor);
  EXPECT_EQ(upstream_names(fragment()).tls, upstream_names(other).tls);
  other.upstream.host = "route-1.serving.example.net";
  EXPECT_NE(upstream_names(fragment()).monitor, upstream_names(other).monitor);
}

TEST(Upstream, NamesStayShortForTheLongestHost) {
  ir::EdgeFragment one = fragment();
  one.upstream.host = std::string(60, 'a') + "." + std::string(60, 'b') + "." + std::string(60, 'c') + ".example.net";

  EXPECT_LE(upstream_names(one).monitor.size(), 64U);
}

TEST(Upstream, VerifiesTheServingHostByName) {
  const ir::EdgeFragment one = fragment();
  const Json tls = upstream_objects(one)[upstream_names(one).tls];

  EXPECT_EQ(tls["validateCertificate"], true);
  EXPECT_EQ(tls["trustCA"], "generic");
  EXPECT_EQ(tls["sendSNI"], one.upstream.host);
  EXPECT_EQ(tls["serverName"], one.upstream.host);
}

TEST(Upstream, ProbesTheFrontDoorOverTlsAndNoModel) {
  const ir::EdgeFragment one = fragment();
  const UpstreamNames names = upstream_names(one);
  const Json objects = upstream_objects(one);
  const std::string send = objects[names.monitor]["send"];

  EXPECT_EQ(send.find("invocations"), std::string::npos);
  EXPECT_NE(send.find("Host: " + one.upstream.host + "\\r\\n"), std::string::npos);
  EXPECT_EQ(objects[names.monitor]["clientTLS"]["use"], names.tls);
  EXPECT_EQ(objects[names.pool]["monitors"][0]["use"], names.monitor);
}

TEST(Upstream, NamesItsNodesByItsHash) {
  const ir::EdgeFragment one = fragment();
  const UpstreamNames names = upstream_names(one);

  EXPECT_EQ(upstream_objects(one)[names.pool]["members"][0]["fqdnPrefix"], node_prefix(upstream_key(names.pool)));
  EXPECT_EQ(node_prefix("adb_123_0f1e2d3c"), "sp_0f1e2d3c_");
}

TEST(UpstreamKey, KnowsOurNamesFromOthers) {
  const UpstreamNames names = upstream_names(fragment());

  EXPECT_FALSE(upstream_key(names.pool).empty());
  EXPECT_EQ(upstream_key(names.monitor), upstream_key(names.tls));
  EXPECT_NE(upstream_key(names.pool), upstream_key(names.tls));
  EXPECT_EQ(upstream_key("somebodys_pool"), "");
}

}  // namespace
}  // namespace sallyport::edge::bigip
