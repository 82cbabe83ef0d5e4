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
                       const std::string& host = "fraud.ml.example.com") {
    store.apply({{"kind", "ProtectedEndpoint"},
                 {"metadata", {{"name", name}, {"namespace", "risk"}, {"creationTimestamp", created}}},
                 {"spec",
                  {{"host", host},
                   {"gatewayRef", {{"name", "edge"}}},
                   {"tls", {{"secretName", "fraud-tls"}}},
                   {"identity", {{"providerRef", {{"name", "corporate"}}}}},
                   {"backends", {{{"name", "eu"}, {"workspaceRef", {{"name", "prod-eu"}}}}}}}}});
    return caches.endpoints.get("risk", name);
  }
  void connection(const std::string& kind, const std::string& name) {
    store.apply({{"kind", kind}, {"metadata", {{"name", name}}}, {"spec", json::object()}});
  }
  Found find(const EndpointPtr& object) { return dereference(object, caches, store); }

  shared::Caches caches;
  sallyport::testing::MemoryStore store{caches};
};

TEST_F(Dereference, FindsWhatTheSpecNamesAndNothingElse) {
  const EndpointPtr object = endpoint("fraud");
  Found found = find(object);
  EXPECT_EQ(found.gateway, nullptr);
  EXPECT_EQ(found.provider, nullptr);
  EXPECT_EQ(found.workspace, nullptr);
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
  EXPECT_NE(found.workspace, nullptr);
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

TEST_F(Dereference, PassesAHostOnWhenItsHolderIsBeingDeleted) {
  const EndpointPtr old = endpoint("zulu", "2026-01-01T00:00:00Z");
  const EndpointPtr young = endpoint("alpha", "2026-06-01T00:00:00Z");
  auto leaving = std::make_shared<store::Object<api::ProtectedEndpoint>>(*old);
  leaving->meta.deletion_timestamp = "2026-11-22T10:00:00Z";
  caches.endpoints.put("risk", "zulu", leaving);
  EXPECT_EQ(find(young).host_winner, nullptr);
}

}  // namespace
}  // namespace sallyport::protected_endpoint
