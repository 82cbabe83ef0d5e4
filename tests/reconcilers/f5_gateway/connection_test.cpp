// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/f5_gateway/connection.hpp"

#include <gmock/gmock.h>

#include "tests/reconcilers/memory_store.hpp"
#include "tests/reconcilers/surroundings.hpp"
#include "tests/testing/fake_clock.hpp"

namespace sallyport::f5_gateway {
namespace {

using nlohmann::json;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

api::F5GatewaySpec spec() {
  api::F5GatewaySpec one;
  one.bigip =
      api::BigIpConnection{{"https://b.example.com", "https://a.example.com"}, "bigip-edge", "PEM", "", false, ""};
  one.address_pool = {"192.0.2.32/28"};
  return one;
}

ir::EdgeConnection build(const api::F5GatewaySpec& one, const std::string& version = "1") {
  return Traits::build("edge", one, {"sallyport-system", "bigip-edge", "u", version}, InstanceId("inst0001"));
}

TEST(GatewayConnection, IsTheSameInWhateverOrderUnitsAreWritten) {
  api::F5GatewaySpec turned = spec();
  std::swap(turned.bigip->units[0], turned.bigip->units[1]);
  EXPECT_EQ(build(spec()), build(turned));
}

TEST(GatewayConnection, IsAnotherWithAnythingThatReachesTheDevice) {
  api::F5GatewaySpec edited = spec();
  edited.bigip->ca_bundle = "other";
  EXPECT_FALSE(build(spec()) == build(edited));
  edited = spec();
  edited.bigip->insecure_skip_verify = true;
  EXPECT_FALSE(build(spec()) == build(edited));
  EXPECT_FALSE(build(spec()) == build(spec(), "2"));  // rotated credentials
  edited = spec();
  edited.address_pool = {"198.51.100.0/28"};
  EXPECT_TRUE(build(spec()) == build(edited));
}

TEST(GatewayConnection, NamesItsSecret) {
  EXPECT_EQ(Traits::credentials("edge", spec()).secret, "bigip-edge");
  EXPECT_EQ(Traits::credentials("edge", {}).secret, "");
}

TEST(GatewayConnection, TellsUsersAddressesAndWhatNobodyClaims) {
  shared::Caches caches;
  sallyport::testing::MemoryStore store(caches);
  const auto endpoint = [&](const std::string& name, const std::string& address) {
    store.apply(
        {{"kind", "ProtectedEndpoint"},
         {"metadata", {{"name", name}, {"namespace", "risk"}}},
         {"spec", json::object()},
         {"status",
          {{"placements", {{{"system", "F5"}, {"connection", "edge"}, {"id", "t/" + name}, {"address", address}}}}}}});
  };
  endpoint("a", "192.0.2.33");
  endpoint("b", "192.0.2.34");
  edge::Condition look;
  look.active_unit = "https://a.example.com";
  look.version = "AS3 3.56.0";
  look.unclaimed = {"t/a", "t/lost"};
  api::F5GatewayStatus status;

  Traits::tell(Result<edge::Condition>(look), spec(), caches, "edge", status, {});

  EXPECT_EQ(status.users, 2);
  EXPECT_EQ(status.addresses_used, 2);
  EXPECT_EQ(status.addresses_total, 14);
  EXPECT_EQ(status.active_unit, "https://a.example.com");
  EXPECT_THAT(status.notes, ElementsAre(HasSubstr("t/lost")));
}

TEST(GatewayConnection, BelievesTheNoteOnlyInAStatusThatShowsItsOwnLastWrite) {
  shared::Caches caches;
  sallyport::testing::MemoryStore store(caches);
  const sallyport::testing::FakeClock clock;
  store.apply({{"kind", "F5Gateway"},
               {"metadata", {{"name", "edge"}}},
               {"spec", json::object()},
               {"status", {{"unsaved", true}}}});
  const SaysUnsaved says_unsaved = stored_note(store, caches, "edge", clock);

  store.set_fresh(false);
  EXPECT_FALSE(says_unsaved());
  store.set_fresh(true);
  EXPECT_TRUE(says_unsaved());
}

TEST(GatewayConnection, WaitsForTheNoteForSecondsOnly) {
  shared::Caches caches;
  const sallyport::testing::MemoryStore store(caches);
  const sallyport::testing::FakeClock clock;
  const SaysUnsaved says_unsaved = stored_note(store, caches, "edge", clock);

  for (int i = 0; i < 6; ++i) {
    EXPECT_FALSE(says_unsaved()) << i;
    clock.advance(std::chrono::milliseconds(500));
  }
  EXPECT_TRUE(says_unsaved());
}

TEST(GatewayConnection, SaysWhoseAChangeOfTheGatewayAsAWholeIsAtTheTimeOfThatChange) {
  shared::Caches caches;
  sallyport::testing::MemoryStore store(caches);
  const auto owner = current_owner(caches, "edge");
  EXPECT_EQ(owner().name, "edge");
  const auto apply = [&](const std::string& version) {
    store.apply({{"kind", "F5Gateway"},
                 {"metadata", {{"name", "edge"}, {"uid", "u-1"}, {"resourceVersion", version}, {"generation", 2}}},
                 {"spec", json::object()}});
    return caches.gateways.get("", "edge")->meta;
  };

  apply("7");
  const schema::Metadata meta = apply("8");

  EXPECT_EQ(owner(), (ir::Owner{"F5Gateway", "", "edge", Uid("u-1"), meta.resource_version, meta.generation}));
}

TEST(GatewayConnection, KeepsWhatItKnewWhileTheDeviceIsAway) {
  const shared::Caches caches;
  api::F5GatewayStatus status;
  status.version = "AS3 3.56.0";
  Traits::tell(Result<edge::Condition>(Error{Code::Unavailable, "away", {}, {}}), spec(), caches, "edge", status, {});
  EXPECT_EQ(status.version, "AS3 3.56.0");
}

api::F5GatewaySpec nginx() {
  api::F5GatewaySpec one;
  one.type = api::GatewayType::Nginx;
  one.nginx = api::NginxPublication{"/var/lib/sallyport/edge", "edge.example.com", "", std::chrono::hours(12), true};
  return one;
}

TEST(NginxConnection, SaysWhereAndForHowLongIsPublished) {
  const ir::EdgeConnection connection = build(nginx());
  ASSERT_TRUE(connection.publication.has_value());
  EXPECT_EQ(connection.publication->directory, "/var/lib/sallyport/edge");
  EXPECT_EQ(connection.publication->use_for, std::chrono::hours(12));
  EXPECT_FALSE(build(spec()).publication.has_value());
  EXPECT_FALSE(connection == build(nginx(), "2"));  // another signing key
}

TEST(NginxConnection, SignsWithAKeyOfItsOwnUnlessOneIsGiven) {
  EXPECT_EQ(Traits::credentials("edge", nginx()).secret, "sallyport-signing-edge");
  EXPECT_EQ(Traits::credentials("edge", nginx()).field, "spec.nginx.signingKeySecret");
  api::F5GatewaySpec given = nginx();
  given.nginx->signing_key_secret = "ours";
  EXPECT_EQ(Traits::credentials("edge", given).secret, "ours");
  EXPECT_TRUE(Traits::new_credentials(build(nginx())).has_value());
  EXPECT_FALSE(Traits::new_credentials(build(spec())).has_value());
}

TEST(NginxConnection, KnowsWhatIsOnItByTheLedgersOfThoseThatWantIt) {
  shared::Caches caches;
  sallyport::testing::MemoryStore store(caches);
  const auto endpoint = [&](const std::string& name, const std::string& connection, const std::string& hash) {
    store.apply(
        {{"kind", "ProtectedEndpoint"},
         {"metadata", {{"name", name}, {"namespace", "risk"}}},
         {"spec", json::object()},
         {"status",
          {{"placements", {{{"system", "F5"}, {"connection", connection}, {"id", "t/" + name}, {"hash", hash}}}}}}});
  };
  endpoint("a", "edge", "h");
  endpoint("b", "edge", "");  // never was there
  endpoint("c", "other", "h");
  EXPECT_EQ(placed_on(caches, "edge")(), (edge::Placed{{"a", "risk/a"}}));
}

TEST(NginxConnection, IsRefusedWhereAnOlderOnePublishes) {
  shared::Caches caches;
  sallyport::testing::MemoryStore store(caches);
  const auto gateway = [&](const std::string& name, const std::string& since, const std::string& directory) {
    store.apply({{"kind", "F5Gateway"},
                 {"metadata", {{"name", name}, {"creationTimestamp", since}}},
                 {"spec", {{"type", "NGINX"}, {"nginx", {{"directory", directory}}}}}});
  };
  gateway("first", "2026-11-01T00:00:00Z", "/published/a");
  gateway("second", "2026-11-02T00:00:00Z", "/published/a");
  gateway("third", "2026-11-03T00:00:00Z", "/published/b");
  for (const char* delivered : {"fourth", "fifth"}) {
    store.apply({{"kind", "F5Gateway"},
                 {"metadata", {{"name", delivered}}},
                 {"spec", {{"type", "NGINX"}, {"nginx", json::object()}}}});
    EXPECT_FALSE(Traits::refuse(*caches.gateways.get("", delivered), caches).has_value());
  }
  EXPECT_FALSE(Traits::refuse(*caches.gateways.get("", "first"), caches).has_value());
  EXPECT_THAT(Traits::refuse(*caches.gateways.get("", "second"), caches)->message, HasSubstr("'first' is older"));
  EXPECT_FALSE(Traits::refuse(*caches.gateways.get("", "third"), caches).has_value());
}

TEST(NginxConnection, PublishesWhereTheOperatorKeepsItUnlessADirectoryIsGiven) {
  sallyport::testing::Surroundings around;
  shared::Caches caches;
  sallyport::testing::MemoryStore store(caches);
  std::string connected;
  shared::World world(store, caches, InstanceId("inst0001"), around.around(),
                      [&](http::ClientOptions options) -> Result<std::unique_ptr<http::Client>> {
                        connected = options.base_url;
                        return http::make_client(std::move(options));
                      });
  api::F5GatewaySpec delivered = nginx();
  delivered.nginx->directory.clear();
  EXPECT_TRUE(build(delivered).publication->delivered);
  EXPECT_FALSE(build(nginx()).publication->delivered);

  const auto nowhere = Traits::make(build(delivered), world);
  ASSERT_FALSE(nowhere);
  EXPECT_EQ(nowhere.error().where, "spec.nginx.directory");
  EXPECT_THAT(nowhere.error().message, HasSubstr("--publications"));

  world.publications = "/var/lib/sallyport/publications";
  EXPECT_TRUE(Traits::make(build(delivered), world));
  EXPECT_EQ(connected, "file:///var/lib/sallyport/publications/" + build(delivered).name);
}

TEST(NginxConnection, MakesItsSigningKeyOnceAndNeverTouchesOneThatIsThere) {
  sallyport::testing::Surroundings around;
  shared::Caches caches;
  sallyport::testing::MemoryStore store(caches);
  std::vector<std::string> connected;
  shared::World world(store, caches, InstanceId("inst0001"), around.around(),
                      [&](const http::ClientOptions& options) -> Result<std::unique_ptr<http::Client>> {
                        connected.push_back(options.base_url);
                        return Error{Code::Unavailable, "not here", {}, {}};
                      });
  Reconciler reconciler(world);
  store.apply({{"kind", "F5Gateway"},
               {"metadata", {{"name", "edge"}}},
               {"spec", {{"type", "NGINX"}, {"nginx", {{"directory", "/published"}}}}}});
  const auto key = [&] { return store.bytes(store.operator_namespace(), "sallyport-signing-edge"); };

  EXPECT_LE(reconciler.reconcile({"F5Gateway", "", "edge"}, {}).again_after, std::chrono::seconds(1));
  const Secret made = key().at("signing.key");
  (void)reconciler.reconcile({"F5Gateway", "", "edge"}, {});

  EXPECT_TRUE(made == key().at("signing.key"));
  EXPECT_THAT(connected, Contains("file:///published"));
}

TEST(NginxConnection, MakesNoOtherKeyWhereTheOneThatItsAgentsKnowIsGone) {
  sallyport::testing::Surroundings around;
  shared::Caches caches;
  sallyport::testing::MemoryStore store(caches);
  shared::World world(store, caches, InstanceId("inst0001"), around.around(), {});
  Reconciler reconciler(world);
  store.apply({{"kind", "F5Gateway"},
               {"metadata", {{"name", "edge"}}},
               {"spec", {{"type", "NGINX"}, {"nginx", {{"directory", "/published"}}}}}});
  store.apply({{"kind", "ProtectedEndpoint"},
               {"metadata", {{"name", "a"}, {"namespace", "risk"}}},
               {"spec", json::object()},
               {"status", {{"placements", {{{"system", "F5"}, {"connection", "edge"}, {"id", "t/a"}}}}}}});

  (void)reconciler.reconcile({"F5Gateway", "", "edge"}, {});

  EXPECT_EQ(store.secrets().get(store.operator_namespace(), "sallyport-signing-edge"), nullptr);
  const auto gateway = caches.gateways.get("", "edge");
  EXPECT_EQ(schema::find_condition(gateway->status.conditions, "Ready")->reason, "SecretNotFound");
}

}  // namespace
}  // namespace sallyport::f5_gateway
