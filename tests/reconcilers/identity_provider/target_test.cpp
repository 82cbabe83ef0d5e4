// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/identity_provider/target.hpp"

#include <gmock/gmock.h>

#include "tests/reconcilers/memory_store.hpp"
#include "tests/reconcilers/surroundings.hpp"

namespace sallyport::identity_provider {
namespace {

using ir::Outcome;
using ir::Wish;
using shared::IdentityLink;
using ::testing::HasSubstr;

class FakeProvider final : public idp::IdpProvider {
 public:
  Result<idp::Discovery> discover(std::stop_token) override {
    if (unwell) return *unwell;
    return idp::Discovery{"https://idp.test", "https://idp.test/token", "", "", "h"};
  }
  ir::Verdict converge(const ir::ClientFragment& fragment, std::stop_token) override {
    ++converged;
    return sallyport::testing::verdict_of(fragment.wish == Wish::Present ? Outcome::Applied : Outcome::Gone);
  }
  ir::Verdict compare(const ir::ClientFragment&, std::stop_token) override {
    ++compared;
    return sallyport::testing::verdict_of(Outcome::Unknown);
  }
  Result<idp::Credentials> credentials(const ir::ClientFragment&) override {
    return idp::Credentials{"c1", Secret(secret), "https://idp.test", "https://idp.test/token", "a"};
  }
  std::string render(const ir::ClientFragment&) const override { return {}; }

  std::optional<Error> unwell;
  std::string secret = "s1";
  int converged = 0;
  int compared = 0;
};

class ProviderTarget : public ::testing::Test {
 protected:
  void SetUp() override { link.use(provider); }
  void want(Wish wish, const std::string& secret_name = "fraud-client") {
    ir::ClientFragment fragment;
    fragment.wish = wish;
    fragment.owner = {"ProtectedEndpoint", "risk", "fraud", Uid("u1"), "7", 1};
    fragment.consumer_secret = secret_name;
    link.submit(target, fragment, runtime::Priority::Normal);
  }
  runtime::Next run() { return step(link, target, {}); }
  ir::Verdict verdict() { return *link.verdict(target, Uid("u1")); }
  std::string secret(const std::string& name, const std::string& key) {
    const auto bytes = store.bytes("risk", name);
    return bytes.contains(key) ? bytes.at(key).reveal() : "";
  }

  const Key target = shared::client_target(Uid("u1"));
  sallyport::testing::Surroundings around;
  shared::Caches caches;
  sallyport::testing::MemoryStore store{caches};
  std::shared_ptr<FakeProvider> provider = std::make_shared<FakeProvider>();
  IdentityLink::Step step = client_step(store);
  IdentityLink link{
      {"IdentityProvider", "", "corporate"}, sallyport::testing::no_step<IdentityLink>, 1, around.around()};
};

TEST_F(ProviderTarget, DeliversTheCredentialsWhereTheApplicationExpectsThem) {
  want(Wish::Present);
  EXPECT_FALSE(run().error.has_value());

  EXPECT_EQ(verdict().outcome, Outcome::Applied);
  EXPECT_EQ(secret("fraud-client", "client_id"), "c1");
  EXPECT_EQ(secret("fraud-client", "client_secret"), "s1");
  EXPECT_EQ(secret("fraud-client", "token_url"), "https://idp.test/token");
  const auto meta = store.secrets().get("risk", "fraud-client")->meta;
  EXPECT_EQ(meta.labels.at(std::string(shared::kOwnerUid)), "u1");
}

TEST_F(ProviderTarget, WritesTheSecretOnlyWhenItDiffers) {
  want(Wish::Present);
  (void)run();
  const int writes = store.writes();
  (void)run();
  EXPECT_EQ(store.writes(), writes);

  provider->secret = "s2";
  (void)run();
  EXPECT_EQ(secret("fraud-client", "client_secret"), "s2");
}

TEST_F(ProviderTarget, NeverOverwritesASecretThatItDidNotMake) {
  store.put_secret("risk", "fraud-client", {{"mine", Secret("precious")}});
  want(Wish::Present);

  EXPECT_EQ(run().error->code, Code::Conflict);

  EXPECT_EQ(verdict().outcome, Outcome::Rejected);
  EXPECT_THAT(verdict().error->text(), HasSubstr("was not made by Sallyport"));
  EXPECT_EQ(verdict().error->where, "spec.client.secretName");
  EXPECT_EQ(secret("fraud-client", "mine"), "precious");
}

TEST_F(ProviderTarget, TakesItsOldSecretAwayWhenTheNameChanges) {
  want(Wish::Present);
  (void)run();
  want(Wish::Present, "tokens");
  (void)run();

  EXPECT_EQ(secret("tokens", "client_id"), "c1");
  EXPECT_EQ(store.secrets().get("risk", "fraud-client"), nullptr);
}

TEST_F(ProviderTarget, TakesItsSecretAwayWithTheClientAndLeavesOthers) {
  want(Wish::Present);
  (void)run();
  store.put_secret("risk", "another", {{"mine", Secret("precious")}});
  want(Wish::Absent);
  (void)run();

  EXPECT_EQ(verdict().outcome, Outcome::Gone);
  EXPECT_EQ(store.secrets().get("risk", "fraud-client"), nullptr);
  EXPECT_EQ(secret("another", "mine"), "precious");
}

TEST_F(ProviderTarget, LeavesTheSecretThatTheNewProviderHasDeliveredAfterAMove) {
  want(Wish::Present);
  (void)run();
  IdentityLink second{
      {"IdentityProvider", "", "corporate-2"}, sallyport::testing::no_step<IdentityLink>, 1, around.around()};
  const auto other = std::make_shared<FakeProvider>();
  other->secret = "s2";
  second.use(other);
  for (const ir::ClientFragment& fragment : link.wanted(target))
    second.submit(target, fragment, runtime::Priority::Normal);
  (void)step(second, target, {});

  want(Wish::Absent);
  (void)run();

  EXPECT_EQ(verdict().outcome, Outcome::Gone);
  EXPECT_EQ(secret("fraud-client", "client_secret"), "s2");
}

TEST_F(ProviderTarget, LeavesTheSecretOfAReleasedClientToTheApplication) {
  want(Wish::Present);
  (void)run();
  want(Wish::Release);
  (void)run();

  EXPECT_EQ(verdict().outcome, Outcome::Gone);
  EXPECT_EQ(secret("fraud-client", "client_id"), "c1");
  EXPECT_EQ(store.controller_of("risk", "fraud-client"), Uid()) << "or it would go with the object";
}

TEST_F(ProviderTarget, ForgetsNoClientWhoseSecretIsNotSafe) {
  want(Wish::Present);
  (void)run();
  const int converged = provider->converged;
  store.refuse_secrets(sallyport::testing::MemoryStore::Verb::Write, Error{Code::Unavailable, "away", {}, {}});
  want(Wish::Release);

  EXPECT_EQ(run().error->code, Code::Unavailable);

  EXPECT_EQ(verdict().outcome, Outcome::Unknown);
  EXPECT_EQ(provider->converged, converged);
}

TEST_F(ProviderTarget, TellsWhichVersionOfTheSecretHoldsWhatItDelivered) {
  want(Wish::Present);
  (void)run();

  EXPECT_EQ(verdict().facts.at("secret_version"), store.secrets().get("risk", "fraud-client")->meta.resource_version);
}

TEST_F(ProviderTarget, TriesAgainAndRejectsNothingWhileTheCacheIsBehind) {
  store.set_fresh(false);
  want(Wish::Present);

  EXPECT_EQ(run().error->code, Code::Unavailable);

  EXPECT_EQ(verdict().outcome, Outcome::Unknown);
  EXPECT_EQ(store.writes(), 0);
}

TEST_F(ProviderTarget, OnlyLooksWhereItMayOnlyObserveAndDoesNothingOnHold) {
  want(Wish::Observe);
  (void)run();
  want(Wish::Hold);
  (void)run();
  EXPECT_EQ(provider->compared, 1);
  EXPECT_EQ(provider->converged, 0);
  EXPECT_EQ(store.writes(), 0);
}

TEST_F(ProviderTarget, LooksAgainOnlyAtWhatSomebodyWants) {
  want(Wish::Present);
  EXPECT_TRUE(run().again_after.has_value());
  link.forget(target, Uid("u1"));

  EXPECT_FALSE(run().again_after.has_value());
  EXPECT_TRUE(step(link, link.check_target(), {}).again_after.has_value()) << "the provider itself is watched on";
}

TEST_F(ProviderTarget, KeepsTheLastLookAtTheIssuer) {
  EXPECT_FALSE(step(link, link.check_target(), {}).error.has_value());
  EXPECT_EQ((*link.health())->issuer, "https://idp.test");
  provider->unwell = Error{Code::Unavailable, "away", {}, {}};
  EXPECT_EQ(step(link, link.check_target(), {}).error->code, Code::Unavailable);
}

}  // namespace
}  // namespace sallyport::identity_provider
