// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/edge/bigip/subject.hpp"

#include <gtest/gtest.h>

#include "reconcilers/providers/edge/bigip/upstream.hpp"
#include "tests/reconcilers/providers/edge/bigip/fixtures.hpp"

namespace sallyport::edge::bigip {
namespace {

using testing::fragment;

class SubjectOfAPath : public ::testing::Test {
 protected:
  [[nodiscard]] ObjectPath at(const std::string& rest) const { return *find_path("/T/" + rest, "T"); }

  ir::EdgeFragment one = fragment();
  Subject subject{{&one, nullptr}};
  UpstreamNames names = upstream_names(one);
  std::string node = node_prefix(upstream_key(names.pool)) + one.upstream.host;
};

TEST_F(SubjectOfAPath, IsConcernedByItsApplicationItsAddressAndItsUpstream) {
  for (const std::string& path : {one.place.application + "/vs", one.address, "Shared/" + names.pool + "/members",
                                  "Shared/" + names.monitor, "Shared/" + names.tls, node, node + "-10.0.0.1"})
    EXPECT_TRUE(subject.is_concerned(at(path))) << path;
}

TEST_F(SubjectOfAPath, IsNotConcernedByItsNeighbours) {
  ir::EdgeFragment other = fragment("churn", 2);
  other.upstream.host = "other.example.net";
  const UpstreamNames others = upstream_names(other);
  for (const std::string& path :
       {other.place.application + "/vs", other.address, "Shared/" + others.pool, std::string("Shared/somebodys_pool"),
        std::string("Shared"), node_prefix(upstream_key(others.pool)) + other.upstream.host, one.upstream.host})
    EXPECT_FALSE(subject.is_concerned(at(path))) << path;
}

TEST_F(SubjectOfAPath, NamesTheFieldThatAPersonCanChange) {
  EXPECT_EQ(subject.field(at(one.place.application + "/vs/policyWAF")), "spec.security.wafPolicy");
  EXPECT_EQ(subject.field(at("Shared/" + names.pool + "/loadBalancingMode")), "spec.traffic.loadBalancing");
  EXPECT_EQ(subject.field(at(one.address)), "status.virtualServer.address");
  EXPECT_EQ(subject.field(at(node)), "spec.backends");
}

TEST(IsAboutUpstream, IsNeverSoOfAnUpstreamWithoutAKey) {
  EXPECT_FALSE(is_about_upstream({"T", "Shared", "somebodys_pool", ""}, ""));
  EXPECT_FALSE(is_about_upstream({"T", "sp__x", "", ""}, ""));
}

}  // namespace
}  // namespace sallyport::edge::bigip
