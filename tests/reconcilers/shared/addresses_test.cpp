// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/shared/addresses.hpp"

#include <gtest/gtest.h>

#include <set>

namespace sallyport::shared {
namespace {

std::optional<std::string> free_of(const std::vector<std::string>& pool, const std::set<std::string>& taken,
                                   std::uint64_t place = 0) {
  const auto found = first_free(
      pool, [&](const std::string& address) { return taken.contains(address); }, place);
  return found ? std::optional{found->text} : std::nullopt;
}

TEST(Addresses, HandsOutTheFirstFreeOneInOrder) {
  EXPECT_EQ(free_of({"192.0.2.32/28"}, {}), "192.0.2.33");
  EXPECT_EQ(free_of({"192.0.2.32/28"}, {"192.0.2.33"}), "192.0.2.34");
}

TEST(Addresses, GoesOnToTheNextNetwork) {
  EXPECT_EQ(free_of({"192.0.2.1/32", "198.51.100.0/31"}, {"192.0.2.1"}), "198.51.100.0");
}

TEST(Addresses, SaysWhenThereIsNoneLeft) {
  EXPECT_FALSE(free_of({"192.0.2.0/30"}, {"192.0.2.1", "192.0.2.2"}));
}

TEST(Addresses, HandlesHugeNetworksWithoutWalkingThem) {
  EXPECT_EQ(free_of({"2001:db8::/64"}, {"2001:db8::1"}), "2001:db8::2");
  EXPECT_EQ(free_of({"10.0.0.0/8"}, {}), "10.0.0.1");
}

TEST(Addresses, GoesOnFromAPlace) {
  const std::vector<std::string> pool{"192.0.2.0/30", "198.51.100.0/30"};
  EXPECT_EQ(free_of(pool, {}, 1), "192.0.2.2");
  EXPECT_EQ(free_of(pool, {}, 3), "198.51.100.2");
  EXPECT_FALSE(free_of(pool, {}, 4));

  const auto found = first_free(pool, [](const std::string& address) { return address != "198.51.100.1"; });
  ASSERT_TRUE(found);
  EXPECT_EQ(found->place, 2U) << "so that the next look can begin there";
}

TEST(Addresses, KnowsWhichOnesAPoolHandsOut) {
  const std::vector<std::string> pool{"192.0.2.32/28", "198.51.100.7/32", "2001:db8::/64"};
  for (const char* handed_out : {"192.0.2.33", "192.0.2.46", "198.51.100.7", "2001:db8::1", "2001:db8::ffff"})
    EXPECT_TRUE(hands_out(pool, handed_out)) << handed_out;
  for (const char* other :
       {"192.0.2.32", "192.0.2.47", "192.0.2.31", "198.51.100.8", "2001:db8::", "2001:db8:1::1", ""})
    EXPECT_FALSE(hands_out(pool, other)) << other;
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
