// SPDX-License-Identifier: Apache-2.0
// The driver of the connection kinds, with the simplest of them: a workspace.
#include "reconcilers/shared/connection_reconciler.hpp"

#include <gmock/gmock.h>

#include "reconcilers/databricks_workspace/connection.hpp"
#include "tests/reconcilers/memory_store.hpp"
#include "tests/reconcilers/surroundings.hpp"
#include "tests/testing/fake_http.hpp"

namespace sallyport::shared {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const Key kKey{"DatabricksWorkspace", "", "prod-eu"};

class ConnectionReconcilerTest : public ::testing::Test {
 protected:
  ~ConnectionReconcilerTest() override {
    for (const auto& link : world.workspaces.all()) link->stop(std::chrono::seconds(5));
  }
  void workspace(json spec = {{"host", "https://adb-1.example.net"},
                              {"auth", {{"type", "OAuthM2M"}, {"credentialsSecret", "dbx"}}}},
                 std::vector<std::string> finalizers = {}) {
    store.apply({{"kind", kKey.kind}, {"metadata", {{"name", kKey.name}, {"finalizers", finalizers}}}, {"spec", spec}});
  }
  void credentials() {
    store.put_secret(store.operator_namespace(), "dbx", {{"client_id", Secret("a")}, {"client_secret", Secret("b")}});
  }
  void used_by(const std::string& name) {
    store.apply(
        {{"kind", "ProtectedEndpoint"},
         {"metadata", {{"name", name}, {"namespace", "risk"}}},
         {"spec", json::object()},
         {"status",
          {{"placements", {{{"system", "Databricks"}, {"connection", "prod-eu"}, {"id", "serving-endpoints/x"}}}}}}});
  }
  void reconcile() {
    const runtime::Next next = reconciler.reconcile(kKey, {});
    EXPECT_FALSE(next.error.has_value()) << next.error->text();
  }
  auto object() { return caches.workspaces.get("", kKey.name); }
  schema::Condition ready() { return *schema::find_condition(object()->status.conditions, "Ready"); }

  sallyport::testing::Surroundings around;
  Caches caches;
  sallyport::testing::MemoryStore store{caches};
  int connects = 0;
  World world{store, caches, InstanceId("inst0001"), around.around(),
              [this](const http::ClientOptions&) -> Result<std::unique_ptr<http::Client>> {
                ++connects;
                return std::unique_ptr<http::Client>(
                    std::make_unique<sallyport::testing::FakeHttp>([](const http::Request&) -> Result<http::Response> {
                      return Error{Code::Unavailable, "nobody is there", {}, {}};
                    }));
              }};
  databricks_workspace::Reconciler reconciler{world};
};

TEST_F(ConnectionReconcilerTest, SaysWhichSecretIsMissingAndConnectsOnceItIsThere) {
  workspace();
  reconcile();
  EXPECT_EQ(ready().reason, "SecretNotFound");
  EXPECT_EQ(connects, 0);
  EXPECT_EQ(world.workspaces.get("prod-eu"), nullptr);

  credentials();
  reconcile();
  EXPECT_EQ(connects, 1);
  EXPECT_NE(world.workspaces.get("prod-eu"), nullptr);
}

TEST_F(ConnectionReconcilerTest, MakesTheProviderAnewOnlyWhenWhatItIsMadeFromHasChanged) {
  workspace();
  credentials();
  reconcile();
  const auto link = world.workspaces.get("prod-eu");
  const auto provider = link->provider();
  reconcile();
  EXPECT_EQ(connects, 1);

  credentials();  // rotated: another version of the Secret
  reconcile();

  EXPECT_EQ(connects, 2);
  EXPECT_EQ(world.workspaces.get("prod-eu"), link);
  EXPECT_NE(link->provider(), provider);
}

TEST_F(ConnectionReconcilerTest, GoesOnWithTheCredentialsThatItHasWhenTheSecretGoes) {
  workspace();
  credentials();
  reconcile();
  store.drop_secret(store.operator_namespace(), "dbx");
  reconcile();
  EXPECT_EQ(ready().reason, "SecretNotFound");
  EXPECT_NE(world.workspaces.get("prod-eu")->provider(), nullptr);
}

TEST_F(ConnectionReconcilerTest, ConnectsNowhereByASpecThatCannotBeRead) {
  credentials();
  workspace({{"host", "ftp://nowhere"}, {"auth", {{"type", "OAuthM2M"}, {"credentialsSecret", "dbx"}}}});
  reconcile();
  EXPECT_EQ(ready().reason, "InvalidSpec");
  EXPECT_THAT(ready().message, HasSubstr("spec.host"));
  EXPECT_EQ(connects, 0);
}

TEST_F(ConnectionReconcilerTest, WritesNoStatusThatSaysTheSame) {
  workspace();
  reconcile();
  const int writes = store.writes();
  const auto events = store.events().size();
  reconcile();
  EXPECT_EQ(store.writes(), writes);
  EXPECT_EQ(store.events().size(), events);
  EXPECT_EQ(around.metrics.value(metrics::Metric::StatusWrites, {kKey.kind, "unchanged"}), 1);
}

TEST_F(ConnectionReconcilerTest, TellsWhatItCanWhenASystemSaysMoreThanAStatusMayHold) {
  workspace();
  credentials();
  reconcile();
  world.workspaces.get("prod-eu")->stop(std::chrono::seconds(5));
  world.workspaces.get("prod-eu")->set_health(std::string(5000, 'x'));
  reconcile();
  EXPECT_EQ(ready().reason, "Ready");
  EXPECT_EQ(object()->status.identity, "") << "half of it would be somebody else's";

  const int writes = store.writes();
  reconcile();
  EXPECT_EQ(store.writes(), writes);
}

TEST_F(ConnectionReconcilerTest, StaysWhileItIsUsedAndGoesWithItsLastUser) {
  workspace();
  credentials();
  used_by("fraud");
  reconcile();
  EXPECT_THAT(object()->meta.finalizers, ElementsAre("sallyport.dev/finalizer"));
  EXPECT_EQ(object()->status.users, 1);

  store.remove(kKey);
  reconcile();
  ASSERT_NE(object(), nullptr);
  EXPECT_EQ(ready().reason, "InUse");
  EXPECT_THAT(ready().message, HasSubstr("risk/fraud"));

  caches.endpoints.erase("risk", "fraud");
  reconcile();
  EXPECT_EQ(object(), nullptr);
  EXPECT_EQ(world.workspaces.get("prod-eu"), nullptr);
}

TEST_F(ConnectionReconcilerTest, DoesNothingOnACacheThatIsBehindItsOwnWrites) {
  workspace();
  store.set_fresh(false);
  reconcile();
  EXPECT_EQ(store.writes(), 0);
  EXPECT_THAT(object()->status.conditions, IsEmpty());
}

TEST_F(ConnectionReconcilerTest, ConnectsNotWhereAnOlderOneStandsUntilThatOneGoes) {
  store.apply(
      {{"kind", kKey.kind},
       {"metadata", {{"name", "first"}, {"creationTimestamp", "2026-01-01T00:00:00Z"}}},
       {"spec",
        {{"host", "https://adb-1.example.net"}, {"auth", {{"type", "OAuthM2M"}, {"credentialsSecret", "dbx"}}}}}});
  workspace();
  credentials();
  reconcile();
  EXPECT_EQ(ready().reason, "Conflicted");
  EXPECT_THAT(ready().message, HasSubstr("'first'"));
  EXPECT_EQ(connects, 0);

  caches.workspaces.erase("", "first");
  reconcile();
  EXPECT_EQ(connects, 1);
}

TEST_F(ConnectionReconcilerTest, TriesAgainWhenItsStatusIsRefused) {
  workspace();
  store.refuse_status_of(kKey, {Code::Unavailable, "the API server is away", {}, {}});
  const runtime::Next next = reconciler.reconcile(kKey, {});
  ASSERT_TRUE(next.error.has_value());
  EXPECT_EQ(next.error->code, Code::Unavailable);
}

}  // namespace
}  // namespace sallyport::shared
