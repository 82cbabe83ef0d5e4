// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/idp/registration/record.hpp"

#include "tests/reconcilers/providers/idp/idp_testing.hpp"

namespace sallyport::idp::registration {
namespace {

Record full() {
  Record record;
  record.state = Record::State::Registered;
  record.orphans = 2;
  record.abandoned = {"old", "older"};
  record.client_id = "c";
  record.client_secret = Secret("s");
  record.registration_access_token = Secret("r");
  record.registration_client_uri = "https://idp.test/reg/c";
  record.secret_expires_at = 99;
  record.metadata = "{}";
  record.asked_hash = "h";
  record.insisted = "a\nb";
  record.updating_hash = "u";
  record.generation = 7;
  return record;
}

TEST(RegistrationRecord, IsReadAsItWasWritten) {
  const auto again = read(write(full()));

  ASSERT_TRUE(again);
  EXPECT_EQ(write(*again), write(full()));
  EXPECT_EQ(again->orphans, 2);
  EXPECT_EQ(again->abandoned, (std::set<std::string>{"old", "older"}));
  EXPECT_EQ(again->left_behind(), 4);
  EXPECT_EQ(again->insisted, "a\nb");
  EXPECT_TRUE(again->managed());
}

TEST(RegistrationRecord, GuessesNothingFromARecordThatIsBroken) {
  EXPECT_EQ(read({{"state", Secret("registred")}}).error().code, Code::Internal);
  EXPECT_EQ(read({{"state", Secret("registered")}}).error().code, Code::Internal);
}

TEST(RegistrationRecord, CountsAnUnansweredIntentAsLost) {
  Record record;
  record.orphans = 1;
  EXPECT_EQ(record.lost(), 1);
  record.state = Record::State::Intent;
  EXPECT_EQ(record.lost(), 2);
}

TEST(RegistrationRecord, ForgetsTheClientAndKeepsTheCount) {
  Record record = full();
  record.forget_client();

  EXPECT_EQ(record.orphans, 2);
  EXPECT_EQ(record.abandoned.size(), 2U);
  EXPECT_EQ(record.state, Record::State::None);
  EXPECT_TRUE(record.client_secret.empty());
  EXPECT_FALSE(record.managed());
}

TEST(RegistrationRecord, KeepsWhatAnAnswerLeavesOut) {
  Record record = full();
  record.take({"c", {}, {}, "", 0, R"({"scope":"a"})"});

  EXPECT_EQ(record.client_secret, Secret("s"));
  EXPECT_EQ(record.registration_access_token, Secret("r"));
  EXPECT_EQ(record.metadata, R"({"scope":"a"})");
}

TEST(RegistrationLedger, SavesWhatTheVaultRefusedAtTheNextLook) {
  testing::MemoryVault vault;
  Ledger ledger(vault);
  const ir::Owner owner = testing::client_fragment().owner;
  vault.fail_save(1);

  EXPECT_FALSE(ledger.save_or_pocket(owner, full()));
  EXPECT_EQ(vault.size(), 0U);
  const auto again = ledger.load(owner);

  ASSERT_TRUE(again);
  EXPECT_EQ(again->client_id, "c");
  EXPECT_EQ(vault.size(), 1U);
}

TEST(RegistrationLedger, KnowsNothingOfOwnersThatItNeverSaw) {
  testing::MemoryVault vault;

  EXPECT_EQ(Ledger(vault).load(testing::client_fragment().owner)->state, Record::State::None);
}

}  // namespace
}  // namespace sallyport::idp::registration
