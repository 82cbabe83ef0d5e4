// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/protected_endpoint/dereference.hpp"

#include <gtest/gtest.h>

#include "tests/reconcilers/memory_store.hpp"

namespace sallyport::protected_endpoint {
namespace {

using nlohmann::json;
using Standing = SecretState::Standing;

class Dereference : public ::testing::Test {
 protected:
  EndpointPtr endpoint(const std::string& name, const std::string& created = "2026-11-01T00:00:00Z",
                       const std::string& host = "fraud.ml.example.com", const std::string& ns = "risk") {
    store.apply({{"kind", "ProtectedEndpoint"},
                 {"metadata", {{"name", name}, {"namespace", ns}, {"creationTimestamp", created}}},
                 {"spec",
                  {{"host", host},
                   {"gatewayRef", {{"name", "edge"}}},
                   {"tls", {{"secretName", "fraud-tls"}}},
                   {"identity", {{"providerRef", {{"name", "corporate"}}}}},
                   {"backends", {{{"name", "eu"}, {"workspaceRef", {{"name", "prod-eu"}}}}}}}}});
    return caches.endpoints.get(ns, name);
  }
  void connection(const std::string& kind, const std::string& name) {
    store.apply({{"kind", kind}, {"metadata", {{"name", name}}}, {"spec", json::object()}});
  }
  /// A gateway that lets this namespace have hosts.
  void gateway_for(const std::string& ns) {
    const json allow{{"name", "ours"},
                     {"namespaces", {{"matchNames", json::array({ns})}}},
                     {"hosts", json::array({"*.ml.example.com"})}};
    store.apply({{"kind", "F5Gateway"},
                 {"metadata", {{"name", "edge"}}},
                 {"spec", {{"addressPool", json::array({"192.0.2.0/28"})}, {"allow", json::array({allow})}}}});
    store.put_namespace(ns, {});
  }
  Found find(const EndpointPtr& object) { return dereference(object, caches, store, {}); }

  shared::Caches caches;
  sallyport::testing::MemoryStore store{caches};
};

TEST_F(Dereference, FindsWhatTheSpecNamesAndNothingElse) {
  const EndpointPtr object = endpoint("fraud");
  Found found = find(object);
  EXPECT_EQ(found.gateway, nullptr);
  EXPECT_EQ(found.provider, nullptr);
  EXPECT_EQ(found.backends.front().workspace, nullptr);
  EXPECT_EQ(found.ns, nullptr);

  connection("F5Gateway", "edge");
  connection("F5Gateway", "another");
  connection("IdentityProvider", "corporate");
  connection("DatabricksWorkspace", "prod-eu");
  store.put_namespace("risk", {{"ml-edge", "true"}});
  found = find(object);
  ASSERT_NE(found.gateway, nullptr);
  EXPECT_EQ(found.gateway->meta.name, "edge");
  EXPECT_NE(found.provider, nullptr);
  EXPECT_NE(found.backends.front().workspace, nullptr);
  EXPECT_EQ(found.ns->labels.at("ml-edge"), "true");
}

TEST_F(Dereference, ReadsASecretOnlyInItsOwnNamespaceAndWithTheLabel) {
  const EndpointPtr object = endpoint("fraud");
  const std::map<std::string, std::string> label{{"sallyport.dev/usable-by", "ProtectedEndpoint"}};
  store.put_secret("other", "fraud-tls", {}, label);
  EXPECT_EQ(find(object).tls.standing, Standing::Missing);
  store.put_secret("risk", "fraud-tls", {});
  EXPECT_EQ(find(object).tls.standing, Standing::NotUsable);
  store.put_secret("risk", "fraud-tls", {}, {{"sallyport.dev/usable-by", "AnotherKind"}});
  EXPECT_EQ(find(object).tls.standing, Standing::NotUsable);
  store.put_secret("risk", "fraud-tls", {}, label);
  EXPECT_EQ(find(object).tls.standing, Standing::Usable);
  EXPECT_EQ(find(object).tls.handle.name, "fraud-tls");
}

TEST_F(Dereference, GivesAHostToTheOldestThenToTheFirstName) {
  gateway_for("risk");
  const EndpointPtr old = endpoint("zulu", "2026-01-01T00:00:00Z");
  const EndpointPtr young = endpoint("alpha", "2026-06-01T00:00:00Z");
  EXPECT_EQ(find(old).host_winner, nullptr);
  ASSERT_NE(find(young).host_winner, nullptr);
  EXPECT_EQ(find(young).host_winner->meta.name, "zulu");

  const EndpointPtr twin = endpoint("bravo", "2026-06-01T00:00:00Z", "twin.ml.example.com");
  const EndpointPtr other = endpoint("charlie", "2026-06-01T00:00:00Z", "twin.ml.example.com");
  EXPECT_EQ(find(twin).host_winner, nullptr);
  EXPECT_EQ(find(other).host_winner->meta.name, "bravo");
}

TEST_F(Dereference, TakesNoHostAwayForAClaimThatItsNamespaceHasNoRightTo) {
  gateway_for("risk");
  store.put_namespace("evil", {});
  (void)endpoint("x", "2026-01-01T00:00:00Z", "fraud.ml.example.com", "evil");
  const EndpointPtr rightful = endpoint("fraud", "2026-06-01T00:00:00Z");
  EXPECT_EQ(find(rightful).host_winner, nullptr);
  EXPECT_TRUE(find(rightful).host_contested) << "that may change";

  caches.gateways.erase("", "edge");
  EXPECT_EQ(find(rightful).host_winner, nullptr) << "nobody allows it where there is no gateway";
}

TEST_F(Dereference, LeavesItsClaimToAnEndpointThatMayHaveTheHostThoughItIsBroken) {
  gateway_for("risk");
  const EndpointPtr old = endpoint("zulu", "2026-01-01T00:00:00Z");
  const EndpointPtr young = endpoint("alpha", "2026-06-01T00:00:00Z");
  auto broken = std::make_shared<store::Object<api::ProtectedEndpoint>>(*old);
  broken->errors = {{"spec.traffic.maxConcurrent", "must be a whole number"}};
  broken->meta.annotations["sallyport.dev/paused"] = "true";
  caches.endpoints.put("risk", "zulu", broken);

  ASSERT_NE(find(young).host_winner, nullptr);
  EXPECT_FALSE(find(endpoint("other", "2026-06-01T00:00:00Z", "other.ml.example.com")).host_contested);
}

TEST_F(Dereference, LooksUpTheConnectionOfEveryPlaceInTheLedger) {
  connection("F5Gateway", "former");
  connection("DatabricksWorkspace", "old-eu");
  auto moved = std::make_shared<store::Object<api::ProtectedEndpoint>>(*endpoint("fraud"));
  moved->status.placements = {{api::PlacementSystem::F5, "former", "sp_x/pe_y", "192.0.2.9", "h", 1},
                              {api::PlacementSystem::OIDC, "nobody", "client/1", "", "h", 1},
                              {api::PlacementSystem::Databricks, "old-eu", "serving-endpoints/fraud", "", "h", 1}};

  const Found found = find(moved);

  EXPECT_TRUE(found.placed_at.gateways.contains("former"));
  EXPECT_TRUE(found.placed_at.workspaces.contains("old-eu"));
  EXPECT_TRUE(found.placed_at.providers.empty()) << "one that is not there is not known";
}

TEST_F(Dereference, PassesAHostOnWhenItsHolderIsBeingDeleted) {
  gateway_for("risk");
  const EndpointPtr old = endpoint("zulu", "2026-01-01T00:00:00Z");
  const EndpointPtr young = endpoint("alpha", "2026-06-01T00:00:00Z");
  auto leaving = std::make_shared<store::Object<api::ProtectedEndpoint>>(*old);
  leaving->meta.deletion_timestamp = "2026-11-22T10:00:00Z";
  caches.endpoints.put("risk", "zulu", leaving);
  EXPECT_EQ(find(young).host_winner, nullptr);
}

}  // namespace
}  // namespace sallyport::protected_endpoint
