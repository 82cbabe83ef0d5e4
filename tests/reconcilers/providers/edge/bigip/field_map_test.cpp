// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/edge/bigip/field_map.hpp"

#include <gtest/gtest.h>

namespace sallyport::edge::bigip {
namespace {

std::string field(const std::string& words) {
  const auto path = find_path(words, "T");
  return path ? path->application + " " + field_of(*path) : "nothing";
}

TEST(FindPath, ReadsEveryPlaceInWhichAPathStands) {
  EXPECT_EQ(find_path("/T/A/vs/virtualAddresses/0: should match format \"f5ip\"", "T"),
            (ObjectPath{"T", "A", "vs", "virtualAddresses"}));
  EXPECT_EQ(find_path("Unable to find /Common/x for /T/A/vs/profileAccess", "T"),
            (ObjectPath{"T", "A", "vs", "profileAccess"}));
  EXPECT_EQ(find_path("01070333:3: Virtual Server /T/A/vs illegally shares destination address", "T"),
            (ObjectPath{"T", "A", "vs", ""}));
  EXPECT_EQ(find_path("invalid x509 file (/T/A/certificate.crt).", "T"), (ObjectPath{"T", "A", "certificate", ""}));
  EXPECT_EQ(find_path("path does not exist /T/App.", "T"), (ObjectPath{"T", "App", "", ""}));
}

TEST(FindPath, FindsNothingOfAnotherTenant) {
  EXPECT_FALSE(find_path("/Tx/A/vs: no", "T").has_value());
  EXPECT_FALSE(find_path("the device is sad", "T").has_value());
}

TEST(FieldOf, NamesTheFieldThatAPersonCanChange) {
  EXPECT_EQ(field("/T/A/vs/virtualAddresses/0: bad"), "A status.virtualServer.address");
  EXPECT_EQ(field("Unable to find /Common/x for /T/A/vs/profileAccess"), "A spec.identity.enforcement.accessProfile");
  EXPECT_EQ(field("Unable to find /Common/x for /T/A/vs/policyPerRequestAccess"),
            "A spec.identity.enforcement.perRequestPolicy");
  EXPECT_EQ(field("Unable to find /Common/x for /T/A/vs/policyWAF"), "A spec.security.wafPolicy");
  EXPECT_EQ(field("unable to validate certificate (/T/A/certificate.crt)"), "A spec.tls.secretName");
  EXPECT_EQ(field("/T/A/tcp_server/synRtoBase: should be <= 5000"), "A spec.traffic.timeouts.connect");
  EXPECT_EQ(field("/T/A/networks/records/0/key: should match"), "A spec.security.allowedNetworks");
  EXPECT_EQ(field("/T/Shared/sp_pool_adb_1_aa/loadBalancingMode: bad"), "Shared spec.traffic.loadBalancing");
  EXPECT_EQ(field("/T/Shared/sp_tls_adb_1_aa/serverName: bad"), "Shared spec.backends");
  EXPECT_EQ(field("/T/A/surprise: bad"), "A spec");
}

}  // namespace
}  // namespace sallyport::edge::bigip
