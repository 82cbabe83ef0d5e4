// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/identity_provider/unclaimed.hpp"

#include <gmock/gmock.h>

#include "reconcilers/ir/client.hpp"
#include "reconcilers/shared/store_adapters.hpp"
#include "tests/reconcilers/memory_store.hpp"

namespace sallyport::identity_provider {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

class UnclaimedRecords : public ::testing::Test {
 protected:
  void save_record(const std::string& uid) {
    shared::StoreVault vault(store);
    const ir::Owner owner{
        "ProtectedEndpoint", "risk", "fraud-scoring", ir::registration_key(Uid(uid), "corporate"), "1", 1};
    ASSERT_TRUE(vault.save(owner, {{"state", Secret("registered")}}).has_value());
  }

  shared::Caches caches;
  sallyport::testing::MemoryStore store{caches};
};

TEST_F(UnclaimedRecords, AreThoseWhoseEndpointIsGone) {
  auto endpoint = std::make_shared<store::Object<api::ProtectedEndpoint>>();
  endpoint->meta.ns = "risk";
  endpoint->meta.name = "fraud-scoring";
  endpoint->meta.uid = Uid("u2");
  caches.endpoints.put("risk", "fraud-scoring", endpoint);
  save_record("u2");
  EXPECT_THAT(unclaimed_records(store, caches), IsEmpty());

  save_record("u1");

  ASSERT_THAT(unclaimed_records(store, caches), SizeIs(1));
  const schema::Metadata record = unclaimed_records(store, caches).front();
  EXPECT_EQ(record.annotations.at(std::string(shared::kRecordFor)), "ProtectedEndpoint risk/fraud-scoring");
}

TEST_F(UnclaimedRecords, AreNoOtherSecretsOfOurs) {
  store.put_secret(store.operator_namespace(), "bigip-edge", {});
  store.put_secret(store.operator_namespace(), "client", {}, {{std::string(shared::kOwnerUid), "gone"}});
  store.put_secret("risk", "fraud-scoring-client", {}, {{std::string(shared::kOwnerUid), "gone"}});

  EXPECT_THAT(unclaimed_records(store, caches), IsEmpty());
}

}  // namespace
}  // namespace sallyport::identity_provider
