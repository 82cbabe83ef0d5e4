// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/identity_provider/consumer_secret.hpp"

#include <gmock/gmock.h>

#include "reconcilers/shared/store_adapters.hpp"
#include "tests/reconcilers/memory_store.hpp"

namespace sallyport::identity_provider {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Verb = sallyport::testing::MemoryStore::Verb;

class ConsumerSecret : public ::testing::Test {
 protected:
  void SetUp() override {
    fragment.owner = {"ProtectedEndpoint", "risk", "fraud", Uid("u1"), "7", 1};
    fragment.consumer_secret = "fraud-client";
  }
  [[nodiscard]] Result<void> deliver(const std::string& secret = "s1", const std::string& provider = "corporate") {
    known = idp::Credentials{"c1", Secret(secret), "https://idp.test", "https://idp.test/token", "a"};
    return secrets->deliver(fragment, provider, *known);
  }
  [[nodiscard]] Result<void> give_away() {
    return secrets->give_away(fragment, "corporate", [this]() -> Result<idp::Credentials> {
      if (!known) return Error{Code::NotFound, "no client is registered", {}, {}};
      return *known;
    });
  }
  void restart() { secrets = std::make_unique<ConsumerSecrets>(store); }
  std::string held(const std::string& key, const std::string& name = "fraud-client") {
    const auto bytes = store.bytes("risk", name);
    return bytes.contains(key) ? bytes.at(key).reveal() : "";
  }
  /// What kubectl edit does: other bytes, and all our marks as they were.
  void edit(std::map<std::string, Secret> bytes) {
    const auto meta = store.secrets().get("risk", "fraud-client")->meta;
    store::SecretWrite write{.ns = "risk",
                             .name = "fraud-client",
                             .bytes = std::move(bytes),
                             .labels = meta.labels,
                             .annotations = meta.annotations,
                             .expected_resource_version = meta.resource_version};
    ASSERT_TRUE(store.write_secret(write));
  }

  ir::ClientFragment fragment;
  std::optional<idp::Credentials> known =
      idp::Credentials{"c1", Secret("s1"), "https://idp.test", "https://idp.test/token", "a"};
  shared::Caches caches;
  sallyport::testing::MemoryStore store{caches};
  std::unique_ptr<ConsumerSecrets> secrets = std::make_unique<ConsumerSecrets>(store);
};

TEST_F(ConsumerSecret, HoldsWhatAClientNeedsAndGoesWithItsObject) {
  ASSERT_TRUE(deliver());

  EXPECT_EQ(held("client_id"), "c1");
  EXPECT_EQ(held("client_secret"), "s1");
  EXPECT_EQ(held("issuer"), "https://idp.test");
  EXPECT_EQ(held("token_url"), "https://idp.test/token");
  EXPECT_EQ(held("audience"), "a");
  EXPECT_EQ(store.controller_of("risk", "fraud-client"), Uid("u1"));
  EXPECT_EQ(secrets->version(Uid("u1")), store.secrets().get("risk", "fraud-client")->meta.resource_version);
}

TEST_F(ConsumerSecret, IsNotWrittenAndNotReadWhileItIsRight) {
  ASSERT_TRUE(deliver());
  const int writes = store.writes();

  ASSERT_TRUE(deliver());
  restart();
  ASSERT_TRUE(deliver());

  EXPECT_EQ(store.writes(), writes);
  EXPECT_EQ(store.secret_reads(), 0);
}

TEST_F(ConsumerSecret, IsDeliveredAgainWhenItsBytesWereEdited) {
  ASSERT_TRUE(deliver());
  edit({{"client_secret", Secret("theirs")}});

  ASSERT_TRUE(deliver());

  EXPECT_EQ(held("client_secret"), "s1");
  EXPECT_EQ(held("client_id"), "c1");
}

TEST_F(ConsumerSecret, IsLeftAloneWhenOnlyItsMetadataWasEdited) {
  ASSERT_TRUE(deliver());
  edit(store.bytes("risk", "fraud-client"));
  const int writes = store.writes();

  ASSERT_TRUE(deliver());
  ASSERT_TRUE(deliver());

  EXPECT_EQ(store.writes(), writes) << "or two who mark it would fight for ever";
  EXPECT_EQ(store.secret_reads(), 1) << "looked at once";
}

TEST_F(ConsumerSecret, IsWrittenNoSecondTimeWhileTheCacheIsBehind) {
  ASSERT_TRUE(deliver());
  store.set_fresh(false);
  const int writes = store.writes();

  EXPECT_TRUE(deliver()) << "what is not shown yet is just this";
  EXPECT_EQ(deliver("s2").error().code, Code::Unavailable) << "to be repeated, and no conflict";
  EXPECT_EQ(store.writes(), writes);

  store.set_fresh(true);
  EXPECT_TRUE(deliver("s2"));
  EXPECT_EQ(held("client_secret"), "s2");
}

TEST_F(ConsumerSecret, IsDeletedByNobodyWhoDoesNotSeeWhoseItIsByNow) {
  ASSERT_TRUE(deliver());
  restart();
  store.set_fresh(false);

  EXPECT_EQ(secrets->take_away(fragment.owner, "corporate").error().code, Code::Unavailable);

  EXPECT_EQ(held("client_secret"), "s1");
}

TEST_F(ConsumerSecret, IsTriedAgainWhenSomebodyWasQuicker) {
  store.refuse_secrets(Verb::Write, Error{Code::Conflict, "changed meanwhile", {}, {}});

  EXPECT_EQ(deliver().error().code, Code::Unavailable) << "a Conflict is for a person to solve";
}

TEST_F(ConsumerSecret, IsNeverTakenFromSomebodyElse) {
  store.put_secret("risk", "fraud-client", {{"mine", Secret("precious")}});

  const Result<void> refused = deliver();

  EXPECT_EQ(refused.error().code, Code::Conflict);
  EXPECT_EQ(refused.error().where, "spec.client.secretName");
  EXPECT_THAT(refused.error().text(), HasSubstr("was not made by Sallyport"));
  EXPECT_EQ(held("mine"), "precious");
}

TEST_F(ConsumerSecret, IsComparedWithoutAWrite) {
  EXPECT_THAT(*secrets->compare(fragment, known), ElementsAre("would write Secret 'risk/fraud-client'"));
  ASSERT_TRUE(deliver());
  const int writes = store.writes();

  EXPECT_THAT(*secrets->compare(fragment, known), IsEmpty());
  EXPECT_THAT(*secrets->compare(fragment, std::nullopt),
              ElementsAre("would write the new client's credentials into Secret 'risk/fraud-client'"));
  edit({{"client_id", Secret("c1")}, {"client_secret", Secret("planted")}, {"note", Secret("x")}});
  EXPECT_THAT(
      *secrets->compare(fragment, known),
      ElementsAre("would change audience, client_secret, issuer, token_url, note in Secret 'risk/fraud-client'"));
  fragment.consumer_secret = "other";
  EXPECT_THAT(*secrets->compare(fragment, known),
              ElementsAre("would write Secret 'risk/other'", "would delete Secret 'risk/fraud-client'"));
  fragment.owner.uid = Uid("u2");
  fragment.consumer_secret = "fraud-client";
  EXPECT_EQ(secrets->compare(fragment, known).error().code, Code::Conflict);
  EXPECT_EQ(store.writes(), writes + 1) << "the edit itself";
}

TEST_F(ConsumerSecret, LeavesItsFormerNameEvenIfTheLastProcessDidNotGetToIt) {
  ASSERT_TRUE(deliver());
  fragment.consumer_secret = "tokens";
  store.refuse_secrets(Verb::Delete, Error{Code::Unavailable, "away", {}, {}});
  EXPECT_FALSE(deliver());
  EXPECT_EQ(held("client_id", "tokens"), "c1");
  store.refuse_secrets(Verb::Delete, std::nullopt);
  restart();

  ASSERT_TRUE(deliver());

  EXPECT_EQ(store.secrets().get("risk", "fraud-client"), nullptr);
}

TEST_F(ConsumerSecret, OutlivesItsObjectOnceItIsGivenAway) {
  ASSERT_TRUE(deliver());

  ASSERT_TRUE(give_away());

  EXPECT_EQ(held("client_secret"), "s1");
  EXPECT_EQ(store.controller_of("risk", "fraud-client"), Uid()) << "garbage collection has no reason to take it";
  const auto meta = store.secrets().get("risk", "fraud-client")->meta;
  EXPECT_TRUE(meta.labels.empty());
  EXPECT_FALSE(meta.annotations.contains(std::string(shared::kContentHash)));
  const int writes = store.writes();
  ASSERT_TRUE(give_away());
  EXPECT_EQ(store.writes(), writes);
  ASSERT_TRUE(secrets->take_away(fragment.owner, "corporate"));
  EXPECT_EQ(held("client_secret"), "s1") << "it is not ours to delete any more";
}

TEST_F(ConsumerSecret, IsWrittenALastTimeWhenItWentBeforeItsObject) {
  ASSERT_TRUE(deliver());
  store.drop_secret("risk", "fraud-client");

  ASSERT_TRUE(give_away());

  EXPECT_EQ(held("client_secret"), "s1");
  EXPECT_EQ(store.controller_of("risk", "fraud-client"), Uid());
  EXPECT_TRUE(store.secrets().get("risk", "fraud-client")->meta.labels.empty());
}

TEST_F(ConsumerSecret, IsNotWrittenForAClientThatNeverWas) {
  known.reset();

  EXPECT_TRUE(give_away());

  EXPECT_EQ(store.writes(), 0);
}

TEST_F(ConsumerSecret, HoldsUpNoNamespaceThatIsBeingDeleted) {
  store.put_namespace("risk", {}, true);

  EXPECT_TRUE(give_away());

  EXPECT_EQ(store.writes(), 0);
}

TEST_F(ConsumerSecret, IsGivenAwayOnlyByTheProviderItIsFrom) {
  ASSERT_TRUE(deliver("s2", "current"));

  ASSERT_TRUE(secrets->give_away(fragment, "former", [] { return Result<idp::Credentials>(Error{}); }));

  EXPECT_EQ(store.controller_of("risk", "fraud-client"), Uid("u1"));
}

TEST_F(ConsumerSecret, IsNeitherReadNorGivenAwayWhenItIsSomebodyElses) {
  store.put_secret("risk", "fraud-client", {{"mine", Secret("precious")}}, {{"team", "fraud"}});

  EXPECT_TRUE(give_away());

  EXPECT_EQ(store.secret_reads(), 0);
  EXPECT_EQ(store.writes(), 0);
}

TEST_F(ConsumerSecret, StaysWhenItIsAnotherProvidersByNow) {
  ASSERT_TRUE(deliver("s1", "former"));
  ASSERT_TRUE(deliver("s2", "current"));

  ASSERT_TRUE(secrets->take_away(fragment.owner, "former"));
  EXPECT_EQ(held("client_secret"), "s2");
  ASSERT_TRUE(secrets->take_away(fragment.owner, "current"));
  EXPECT_EQ(store.secrets().get("risk", "fraud-client"), nullptr);
}

}  // namespace
}  // namespace sallyport::identity_provider
