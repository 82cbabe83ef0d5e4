// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/delivery/agent_name.hpp"

#include <gtest/gtest.h>

namespace sallyport::delivery {
namespace {

const AgentName kAgent{"k3x8m2qa", "edge", "edge-system", "agent", "edge-0"};

TEST(AgentNames, AreReadAsTheyWereWritten) {
  EXPECT_EQ(uri_of(kAgent), "urn:sallyport:agent:k3x8m2qa:edge:edge-system:agent:edge-0");
  EXPECT_EQ(read_uri(uri_of(kAgent)), kAgent);
}

TEST(AgentNames, AreReadStrictly) {
  for (const char* uri :
       {"", "urn:sallyport:agent:", "urn:sallyport:agent:a:b:c:d", "urn:sallyport:agent:a:b:c:d:e:f",
        "urn:sallyport:agent:a:b:c:d:E", "urn:sallyport:agent:a:..:c:d:e", "urn:sallyport:agent:a::c:d:e",
        "urn:other:agent:a:b:c:d:e", "urn:sallyport:agent:a:b:c:d:e/f"}) {
    EXPECT_FALSE(read_uri(uri)) << uri;
  }
}

TEST(Reports, AreNamedAsThePodIs) {
  EXPECT_EQ(report_name(kAgent), "edge-system.edge-0");
  EXPECT_EQ(pod_of_report("edge-system.edge-0"), (PodName{"edge-system", "edge-0"}));
  EXPECT_EQ(pod_of_report("edge-system.edge.0"), (PodName{"edge-system", "edge.0"}));
  for (const char* other : {"", "edge", "edge.", ".edge", "edge.UP", "../edge", "edge./x"}) {
    EXPECT_FALSE(pod_of_report(other)) << other;
  }
}

TEST(Reports, HaveNamesThatAreFiles) {
  AgentName one = kAgent;
  one.pod = std::string(253, 'a');
  AgentName other = one;
  other.pod.back() = 'b';

  EXPECT_LT(report_name(one).size(), 250U);
  EXPECT_NE(report_name(one), report_name(other));
  EXPECT_FALSE(pod_of_report(report_name(one))) << "nobody can tell which pod it was";
}

}  // namespace
}  // namespace sallyport::delivery
