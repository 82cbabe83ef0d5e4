// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/protected_endpoint/place.hpp"

#include <gmock/gmock.h>

#include "tests/reconcilers/protected_endpoint/world.hpp"

namespace sallyport::protected_endpoint {
namespace {

using ::testing::MatchesRegex;
using testing::World;

TEST(Place, NamesAnApplicationSoThatADeviceTakesIt) {
  const std::string name = application_name(InstanceId("abcd1234"), "edge", "risk",
                                            "fraud.scoring-with-a-very-long-name-indeed-much-longer-than-needed");

  EXPECT_LE(name.size(), 64U);
  EXPECT_THAT(name, MatchesRegex("pe_[A-Za-z0-9_]+"));
}

TEST(Place, TellsEndpointsApartWhoseNamesLookTheSame) {
  const InstanceId instance("abcd1234");

  const std::string name = application_name(instance, "edge", "risk", "a");
  EXPECT_NE(application_name(instance, "edge", "risk", "a.b"), application_name(instance, "edge", "risk", "a-b"));
  EXPECT_NE(name, application_name(InstanceId("other123"), "edge", "risk", "a"));
  EXPECT_NE(name, application_name(instance, "edge-2", "risk", "a"));
  EXPECT_EQ(name, application_name(instance, "edge", "risk", "a"));
}

TEST(Place, StartsASecondTenantAfterAHundredApplications) {
  const InstanceId instance("abcd1234");
  const auto full_first = [&](const std::string& tenant) {
    return tenant == tenant_name(instance, "risk", 1) ? kApplicationsPerTenant : kApplicationsPerTenant - 1;
  };

  EXPECT_EQ(choose_tenant(instance, "risk", full_first), tenant_name(instance, "risk", 2));
}

TEST(Place, KeepsWhatTheLedgerNames) {
  api::ProtectedEndpointStatus status;
  status.placements = {{api::PlacementSystem::F5, "edge", "sp_x/pe_y", "192.0.2.40", "", 0}};

  const auto slot = kept_slot(status, "edge");

  ASSERT_TRUE(slot);
  EXPECT_EQ(slot->address, "192.0.2.40");
  EXPECT_FALSE(kept_slot(status, "other"));
}

}  // namespace
}  // namespace sallyport::protected_endpoint
