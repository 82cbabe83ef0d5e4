// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/shared/caches.hpp"

#include <gmock/gmock.h>

#include "tests/reconcilers/memory_store.hpp"

namespace sallyport::shared {
namespace {

using nlohmann::json;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

TEST(Caches, FindEndpointsByHostAddressAndLostHost) {
  Caches caches;
  sallyport::testing::MemoryStore store(caches);
  store.apply(
      {{"kind", "ProtectedEndpoint"},
       {"metadata", {{"name", "a"}, {"namespace", "risk"}}},
       {"spec", {{"host", "a.example.com"}}},
       {"status",
        {{"placements", {{{"system", "F5"}, {"connection", "edge"}, {"id", "t/a"}, {"address", "2001:DB8::0:1"}}}}}}});

  EXPECT_THAT(caches.endpoints.find(host_word("a.example.com")), SizeIs(1));
  EXPECT_THAT(caches.endpoints.find(address_word("2001:db8::1")), SizeIs(1));
  EXPECT_THAT(caches.endpoints.find(host_word("b.example.com")), SizeIs(0));
  EXPECT_THAT(caches.endpoints.find(kConflictedWord), SizeIs(0));
}

TEST(Caches, KnowWordsOfAnEndpointThatLostItsHost) {
  store::Object<api::ProtectedEndpoint> endpoint;
  endpoint.spec.host = "a.example.com";
  endpoint.status.conditions = {{"Conflicted", schema::ConditionStatus::True, 1, "", "HostClaimed", ""}};
  EXPECT_THAT(words_of_endpoint(endpoint), UnorderedElementsAre(host_word("a.example.com"), kConflictedWord));
}

TEST(Caches, FindLedgersByWorkspaceAndName) {
  store::Object<api::AccessLedger> ledger;
  ledger.spec.workspace = "prod-eu";
  ledger.spec.endpoint_name = "fraud-scoring";
  EXPECT_THAT(words_of_ledger(ledger), UnorderedElementsAre(ledger_word("prod-eu", "fraud-scoring")));
}

TEST(CredentialsSecretName, IsTheGatewaysOwnWord) {
  api::F5GatewaySpec spec;
  EXPECT_EQ(credentials_secret_name("edge", spec), "");
  spec.bigip.emplace().credentials_secret = "bigip-edge";
  EXPECT_EQ(credentials_secret_name("edge", spec), "bigip-edge");
  spec.bigip.reset();
  spec.nginx.emplace();
  EXPECT_EQ(credentials_secret_name("edge", spec), "sallyport-signing-edge");
}

}  // namespace
}  // namespace sallyport::shared
