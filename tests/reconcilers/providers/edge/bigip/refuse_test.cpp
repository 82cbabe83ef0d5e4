// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/edge/bigip/refuse.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "reconcilers/providers/edge/bigip/application.hpp"
#include "tests/reconcilers/providers/edge/bigip/fixtures.hpp"

namespace sallyport::edge::bigip {
namespace {

using testing::fragment;

std::string where(const std::function<void(ir::EdgeFragment&)>& edit) {
  ir::EdgeFragment one = fragment();
  edit(one);
  const auto error = refuse(one);
  return error ? error->where : "";
}

TEST(RefuseFragment, LetsAnOrdinaryOneThrough) {
  EXPECT_FALSE(refuse(fragment()).has_value());
}

TEST(RefuseFragment, NeverOpensADoorWithoutItsTokenPolicy) {
  EXPECT_EQ(where([](auto& f) { f.policy.access_profile.clear(); }), "spec.identity.enforcement.accessProfile");
  EXPECT_EQ(where([](auto& f) { f.policy.per_request_policy.clear(); }), "spec.identity.enforcement.perRequestPolicy");
}

TEST(RefuseFragment, TakesNoHostileTextAnywhere) {
  for (const std::string& hostile :
       std::vector<std::string>{"a\"b", "a{b", "a}b", "a\nb", "a$b", "a[exec]b", "a;b", "../b", "a b", "a`b", "a\\b",
                                "", "a%2fb", "a\xff", std::string("a\0b", 3)}) {
    EXPECT_EQ(where([&](auto& f) { f.place.tenant = hostile; }), "metadata.namespace") << hostile;
    EXPECT_EQ(where([&](auto& f) { f.place.application = hostile; }), "metadata.name") << hostile;
    EXPECT_EQ(where([&](auto& f) { f.owner.name = hostile; }), "metadata.name") << hostile;
    EXPECT_EQ(where([&](auto& f) { f.host = hostile; }), "spec.host") << hostile;
    EXPECT_EQ(where([&](auto& f) { f.address = hostile; }), "status.virtualServer.address") << hostile;
    EXPECT_EQ(where([&](auto& f) { f.upstream.host = hostile; }), "spec.backends") << hostile;
    EXPECT_EQ(where([&](auto& f) { f.allowed_paths = {"/" + hostile}; }), "spec.backends") << hostile;
    EXPECT_EQ(where([&](auto& f) { f.allowed_networks = {hostile}; }), "spec.security.allowedNetworks") << hostile;
    EXPECT_EQ(where([&](auto& f) { f.waf_policy = "/Common/" + hostile; }), "spec.security.wafPolicy") << hostile;
    EXPECT_EQ(where([&](auto& f) { f.log_pool = "/Common/" + hostile; }), "spec.gatewayRef") << hostile;
    EXPECT_EQ(where([&](auto& f) { f.policy.access_profile = "/Common/" + hostile; }),
              "spec.identity.enforcement.accessProfile")
        << hostile;
  }
}

TEST(RefuseFragment, TakesOnlyPathsInNormalForm) {
  for (const std::string path : {"/a//b", "/a/", "/a/./b", "/a/../b", "a", "/%61", "/a?b", "/a;b", "/a#b"}) {
    EXPECT_EQ(where([&](auto& f) { f.allowed_paths = {path}; }), "spec.backends") << path;
  }
  EXPECT_EQ(where([](auto& f) { f.allowed_paths.clear(); }), "spec.backends");
}

TEST(RefuseFragment, TakesReferencesOnlyToCommon) {
  for (const std::string name : {"corp_oauth", "/Other/corp_oauth", "/Common/", "/Common/../x", "/Common/a//b"}) {
    EXPECT_EQ(where([&](auto& f) { f.policy.per_request_policy = name; }), "spec.identity.enforcement.perRequestPolicy")
        << name;
  }
}

TEST(RefuseFragment, TakesNetworksOfBothFamilies) {
  EXPECT_EQ(where([](auto& f) { f.allowed_networks = {"10.0.0.0/8", "192.0.2.7", "2001:db8::/32"}; }), "");
  for (const std::string network :
       {"10.0.0.0/33", "10.0.0.0/", "10.0.0.0/8/8", "2001:db8::/129", "10.0.0/8", "10.0.0.0/-1"}) {
    EXPECT_EQ(where([&](auto& f) { f.allowed_networks = {network}; }), "spec.security.allowedNetworks") << network;
  }
}

TEST(RefuseFragment, KeepsOutOfCommonAndShared) {
  EXPECT_EQ(where([](auto& f) { f.place.tenant = "Common"; }), "metadata.namespace");
  EXPECT_EQ(where([](auto& f) { f.place.application = "Shared"; }), "metadata.name");
}

TEST(RefuseFragment, WantsAnOwner) {
  EXPECT_EQ(where([](auto& f) { f.owner.uid = Uid(); }), "metadata.uid");
}

TEST(RefuseFragment, WantsNumbersInTheirRanges) {
  using std::chrono::milliseconds;
  EXPECT_EQ(where([](auto& f) { f.port = 0; }), "spec.gatewayRef");
  EXPECT_EQ(where([](auto& f) { f.upstream.port = 65536; }), "spec.backends");
  EXPECT_EQ(where([](auto& f) { f.connect_timeout = milliseconds(999); }), "spec.traffic.timeouts.connect");
  EXPECT_EQ(where([](auto& f) { f.connect_timeout = milliseconds(1000); }), "");
  EXPECT_EQ(where([](auto& f) { f.connect_timeout = kLongestConnect; }), "");
  EXPECT_EQ(where([](auto& f) { f.connect_timeout = kLongestConnect + milliseconds(1); }),
            "spec.traffic.timeouts.connect");
  EXPECT_EQ(where([](auto& f) { f.response_timeout = std::chrono::hours(25); }), "spec.traffic.timeouts.response");
  EXPECT_EQ(where([](auto& f) { f.idle_timeout = milliseconds(-1); }), "spec.traffic.timeouts.idle");
  EXPECT_EQ(where([](auto& f) { f.max_concurrent = -1; }), "spec.traffic.maxConcurrent");
}

TEST(RefuseFragment, LooksAtThePlaceAloneWhenItIsToBeGone) {
  ir::EdgeFragment gone = testing::absent(fragment());
  gone.policy = {};
  gone.host.clear();

  EXPECT_FALSE(refuse(gone).has_value());
}

}  // namespace
}  // namespace sallyport::edge::bigip
