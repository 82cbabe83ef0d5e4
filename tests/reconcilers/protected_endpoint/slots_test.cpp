// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/protected_endpoint/slots.hpp"

#include <gmock/gmock.h>

namespace sallyport::protected_endpoint {
namespace {

class SlotsOfAGateway : public ::testing::Test {
 protected:
  EndpointPtr put(const std::string& name, std::vector<api::Placement> placements = {}) {
    auto made = std::make_shared<store::Object<api::ProtectedEndpoint>>();
    made->meta.ns = "risk";
    made->meta.name = name;
    made->meta.uid = Uid("uid-" + name);
    made->spec.gateway_ref.name = "edge";
    made->status.placements = std::move(placements);
    caches.endpoints.put("risk", name, made);
    return made;
  }
  std::string address_of(const EndpointPtr& object) {
    const auto slot = slots.reserve(object, gateway, on_device);
    return slot ? slot->address : slot.error().message;
  }
  static api::Placement at(const std::string& tenant, const std::string& address) {
    return {api::PlacementSystem::F5, "edge", tenant + "/pe_x", address, "", 0};
  }

  shared::Caches caches;
  InstanceId instance{"abcd1234"};
  api::F5GatewaySpec gateway = [] {
    api::F5GatewaySpec spec;
    spec.address_pool = {"192.0.2.0/29"};  // .1 to .6
    return spec;
  }();
  Slots::OnDevice on_device = std::make_shared<const std::set<std::string>>();
  Slots slots{caches, instance};
};

TEST_F(SlotsOfAGateway, GivesEachObjectItsOwnAddressAndKeepsIt) {
  const EndpointPtr a = put("a");
  const EndpointPtr b = put("b");

  EXPECT_EQ(address_of(a), "192.0.2.1");
  EXPECT_EQ(address_of(b), "192.0.2.2");
  EXPECT_EQ(address_of(a), "192.0.2.1");
}

TEST_F(SlotsOfAGateway, NeverHandsOutAnAddressThatIsOnTheDeviceOrInALedger) {
  on_device = std::make_shared<const std::set<std::string>>(std::set<std::string>{"192.0.2.1%0", "192.0.2.3"});
  put("old", {at("sp_x", "192.0.2.2")});

  EXPECT_EQ(address_of(put("new")), "192.0.2.4");
}

TEST_F(SlotsOfAGateway, HandsOutAgainWhatHasBecomeFree) {
  for (const char* name : {"a", "b", "c", "d", "e", "f"}) (void)address_of(put(name));
  EXPECT_THAT(address_of(put("g")), ::testing::HasSubstr("add a network to its spec.addressPool"));

  slots.release(Uid("uid-b"));

  EXPECT_EQ(address_of(put("g")), "192.0.2.2");
}

TEST_F(SlotsOfAGateway, ForgetsAnObjectThatIsGone) {
  for (const char* name : {"a", "b", "c", "d", "e", "f"}) (void)address_of(put(name));

  caches.endpoints.erase("risk", "c");

  EXPECT_EQ(address_of(put("g")), "192.0.2.3");
}

TEST_F(SlotsOfAGateway, LeavesTheCountingToTheCacheOnceItShowsThePlacement) {
  const EndpointPtr a = put("a");
  const auto slot = slots.reserve(a, gateway, on_device);
  ASSERT_TRUE(slot);
  put("a", {{api::PlacementSystem::F5, "edge", edge_placement_id(slot->place), slot->address, "", 0}});
  (void)address_of(put("b"));

  slots.release(Uid("uid-a"));

  EXPECT_EQ(address_of(put("c")), "192.0.2.3") << "the ledger still names the first";
}

TEST_F(SlotsOfAGateway, TakesBackAReservationWhoseAddressSomebodyElseHasPutOnTheDevice) {
  const EndpointPtr a = put("a");
  EXPECT_EQ(address_of(a), "192.0.2.1");

  on_device = std::make_shared<const std::set<std::string>>(std::set<std::string>{"192.0.2.1%0"});

  EXPECT_EQ(address_of(a), "192.0.2.2");
  EXPECT_EQ(address_of(put("b")), "192.0.2.3");
  auto placed = std::make_shared<store::Object<api::ProtectedEndpoint>>(*a);
  placed->status.placements = {{api::PlacementSystem::F5, "former", "sp_x/pe_a", "192.0.2.2", "h", 1}};
  on_device = std::make_shared<const std::set<std::string>>(std::set<std::string>{"192.0.2.2"});
  EXPECT_EQ(address_of(placed), "192.0.2.2") << "that is its own";
}

TEST_F(SlotsOfAGateway, TakesBackAReservationThatHasLeftThePool) {
  const EndpointPtr a = put("a");
  EXPECT_EQ(address_of(a), "192.0.2.1");

  gateway.address_pool = {"198.51.100.0/29"};
  EXPECT_EQ(address_of(a), "198.51.100.1");

  gateway.address_pool = {"203.0.113.0/29", "198.51.100.0/29"};
  EXPECT_EQ(address_of(a), "198.51.100.1") << "that one is still in it";
}

TEST_F(SlotsOfAGateway, CountsAMovingObjectOnBothGateways) {
  gateway.address_pool = {"10.0.0.0/16"};
  const std::string first = tenant_name(instance, "risk", 1);
  for (int i = 0; i < kApplicationsPerTenant - 2; ++i)
    put("old" + std::to_string(i), {at(first, "10.1.0." + std::to_string(i))});
  const EndpointPtr moving =
      put("moving", {{api::PlacementSystem::F5, "former", first + "/pe_moving", "10.2.0.1", "h", 1}});

  const auto slot = slots.reserve(moving, gateway, on_device);
  ASSERT_TRUE(slot);
  EXPECT_EQ(slot->place.tenant, first);
  EXPECT_EQ(slots.reserve(put("new"), gateway, on_device)->place.tenant, tenant_name(instance, "risk", 2))
      << "the former place is still there";

  put("moving", {{api::PlacementSystem::F5, "edge", edge_placement_id(slot->place), slot->address, "h", 1}});
  EXPECT_EQ(slots.reserve(put("newer"), gateway, on_device)->place.tenant, first) << "one place counts once";
}

TEST_F(SlotsOfAGateway, CountsReservationsAndLedgersOfATenant) {
  gateway.address_pool = {"10.0.0.0/16"};
  const std::string first = tenant_name(instance, "risk", 1);
  for (int i = 0; i < kApplicationsPerTenant - 1; ++i)
    put("old" + std::to_string(i), {at(first, "10.1.0." + std::to_string(i))});

  EXPECT_EQ(slots.reserve(put("new-1"), gateway, on_device)->place.tenant, first);
  EXPECT_EQ(slots.reserve(put("new-2"), gateway, on_device)->place.tenant, tenant_name(instance, "risk", 2));
}

TEST_F(SlotsOfAGateway, CountsWhatWasLeftBehindOnTheDeviceAndWhatIsItsOwnOnlyOnce) {
  gateway.address_pool = {"10.0.0.0/16"};
  const std::string first = tenant_name(instance, "risk", 1);
  const std::string second = tenant_name(instance, "risk", 2);
  std::vector<std::string> seen{first + "/" + application_name(instance, "edge", "risk", "again"), first + "/pe_x"};
  while (seen.size() < kApplicationsPerTenant) seen.push_back(first + "/pe_orphan" + std::to_string(seen.size()));
  const auto look = std::make_shared<const std::vector<std::string>>(seen);
  put("old", {at(first, "10.1.0.1")});  // among those that the look has seen

  EXPECT_EQ(slots.reserve(put("new"), gateway, on_device, look)->place.tenant, second);
  EXPECT_EQ(slots.reserve(put("again"), gateway, on_device, look)->place.tenant, first) << "its status was lost";
  const auto later = std::make_shared<const std::vector<std::string>>(seen.begin(), seen.end() - 1);
  EXPECT_EQ(slots.reserve(put("newer"), gateway, on_device, later)->place.tenant, first);
}

TEST_F(SlotsOfAGateway, NeedsNoAddressOnAnNginx) {
  gateway.type = api::GatewayType::Nginx;
  gateway.address_pool.reset();
  for (const char* name : {"a", "b"}) {
    const auto slot = slots.reserve(put(name), gateway, on_device);
    ASSERT_TRUE(slot.has_value());
    EXPECT_EQ(slot->address, "");
    EXPECT_EQ(slot->place.tenant, tenant_name(instance, "risk", 1));
    EXPECT_EQ(slots.reserve(put(name), gateway, on_device)->place, slot->place);
  }
  slots.release(Uid("uid-a"));
}

}  // namespace
}  // namespace sallyport::protected_endpoint
