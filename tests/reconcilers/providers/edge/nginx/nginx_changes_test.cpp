// SPDX-License-Identifier: Apache-2.0
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
using ::testing::SizeIs;

constexpr const char* kId = "fraud_0a1b2c3d";

class NginxChanges : public testing::PublicationStage {};

TEST_F(NginxChanges, AreAppliedOnceAnAgentHasThemInForce) {
  const ir::Verdict first = put({fragment()})[0];
  EXPECT_EQ(first.outcome, Outcome::Pending);
  EXPECT_THAT(first.notes.at(0), HasSubstr("published; no agent"));
  EXPECT_EQ(document(kId)["revision"], fragment().hash());

  report("Pending");
  EXPECT_THAT(put({fragment()})[0].notes.at(0), HasSubstr("about to reload"));
  report();
  const ir::Verdict applied = put({fragment()})[0];
  EXPECT_EQ(applied.outcome, Outcome::Applied);
  EXPECT_EQ(applied.hash, fragment().hash());
  EXPECT_EQ(applied.facts.at("path"), kId);
  EXPECT_EQ(applied.facts.at("address"), "edge.example.com");
}

TEST_F(NginxChanges, TellOfTheCertificateThatIsShownForAsLongAsThisProcessLives) {
  (void)put({fragment()});
  report();
  EXPECT_TRUE(put({fragment()})[0].facts.contains("certificate_until"));
  EXPECT_TRUE(diff({fragment()}, observe()).settled.begin()->second.facts.contains("certificate_until"));

  start();
  EXPECT_FALSE(diff({fragment()}, observe()).settled.begin()->second.facts.contains("certificate_until"));
}

TEST_F(NginxChanges, AreWrittenOnce) {
  (void)put({fragment()});
  const std::size_t before = writes.size();
  (void)put({fragment()});
  EXPECT_THAT(writes, SizeIs(before));
}

TEST_F(NginxChanges, LeadNobodyToADocumentThatIsNotThereYet) {
  (void)put({fragment()});
  ASSERT_FALSE(writes.empty());
  EXPECT_EQ(writes.back().target, "/manifest");
  EXPECT_EQ(std::ranges::count(writes, "/manifest", &http::Request::target), 1);
}

TEST_F(NginxChanges, NameEachEndpointInTheAuditTrail) {
  (void)put({fragment(), fragment("churn")});
  const std::vector<http::Change> told = writes.back().changes;
  ASSERT_THAT(told, SizeIs(2));
  EXPECT_EQ(told[0].object, "ProtectedEndpoint risk/fraud");
  EXPECT_EQ(told[0].target, "nginx edge: fraud_0a1b2c3d");
  EXPECT_EQ(told[0].action, "create");
  EXPECT_EQ(told[0].generation, 3);
  EXPECT_EQ(told[0].after, manifest()["endpoints"][1]["document"]);

  ir::EdgeFragment edited = fragment();
  edited.max_concurrent = 3;
  (void)put({edited});
  EXPECT_EQ(writes.back().changes.at(0).action, "update");
  EXPECT_EQ(writes.back().changes.at(0).before, told[0].after);
}

TEST_F(NginxChanges, KeepOthersGoingWhereOneIsBad) {
  secrets.set("risk", "churn-tls", {{"tls.crt", Secret("no")}, {"tls.key", Secret("no")}});
  const auto verdicts = put({fragment(), fragment("churn")});
  EXPECT_EQ(verdicts[0].outcome, Outcome::Pending);
  EXPECT_EQ(verdicts[1].outcome, Outcome::Rejected);
  EXPECT_EQ(verdicts[1].error->where, "spec.tls.secretName");
  EXPECT_THAT(manifest()["endpoints"], SizeIs(1));
}

TEST_F(NginxChanges, TellWhatAnAgentDidNotTake) {
  (void)put({fragment()});
  report("LeftOut", "nginx refuses it");
  const ir::Verdict verdict = put({fragment()})[0];
  EXPECT_EQ(verdict.outcome, Outcome::Rejected);
  EXPECT_THAT(verdict.error->message, HasSubstr("nginx refuses it"));
}

TEST_F(NginxChanges, NeverGoBackToAnOlderGeneration) {
  (void)put({fragment()});
  ir::EdgeFragment older = fragment();
  older.owner.generation = 2;
  older.max_concurrent = 9;
  const ir::Verdict verdict = put({older})[0];
  EXPECT_EQ(verdict.error->code, Code::Conflict);
  EXPECT_EQ(document(kId)["generation"], 3);
}

TEST_F(NginxChanges, RiseInSerialThoughTheClockStandsStill) {
  (void)put({fragment()});
  const json first = manifest()["serial"];
  (void)put({fragment("churn")});
  EXPECT_GT(manifest()["serial"], first);
}

TEST_F(NginxChanges, AreGoneOnceNoAgentServesThem) {
  (void)put({fragment()});
  report();
  EXPECT_EQ(remove(fragment())[0].outcome, Outcome::Pending);
  EXPECT_EQ(manifest()["endpoints"], json::array());
  EXPECT_THAT(observe().entries, SizeIs(1));
  EXPECT_EQ(writes.back().changes.at(0).action, "delete");

  report();
  EXPECT_THAT(observe().entries, IsEmpty());
  EXPECT_EQ(remove(fragment())[0].outcome, Outcome::Gone);
}

TEST_F(NginxChanges, AreSeenToBeGoneByTheNextProcessToo) {
  (void)put({fragment()});
  report();
  (void)remove(fragment());
  start();
  EXPECT_THAT(observe().entries, SizeIs(1));
  report();
  EXPECT_THAT(observe().entries, IsEmpty());
}

TEST_F(NginxChanges, AreGoneAtOnceWhereThereWasNeverAnAgent) {
  (void)put({fragment()});
  EXPECT_EQ(remove(fragment())[0].outcome, Outcome::Gone);
}

TEST_F(NginxChanges, AreGoneOnlyOnceAgentsHadTheTimeToTellAnOperatorThatHasJustBegun) {
  delivered = true;
  start();
  (void)put({fragment()});
  EXPECT_TRUE(observe().incomplete);
  const ir::Verdict early = remove(fragment())[0];
  EXPECT_EQ(early.outcome, Outcome::Pending);
  EXPECT_THAT(early.notes, ElementsAre(HasSubstr("has just begun")));

  clock.advance(std::chrono::seconds(45));

  EXPECT_FALSE(observe().incomplete);
  EXPECT_EQ(remove(fragment())[0].outcome, Outcome::Gone);
}

TEST_F(NginxChanges, WaitForALostPublicationToBeWholeAgain) {
  (void)put({fragment(), fragment("churn")});
  placed = {{kId, "risk/fraud"}, {"churn_0a1b2c3d", "risk/churn"}};
  std::filesystem::remove_all(published);
  start();
  EXPECT_TRUE(check()->incomplete);
  EXPECT_TRUE(manifest().is_null());

  const ir::Verdict first = put({fragment()})[0];
  EXPECT_EQ(first.outcome, Outcome::Unknown);
  EXPECT_THAT(first.error->message, HasSubstr("risk/churn"));
  EXPECT_TRUE(manifest().is_null());

  EXPECT_EQ(put({fragment("churn")})[0].outcome, Outcome::Pending);
  EXPECT_THAT(manifest()["endpoints"], SizeIs(2));
}

TEST_F(NginxChanges, TakeNothingForGoneWhoseRecordIsLost) {
  (void)put({fragment(), fragment("churn")});
  report();
  placed = {{kId, "risk/fraud"}, {"churn_0a1b2c3d", "risk/churn"}};
  std::filesystem::remove(published + "/manifest");
  std::filesystem::remove_all(published + "/objects");
  start();

  ASSERT_TRUE(observe().incomplete);
  ASSERT_EQ(diff({bigip::testing::absent(fragment("churn"))}, observe()).changes.remove.size(), 1U);
  EXPECT_EQ(put({fragment()})[0].outcome, Outcome::Unknown);
  EXPECT_EQ(remove(fragment("churn"))[0].outcome, Outcome::Pending);  // and nothing is missing any more
  EXPECT_THAT(manifest()["endpoints"], SizeIs(1));
  report();
  EXPECT_EQ(remove(fragment("churn"))[0].outcome, Outcome::Gone);
}

TEST_F(NginxChanges, TouchNothingOfAnotherOwner) {
  (void)put({fragment()});
  ir::EdgeFragment others = fragment();
  others.owner.uid = Uid("somebody-else");
  for (const ir::Verdict& verdict : {put({others})[0], remove(others)[0]}) {
    EXPECT_EQ(verdict.outcome, Outcome::Rejected);
    EXPECT_EQ(verdict.error->code, Code::Conflict);
  }
  EXPECT_EQ(document(kId)["uid"], "uid-fraud");
}

TEST_F(NginxChanges, FindAnEndpointWhoseDocumentIsGone) {
  (void)put({fragment()});
  report();
  std::filesystem::remove_all(published + "/objects");
  start();
  EXPECT_THAT(observe().entries, SizeIs(1));
  EXPECT_EQ(remove(fragment())[0].outcome, Outcome::Pending);
  EXPECT_EQ(manifest()["endpoints"], json::array());
}

TEST_F(NginxChanges, AreNotMadeOverWhatSomebodyElseHasJustPublished) {
  (void)put({fragment()});
  const auto another = std::move(provider);
  start();
  (void)put({fragment("churn")});
  (void)another->observe({testing::kTenant}, {});
  ir::EdgeFragment edited = fragment();
  edited.max_concurrent = 3;
  EXPECT_EQ(another->apply({{edited}, {}}, {})[0].outcome, Outcome::Unknown);
  (void)another->observe({testing::kTenant}, {});
  (void)another->apply({{edited}, {}}, {});
  EXPECT_THAT(manifest()["endpoints"], SizeIs(2));
}

TEST_F(NginxChanges, AreUnknownWhereTheyCannotBeWritten) {
  (void)put({fragment()});
  broken = true;
  ir::EdgeFragment edited = fragment();
  edited.max_concurrent = 3;
  const ir::Verdict verdict = put({edited})[0];
  EXPECT_EQ(verdict.outcome, Outcome::Unknown);
  EXPECT_THAT(verdict.error->message, HasSubstr("no space left"));
  EXPECT_FALSE(check().has_value() && document(kId)["traffic"].contains("maxConcurrent"));
  broken = false;
  EXPECT_EQ(put({edited})[0].outcome, Outcome::Pending);
  EXPECT_EQ(document(kId)["traffic"]["maxConcurrent"], 3);
}

TEST_F(NginxChanges, HandTheCredentialsOfTheOnePrincipalToAuthorizers) {
  ir::EdgeFragment one = fragment();
  one.check->principal = {"6f1c", {"risk", "fraud-upstream", "u", "1"}};
  secrets.set("risk", "fraud-upstream", {{"client_id", Secret("6f1c")}, {"client_secret", Secret("s\"e")}});

  EXPECT_EQ(put({one})[0].outcome, Outcome::Pending);

  const json upstream = document(kId)["upstream"];
  EXPECT_EQ(upstream["type"], "ServicePrincipal");
  const std::string object =
      sallyport::testing::read_text(published + "/objects/" + upstream["credentials"].get<std::string>());
  EXPECT_EQ(json::parse(object), (json{{"client_id", "6f1c"}, {"client_secret", "s\"e"}}));
}

TEST_F(NginxChanges, HandOverNobodyElsesCredentials) {
  ir::EdgeFragment one = fragment();
  one.check->principal = {"6f1c", {"risk", "fraud-upstream", "u", "1"}};
  secrets.set("risk", "fraud-upstream", {{"client_id", Secret("another")}, {"client_secret", Secret("s3cr3t")}});
  const ir::Verdict another = put({one})[0];
  secrets.set("risk", "fraud-upstream", {{"client_id", Secret("6f1c")}});
  const ir::Verdict half = put({one})[0];

  for (const ir::Verdict& verdict : {another, half}) {
    EXPECT_EQ(verdict.outcome, Outcome::Rejected);
    EXPECT_EQ(verdict.error->where, "spec.upstream.servicePrincipal.secretName");
    EXPECT_EQ(verdict.error->text().find("s3cr3t"), std::string::npos);
  }
  EXPECT_THAT(half.error->message, HasSubstr("has no client_id and client_secret"));
}

}  // namespace
}  // namespace sallyport::edge::nginx
