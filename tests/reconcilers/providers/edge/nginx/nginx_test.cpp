// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/edge/nginx/nginx.hpp"

#include <algorithm>

#include "tests/reconcilers/providers/edge/nginx/publication_stage.hpp"

namespace sallyport::edge::nginx {
namespace {

using ir::Outcome;
using ::testing::ElementsAre;
using testing::fragment;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::json;
using testing::kTenant;

class NginxGateway : public testing::PublicationStage {};

TEST_F(NginxGateway, HasSomethingForAgentsToBeginWith) {
  ASSERT_TRUE(check().has_value());

  EXPECT_EQ(manifest()["endpoints"], json::array());
  EXPECT_EQ(manifest()["gateway"], "edge");
  EXPECT_EQ(manifest()["instance"], "inst0001");
  EXPECT_EQ(manifest()["madeAt"], to_rfc3339(clock.now()));
  EXPECT_EQ(manifest()["useUntil"], to_rfc3339(clock.now() + std::chrono::hours(24)));
  const json keys = json::parse(sallyport::testing::read_text(published + "/keys.json"));
  EXPECT_EQ(keys["keys"].size(), 1U);
  EXPECT_FALSE(keys["keys"][0].contains("d"));
  EXPECT_EQ(sallyport::testing::mode_of(published), 0700U);
}

TEST_F(NginxGateway, SignsAnewWhatIsAQuarterThrough) {
  (void)check();
  const json before = manifest();
  clock.advance(std::chrono::hours(5));
  (void)check();
  EXPECT_EQ(manifest(), before);

  clock.advance(std::chrono::hours(1));
  (void)check();
  EXPECT_GT(manifest()["serial"], before["serial"]);
  EXPECT_EQ(provider->heartbeat(), std::chrono::hours(6));
}

TEST_F(NginxGateway, LeavesWhatSomebodyElsePublishesAlone) {
  (void)check();
  const std::string theirs = sallyport::testing::read_text(published + "/manifest");
  secrets.set("sallyport", "edge-signing", *new_credentials());
  start();

  const auto condition = check();
  EXPECT_EQ(condition.error().code, Code::Conflict);
  EXPECT_EQ(condition.error().where, "spec.nginx.directory");
  EXPECT_EQ(put({fragment()})[0].outcome, Outcome::Unknown);
  EXPECT_EQ(sallyport::testing::read_text(published + "/manifest"), theirs);
}

TEST_F(NginxGateway, LeavesWhatAnotherInstallationPublishesWithTheSameKeyAlone) {
  (void)check();
  instance = "inst0002";
  start();
  EXPECT_THAT(check().error().message, HasSubstr("inst0001"));
}

TEST_F(NginxGateway, HandsItsSigningKeyOver) {
  (void)check();
  ir::SecretBytes keys = *secrets.read("sallyport", "edge-signing");
  const Secret next = new_credentials()->at("signing.key");
  keys.insert_or_assign("next.key", next);
  secrets.set("sallyport", "edge-signing", keys);
  start();
  ASSERT_TRUE(check().has_value());
  EXPECT_EQ(manifest()["keys"].size(), 2U);

  secrets.set("sallyport", "edge-signing", {{"signing.key", next}, {"previous.key", keys.at("signing.key")}});
  start();
  ASSERT_TRUE(check().has_value());
  EXPECT_EQ(manifest()["keys"].size(), 1U);
  const std::string id = publication::Signer::read(next)->id();
  EXPECT_THAT(sallyport::testing::read_text(published + "/manifest"), HasSubstr(" " + id + " "));
}

TEST_F(NginxGateway, SaysWhichKeyCannotBeRead) {
  secrets.set("sallyport", "edge-signing", {{"signing.key", Secret("no key")}});
  start();
  EXPECT_EQ(check().error().where, "spec.nginx.signingKeySecret");
  secrets.set("sallyport", "edge-signing", {{"other", Secret("no key")}});
  start();
  EXPECT_THAT(check().error().message, HasSubstr("has no signing.key"));
}

TEST_F(NginxGateway, TellsOfItsAgentsAndOfPlacesOfOurs) {
  (void)check();
  EXPECT_THAT(check()->notes, ElementsAre(HasSubstr("no agent")));
  (void)put({fragment()});
  report();
  const Condition condition = *check();
  EXPECT_THAT(condition.notes, IsEmpty());
  EXPECT_THAT(condition.unclaimed, ElementsAre(std::string(kTenant) + "/fraud_0a1b2c3d"));
}

TEST_F(NginxGateway, PassesOnWhatOthersSayOfIt) {
  (void)put({fragment()});
  report();
  notes = {"its authority ends soon"};
  EXPECT_THAT(check()->notes, ElementsAre("its authority ends soon"));
}

TEST_F(NginxGateway, SeesWhatWasPublishedByAFormerProcess) {
  (void)put({fragment()});
  report();
  start();

  const auto entries = observe().entries;
  ASSERT_EQ(entries.size(), 1U);
  const auto& [place, entry] = *entries.begin();
  EXPECT_EQ(place, fragment().place);
  EXPECT_EQ(entry.owner_mark, owner_mark(fragment().owner.uid));
  EXPECT_EQ(entry.hash, fragment().hash());
  EXPECT_TRUE(entry.in_force);
  EXPECT_TRUE(diff({fragment()}, observe()).changes.empty());
  EXPECT_THAT(provider->observe({"sp_inst0001_other_1"}, {})->entries, IsEmpty());
}

TEST_F(NginxGateway, LooksAgainSoonOnlyWhileSomethingIsNotInForce) {
  (void)put({fragment()});
  EXPECT_EQ(provider->look_again(), std::chrono::seconds(1));
  clock.advance(std::chrono::minutes(2));
  (void)put({fragment()});
  EXPECT_EQ(provider->look_again(), std::chrono::seconds(10));
  report();
  (void)observe();
  EXPECT_EQ(provider->look_again(), std::nullopt);
}

TEST_F(NginxGateway, FindsWhatIsMissingOnTheDisk) {
  (void)put({fragment()});
  report();
  EXPECT_THAT(*provider->drifted({fragment()}, {}), IsEmpty());
  std::filesystem::remove(published + "/objects/" + manifest()["endpoints"][0]["document"].get<std::string>());
  EXPECT_THAT(*provider->drifted({fragment()}, {}), ElementsAre(fragment().place));
  (void)provider->apply({{fragment()}, {}}, {});
  EXPECT_EQ(document("fraud_0a1b2c3d")["revision"], fragment().hash());
  EXPECT_THAT(*provider->drifted({fragment()}, {}), IsEmpty());

  std::filesystem::remove(published + "/objects/" + document("fraud_0a1b2c3d")["certificate"].get<std::string>());
  EXPECT_THAT(*provider->drifted({fragment()}, {}), ElementsAre(fragment().place));
  (void)provider->apply({{fragment()}, {}}, {});
  EXPECT_THAT(*provider->drifted({fragment()}, {}), IsEmpty());
}

TEST_F(NginxGateway, TakesAwayWhatNobodyNeedsAtTheSecondLook) {
  (void)put({fragment()});
  report();
  const std::string before = manifest()["endpoints"][0]["document"];
  ir::EdgeFragment edited = fragment();
  edited.max_concurrent = 7;
  (void)put({edited});
  const auto there = [&] { return std::filesystem::exists(published + "/objects/" + before); };
  const auto look = [&] {
    clock.advance(std::chrono::minutes(1));
    (void)check();
  };
  look();
  EXPECT_TRUE(there());  // an agent still tells of it
  report();
  look();
  EXPECT_TRUE(there());
  (void)check();
  EXPECT_TRUE(there());  // somebody may be fetching it
  report();
  look();
  EXPECT_FALSE(there());
  EXPECT_EQ(document("fraud_0a1b2c3d")["traffic"]["maxConcurrent"], 7);
}

TEST_F(NginxGateway, SignsAnewAtOnceWhenItMayBeUsedForAnotherTime) {
  (void)check();
  use_for = std::chrono::hours(720);
  start();
  (void)check();
  EXPECT_EQ(manifest()["useUntil"], to_rfc3339(clock.now() + std::chrono::hours(720)));
}

TEST_F(NginxGateway, SignsNothingAnewForAPartOfASecond) {
  use_for = std::chrono::hours(1) + std::chrono::milliseconds(500);
  start();
  (void)check();
  const json before = manifest();
  (void)check();
  EXPECT_EQ(manifest(), before);
}

TEST_F(NginxGateway, WaitsForASilentAgentAsLongAsWhatItHasMayBeUsed) {
  (void)put({fragment()});
  report();
  use_for = std::chrono::minutes(10);
  start();
  (void)check();
  clock.advance(std::chrono::hours(1));
  EXPECT_EQ(remove(fragment())[0].outcome, Outcome::Pending);
  clock.advance(std::chrono::hours(24));
  EXPECT_EQ(remove(fragment())[0].outcome, Outcome::Gone);
}

TEST_F(NginxGateway, IsNotWellWhileNobodyInstallsWhatIsPublished) {
  (void)check();
  EXPECT_FALSE(kept_error.has_value());
  (void)put({fragment()});
  (void)check();
  EXPECT_THAT(kept_error->message, HasSubstr("no agent"));
  report();
  (void)check();
  EXPECT_FALSE(kept_error.has_value());
}

TEST_F(NginxGateway, CountsAnOlderPublicationThatSomebodyPutBackAsLost) {
  (void)put({fragment()});
  report();
  const std::string older = sallyport::testing::read_text(published + "/manifest");
  (void)put({fragment("churn")});
  report();
  placed = {{"fraud_0a1b2c3d", "risk/fraud"}, {"churn_0a1b2c3d", "risk/churn"}};
  sallyport::testing::write_text(published + "/manifest", older);
  start();

  EXPECT_TRUE(check()->incomplete);
  EXPECT_THAT(kept_error->message, HasSubstr("risk/churn"));
  EXPECT_EQ(sallyport::testing::read_text(published + "/manifest"), older);
  EXPECT_EQ(put({fragment()})[0].outcome, Outcome::Unknown);
  (void)put({fragment("churn")});
  EXPECT_EQ(manifest()["endpoints"].size(), 2U);
  EXPECT_FALSE(check()->incomplete);
}

TEST_F(NginxGateway, NeitherReadsNorMakesAKeyForAPlanBeforeTheFirstStart) {
  named = false;
  start();
  const int reads = secrets.reads();
  EXPECT_TRUE(provider->check({}).has_value());
  EXPECT_THAT(observe().entries, IsEmpty());
  EXPECT_EQ(secrets.reads(), reads);
  EXPECT_FALSE(provider->persist({}).has_value());
}

TEST_F(NginxGateway, LeavesNoKeyOfAnEndpointBehindWhenItGoes) {
  (void)put({fragment()});
  (void)remove(fragment());
  provider->close({});
  EXPECT_TRUE(std::filesystem::is_empty(published + "/objects"));
}

TEST_F(NginxGateway, ShowsWhatItWouldPublishWithoutAnySecret) {
  ir::EdgeFragment bad = fragment("bad");
  bad.check->audience.clear();
  const int reads = secrets.reads();

  const json shown = json::parse(provider->render({fragment(), bad}));

  EXPECT_EQ(secrets.reads(), reads);
  EXPECT_EQ(shown[kTenant].size(), 1U);
  const json& endpoint = shown[kTenant]["fraud_0a1b2c3d"];
  EXPECT_EQ(endpoint["certificate"], "<secret risk/fraud-tls#tls.crt, tls.key>");
  EXPECT_EQ(endpoint["token"]["audience"], "https://ml.example.com");
  EXPECT_THAT(writes, IsEmpty());
}

TEST_F(NginxGateway, OffersAgainOnlyWhatCanBeWritten) {
  ir::EdgeFragment bad = fragment("bad");
  bad.check->audience.clear();
  EXPECT_THAT(*provider->would_take({fragment(), bad}, {}), ElementsAre(fragment().place));
}

}  // namespace
}  // namespace sallyport::edge::nginx
