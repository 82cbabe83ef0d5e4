// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/shared/store_adapters.hpp"

#include <gmock/gmock.h>

#include "operator/schema/bounds.hpp"
#include "operator/schema/codec.hpp"
#include "reconcilers/providers/data/access_list.hpp"
#include "tests/reconcilers/memory_store.hpp"

namespace sallyport::shared {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

// What is planned has room in the object that it is saved in.
static_assert(schema::most_items(&api::LedgerPrincipal::owners) == data::kMostOwners);
static_assert(schema::most_items(&api::AccessLedgerSpec::entries) == data::kMostPrincipals);

class Adapters : public ::testing::Test {
 protected:
  static ir::Ledger ledger(const std::string& id = "1a") {
    ir::Ledger one{"prod-eu", id, "fraud-scoring", {}};
    ir::LedgerEntry entry{{ir::PrincipalType::Group, "risk-analysts"}, ir::Level::CanView, ir::Level::CanQuery, {}};
    entry.owners[Uid("u1")] = ir::Level::CanQuery;
    one.entries[entry.principal.key()] = entry;
    return one;
  }
  const ir::Owner owner{"ProtectedEndpoint", "risk", "fraud", Uid("u1"), "7", 1};
  Caches caches;
  sallyport::testing::MemoryStore store{caches};
};

TEST_F(Adapters, ReadACredentialWithoutTheLineBreakAtItsEnd) {
  const std::string pem = "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n";
  store.put_secret("risk", "one", {{"token", Secret("t0p\n")}, {"dos", Secret("t0p\r\n")}, {"tls.crt", Secret(pem)}});
  const auto read = StoreSecrets(store).read("risk", "one");
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->at("token").reveal(), "t0p");
  EXPECT_EQ(read->at("dos").reveal(), "t0p");
  EXPECT_EQ(read->at("tls.crt").reveal(), pem);
}

TEST_F(Adapters, SayWhoCanChangeThatASecretMayNotBeRead) {
  using Verb = sallyport::testing::MemoryStore::Verb;
  store.put_secret("risk", "one", {{"token", Secret("t0p")}});
  store.refuse_secrets(Verb::Read, Error{Code::Refused, "secrets \"one\" is forbidden", "risk/one", {}});
  const auto read = StoreSecrets(store).read("risk", "one");
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().code, Code::Refused);
  EXPECT_EQ(
      read.error().message,
      "secrets \"one\" is forbidden; let the operator read it: its service account needs the right to get Secrets in "
      "namespace 'risk'");

  store.refuse_secrets(Verb::Read, Error{Code::Unavailable, "timed out", "risk/one", {}});
  EXPECT_EQ(StoreSecrets(store).read("risk", "one").error().message, "timed out");
}

TEST_F(Adapters, KeepARegistrationInTheOperatorsNamespaceUnderTheOwnersUid) {
  StoreVault vault(store);
  EXPECT_EQ(vault.load(owner.uid).error().code, Code::NotFound);

  ASSERT_TRUE(vault.save(owner, {{"client_id", Secret("c1")}}).has_value());
  ASSERT_TRUE(vault.save(owner, {{"client_id", Secret("c2")}}).has_value());

  EXPECT_EQ(vault.load(owner.uid)->at("client_id").reveal(), "c2");
  ASSERT_THAT(store.secrets().list(), SizeIs(1));
  EXPECT_EQ(store.secrets().list()[0]->meta.ns, store.operator_namespace());
  EXPECT_EQ(store.secrets().list()[0]->meta.labels.at(std::string(kOwnerUid)), "u1");
}

TEST_F(Adapters, ReadARegistrationThatWasJustWrittenOnceFromMemoryAndThenFromTheStore) {
  StoreVault vault(store);
  ASSERT_TRUE(vault.save(owner, {{"client_id", Secret("c1")}}).has_value());
  const auto reads = [&] { return store.secret_reads(); };
  const int before = reads();

  EXPECT_EQ(vault.load(owner.uid)->at("client_id").reveal(), "c1");
  EXPECT_EQ(reads(), before);
  EXPECT_EQ(vault.load(owner.uid)->at("client_id").reveal(), "c1");
  EXPECT_EQ(reads(), before + 1);
}

TEST_F(Adapters, OverwriteNoRegistrationThatSomebodyElseHasWrittenMeanwhile) {
  StoreVault first(store);
  StoreVault second(store);
  ASSERT_TRUE(first.save(owner, {{"client_id", Secret("c1")}}).has_value());
  EXPECT_EQ(second.save(owner, {{"client_id", Secret("c2")}}).error().code, Code::Conflict);
  EXPECT_EQ(first.load(owner.uid)->at("client_id").reveal(), "c1");
}

TEST_F(Adapters, EraseARegistrationTwice) {
  StoreVault vault(store);
  ASSERT_TRUE(vault.save(owner, {{"client_id", Secret("c1")}}).has_value());
  EXPECT_TRUE(vault.erase(owner.uid).has_value());
  EXPECT_TRUE(vault.erase(owner.uid).has_value());
  EXPECT_THAT(store.secrets().list(), SizeIs(0));
}

TEST_F(Adapters, KeepALedgerAsAnObjectAndReadTheSameBack) {
  StoreLedgers ledgers(store, caches);
  ASSERT_TRUE(ledgers.save(ledger()).has_value());
  StoreLedgers restarted(store, caches);

  const auto read = restarted.load("prod-eu", "1a");

  ASSERT_TRUE(read.has_value());
  ASSERT_TRUE(read->has_value());
  const ir::LedgerEntry& entry = (*read)->entries.at("group:risk-analysts");
  EXPECT_EQ(entry.before, ir::Level::CanView);
  EXPECT_EQ(entry.applied, ir::Level::CanQuery);
  EXPECT_EQ(entry.owners.at(Uid("u1")), ir::Level::CanQuery);
  EXPECT_EQ(to_spec(to_ledger(to_spec(ledger()))).entries.size(), to_spec(ledger()).entries.size());
  EXPECT_EQ(*restarted.load("prod-us", "1a"), std::nullopt);
}

TEST_F(Adapters, DisownWhatIsGoneForGoodAndKeepWhatOthersHold) {
  StoreLedgers ledgers(store, caches);
  ir::Ledger shared = ledger("1a");
  shared.entries.begin()->second.owners[Uid("u2")] = ir::Level::CanView;
  ASSERT_TRUE(ledgers.save(shared).has_value());

  ASSERT_TRUE(disown(ledgers, Uid("u1"), "prod-eu", "fraud-scoring").has_value());
  ASSERT_THAT(*ledgers.of("prod-eu", "fraud-scoring"), SizeIs(1));
  EXPECT_EQ(ledgers.of("prod-eu", "fraud-scoring")->front().entries.begin()->second.owners.count(Uid("u1")), 0U);

  ASSERT_TRUE(disown(ledgers, Uid("u2"), "prod-eu", "fraud-scoring").has_value());
  EXPECT_THAT(*ledgers.of("prod-eu", "fraud-scoring"), SizeIs(0));
}

TEST_F(Adapters, FindEveryLedgerOfAName) {
  StoreLedgers ledgers(store, caches);
  ASSERT_TRUE(ledgers.save(ledger("1a")).has_value());
  ASSERT_TRUE(ledgers.save(ledger("2b")).has_value());
  EXPECT_THAT(*ledgers.of("prod-eu", "fraud-scoring"), SizeIs(2));
  EXPECT_THAT(*ledgers.of("prod-eu", "churn"), SizeIs(0));
  EXPECT_THAT(*ledgers.of("prod-us", "fraud-scoring"), SizeIs(0));

  ASSERT_TRUE(ledgers.erase("prod-eu", "1a").has_value());
  ASSERT_THAT(*ledgers.of("prod-eu", "fraud-scoring"), SizeIs(1));
  EXPECT_EQ(*ledgers.load("prod-eu", "1a"), std::nullopt);
}

TEST_F(Adapters, TrustNoLedgerWhoseNameAndContentDisagree) {
  StoreLedgers ledgers(store, caches);
  ASSERT_TRUE(ledgers.save(ledger()).has_value());
  const auto object = caches.ledgers.list().front();
  api::AccessLedgerSpec edited = object->spec;
  edited.workspace = "prod-us";
  store.apply({{"kind", "AccessLedger"},
               {"metadata", {{"name", object->meta.name}, {"namespace", object->meta.ns}}},
               {"spec", schema::write(edited)}});
  StoreLedgers restarted(store, caches);

  const auto read = restarted.load("prod-eu", "1a");

  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().code, Code::Conflict);
  EXPECT_THAT(read.error().text(), HasSubstr(object->meta.name));
}

TEST_F(Adapters, ReadSecretsWhereTheyAreAskedTo) {
  StoreSecrets secrets(store);
  store.put_secret("risk", "fraud-tls", {{"tls.key", Secret("k")}});
  EXPECT_EQ(secrets.read("risk", "fraud-tls")->at("tls.key").reveal(), "k");
  EXPECT_EQ(secrets.read("other", "fraud-tls").error().code, Code::NotFound);
}

}  // namespace
}  // namespace sallyport::shared
