// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/shared/addresses.hpp"

#include <gtest/gtest.h>

namespace sallyport::shared {
namespace {

TEST(Addresses, HandsOutTheFirstFreeOneInOrder) {
  EXPECT_EQ(first_free({"192.0.2.32/28"}, {}), "192.0.2.33");
  EXPECT_EQ(first_free({"192.0.2.32/28"}, {"192.0.2.33"}), "192.0.2.34");
}

TEST(Addresses, GoesOnToTheNextNetwork) {
  EXPECT_EQ(first_free({"192.0.2.1/32", "198.51.100.0/31"}, {"192.0.2.1"}), "198.51.100.0");
}

TEST(Addresses, SaysWhenThereIsNoneLeft) {
  EXPECT_FALSE(first_free({"192.0.2.0/30"}, {"192.0.2.1", "192.0.2.2"}));
}

TEST(Addresses, HandlesHugeNetworksWithoutWalkingThem) {
  EXPECT_EQ(first_free({"2001:db8::/64"}, {"2001:db8::1"}), "2001:db8::2");
  EXPECT_EQ(first_free({"10.0.0.0/8"}, {}), "10.0.0.1");
}

TEST(Addresses, CountsWhatAPoolHolds) {
  EXPECT_EQ(count_addresses({"192.0.2.32/28"}), 14);
  EXPECT_EQ(count_addresses({"192.0.2.32/28", "198.51.100.7/32"}), 15);
}

TEST(Addresses, ReadsWhatADeviceWrites) {
  EXPECT_EQ(canonical_address("192.0.2.7%0"), "192.0.2.7");
  EXPECT_EQ(canonical_address("2001:DB8:0:0::7"), "2001:db8::7");
  EXPECT_EQ(canonical_address("any"), "");
}

}  // namespace
}  // namespace sallyport::shared
