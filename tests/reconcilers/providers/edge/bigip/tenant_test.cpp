// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/edge/bigip/tenant.hpp"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "reconcilers/providers/edge/bigip/application.hpp"
#include "reconcilers/providers/edge/bigip/upstream.hpp"
#include "tests/reconcilers/providers/edge/bigip/fixtures.hpp"

namespace sallyport::edge::bigip {
namespace {

using ::testing::ElementsAre;
using testing::fragment;
using ::testing::UnorderedElementsAre;

const InstanceId kInstance("inst0001");

Wanted put(const ir::EdgeFragment& one) {
  return {&one, std::make_shared<const Json>(application(one, placeholder(one.certificate)))};
}
Wanted remove(const ir::EdgeFragment& one) {
  return {&one, nullptr};
}

StoredTenant stored(const std::vector<Wanted>& wanted, Json more = Json::object()) {
  Json tenant = whole_tenant(wanted, kInstance);
  tenant.update(more);
  return {fragment().place.tenant, Presence::There, std::make_shared<const Json>(tenant)};
}

/// "add /T/A", in order.
std::vector<std::string> ops(const Write& write) {
  std::vector<std::string> found;
  for (const Json& op : Json::parse(write.body))
    found.push_back(op["op"].get<std::string>() + " " + op["path"].get<std::string>());
  return found;
}

class Compose : public ::testing::Test {
 protected:
  ir::EdgeFragment fraud = fragment("fraud", 1);
  ir::EdgeFragment churn = fragment("churn", 2);
  const std::string t = "/" + fraud.place.tenant;
  UpstreamNames names = upstream_names(fraud);
};

TEST_F(Compose, NamesOnlyTheEntriesThatChange) {
  const Write write = compose(stored({put(fraud)}), {put(churn)}, kInstance, "edge");

  EXPECT_EQ(write.method, "PATCH");
  EXPECT_THAT(ops(write), ElementsAre("add " + t + "/churn_0a1b2c3d"));
}

TEST_F(Compose, AddsWhatIsSharedBeforeAndDropsWhatIsUnusedAfterTheApplications) {
  ir::EdgeFragment moved = fraud;
  moved.upstream.host = "route-1.serving.example.net";
  const UpstreamNames fresh = upstream_names(moved);

  const Write write = compose(stored({put(fraud), put(churn)}), {put(moved), remove(churn)}, kInstance, "edge");

  EXPECT_THAT(ops(write),
              ElementsAre("add " + t + "/Shared/" + fresh.tls, "add " + t + "/Shared/" + fresh.monitor,
                          "add " + t + "/Shared/" + fresh.pool, "add " + t + "/fraud_0a1b2c3d",
                          "remove " + t + "/churn_0a1b2c3d", "remove " + t + "/Shared/" + names.tls,
                          "remove " + t + "/Shared/" + names.monitor, "remove " + t + "/Shared/" + names.pool));
}

TEST_F(Compose, NeverDropsASharedObjectThatAnybodyStillUses) {
  const Json foreign = {{"handmade", {{"class", "Application"}, {"vs", {{"pool", t + "/Shared/" + names.pool}}}}}};

  const Write write = compose(stored({put(fraud)}, foreign), {remove(fraud)}, kInstance, "edge");

  EXPECT_THAT(ops(write), ElementsAre("remove " + t + "/fraud_0a1b2c3d"));
}

TEST_F(Compose, DropsThePoolOfAWayOfBalancingThatNobodyAsksForAnyMoreAndKeepsTheMonitor) {
  ir::EdgeFragment turns = churn;
  turns.load_balancing = ir::LoadBalancing::RoundRobin;

  const Write added = compose(stored({put(fraud)}), {put(turns)}, kInstance, "edge");
  const Write gone = compose(stored({put(fraud), put(turns)}), {remove(turns)}, kInstance, "edge");

  const std::string pool = t + "/Shared/" + upstream_names(turns).pool;
  EXPECT_THAT(ops(added), ElementsAre("add " + pool, "add " + t + "/churn_0a1b2c3d"));
  EXPECT_THAT(ops(gone), ElementsAre("remove " + t + "/churn_0a1b2c3d", "remove " + pool));
}

TEST_F(Compose, LeavesWhatSomebodyElsePutIntoShared) {
  StoredTenant tenant = stored({put(fraud)});
  Json edited = *tenant.declared;
  edited["Shared"]["handmade_pool"] = {{"class", "Pool"}};
  tenant.declared = std::make_shared<const Json>(edited);

  const std::vector<std::string> found = ops(compose(tenant, {remove(fraud)}, kInstance, "edge"));

  EXPECT_EQ(std::count(found.begin(), found.end(), "remove " + t + "/Shared"), 0);
  EXPECT_EQ(std::count(found.begin(), found.end(), "remove " + t + "/Shared/handmade_pool"), 0);
  EXPECT_EQ(found.size(), 4U);
}

TEST_F(Compose, TakesSharedAwayWithTheLastApplication) {
  EXPECT_THAT(ops(compose(stored({put(fraud)}), {remove(fraud)}, kInstance, "edge")),
              ElementsAre("remove " + t + "/fraud_0a1b2c3d", "remove " + t + "/Shared"));
}

TEST_F(Compose, PutsRightWhatSomebodyChangedInShared) {
  StoredTenant tenant = stored({put(fraud)});
  Json edited = *tenant.declared;
  edited["Shared"][names.tls]["validateCertificate"] = false;
  tenant.declared = std::make_shared<const Json>(edited);

  EXPECT_THAT(ops(compose(tenant, {put(fraud)}, kInstance, "edge")),
              ElementsAre("add " + t + "/Shared/" + names.tls, "add " + t + "/fraud_0a1b2c3d"));
}

TEST_F(Compose, AddsAMissingTenantWithItsLabel) {
  const Write write = compose({fraud.place.tenant, Presence::Missing}, {put(fraud)}, kInstance, "edge");

  EXPECT_EQ(write.method, "PATCH");
  EXPECT_THAT(ops(write), ElementsAre("add " + t));
  EXPECT_EQ(Json::parse(write.body)[0]["value"]["label"], "sallyport:inst0001");
}

TEST_F(Compose, PostsTheFirstTenantOfADevice) {
  const Write write = compose({fraud.place.tenant, Presence::NothingStored}, {put(fraud)}, kInstance, "edge");
  const Json body = Json::parse(write.body);

  EXPECT_EQ(write.method, "POST");
  EXPECT_EQ(body["persist"], false);
  EXPECT_EQ(body["declaration"]["class"], "ADC");
  EXPECT_FALSE(body["declaration"].contains("updateMode"));
  EXPECT_EQ(body["declaration"][fraud.place.tenant]["label"], "sallyport:inst0001");
}

TEST_F(Compose, SendsNothingToRemoveWhatIsNotThere) {
  EXPECT_TRUE(compose(stored({put(churn)}), {remove(fraud)}, kInstance, "edge").empty());
  EXPECT_TRUE(compose({fraud.place.tenant, Presence::NothingStored}, {remove(fraud)}, kInstance, "edge").empty());
}

TEST_F(Compose, TellsTheAuditTrailWhatChangesForWhom) {
  const Write write = compose(stored({put(fraud)}), {put(churn), remove(fraud)}, kInstance, "edge");

  ASSERT_EQ(write.changes.size(), 2U);
  EXPECT_EQ(write.changes[0].object, "ProtectedEndpoint risk/churn");
  EXPECT_EQ(write.changes[0].target, "bigip edge: " + t + "/churn_0a1b2c3d");
  EXPECT_EQ(write.changes[0].action, "create");
  EXPECT_EQ(write.changes[0].after, churn.hash());
  EXPECT_EQ(write.changes[1].action, "delete");
  EXPECT_EQ(write.changes[1].before, fraud.hash().substr(0, 32));
  EXPECT_EQ(write.changes[1].generation, 3);
}

TEST(StoredTenant, IsForeignWithoutOurLabel) {
  const StoredTenant tenant{"T", Presence::There,
                            std::make_shared<const Json>(Json{{"class", "Tenant"}, {"label", "sallyport:other"}})};

  EXPECT_FALSE(tenant.is_ours(kInstance));
  EXPECT_TRUE((StoredTenant{"T", Presence::Missing}).is_ours(kInstance));
}

TEST(StoredTenant, ListsApplicationsWithTheirMarks) {
  const ir::EdgeFragment one = fragment();
  const auto entries = stored({put(one)}, {{"handmade", {{"class", "Application"}, {"remark", "mine"}}}}).entries();

  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries.at(one.place.application).owner_mark, owner_mark(one.owner.uid));
  EXPECT_EQ(entries.at("handmade").owner_mark, "");
}

TEST(Stored, KnowsWhichUpstreamsAnApplicationRefersTo) {
  const ir::EdgeFragment fraud = fragment();
  const StoredTenant tenant = stored({put(fraud)});
  const UpstreamNames names = upstream_names(fraud);

  EXPECT_THAT(tenant.upstreams(fraud.place.application),
              UnorderedElementsAre(upstream_key(names.pool), upstream_key(names.tls)));
  EXPECT_TRUE(tenant.upstreams("Shared").empty());
  EXPECT_TRUE(tenant.upstreams("nobody").empty());
}

}  // namespace
}  // namespace sallyport::edge::bigip
