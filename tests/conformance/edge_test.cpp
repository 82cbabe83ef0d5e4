// SPDX-License-Identifier: Apache-2.0
// What every gateway backend has to get right on a good day.
#include "tests/conformance/edge_stage.hpp"

namespace sallyport::edge {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

TEST_F(EdgeConformance, ChecksAHealthyDevice) {
  const Result<Condition> condition = provider->check({});

  ASSERT_TRUE(condition.has_value()) << condition.error().text();
  EXPECT_EQ(condition->active_unit, "https://bigip-0.example.com");
  EXPECT_THAT(condition->version, HasSubstr("AS3 3."));
  EXPECT_TRUE(condition->unclaimed.empty());
}

TEST_F(EdgeConformance, CreatesAnEndpointBehindItsTokenPolicyAndReadsItBack) {
  const auto verdicts = put({fragment()});

  ASSERT_THAT(verdicts, SizeIs(1));
  EXPECT_OUTCOME(verdicts[0], ir::Outcome::Applied);
  ASSERT_THAT(virtuals(), SizeIs(1)) << virtuals();
  EXPECT_EQ(virtuals()[0]["accessProfile"], "/Common/corp_oauth");
  EXPECT_EQ(virtuals()[0]["perRequestPolicy"], "/Common/corp_oauth_api");
  EXPECT_EQ(virtuals()[0]["port"], 443);
  const Observed observed = observe();
  EXPECT_EQ(observed.entries.at(fragment().place).owner_mark, owner_mark(fragment().owner.uid));
  EXPECT_TRUE(fragment().hash().starts_with(observed.entries.at(fragment().place).hash));
  EXPECT_TRUE(observed.foreign_tenants.empty());
}

/// Another step of the tenant may come before anybody has told what the first one said.
TEST_F(EdgeConformance, TellsOfTheCertificateThatIsShownAtEachLookAndNotOnlyAtTheWrite) {
  EXPECT_TRUE(put({fragment("fraud", 1)})[0].facts.contains("certificate_until"));
  put({fragment("churn", 2)});

  const Diff settled = diff({fragment("fraud", 1)}, observe());

  EXPECT_TRUE(settled.settled.at(fragment("fraud", 1).place).facts.contains("certificate_until"));
}

TEST_F(EdgeConformance, AddsToATenantThatIsThere) {
  put({fragment("fraud", 1)});

  EXPECT_OUTCOME(put({fragment("churn", 2)})[0], ir::Outcome::Applied);

  EXPECT_THAT(virtuals(), SizeIs(2));
}

TEST_F(EdgeConformance, CreatesASecondTenantBesideTheFirst) {
  put({fragment("fraud", 1)});
  ir::EdgeFragment elsewhere = fragment("churn", 2);
  elsewhere.place.tenant = "sp_inst0001_other_1";

  EXPECT_OUTCOME(put({elsewhere})[0], ir::Outcome::Applied);

  EXPECT_THAT(virtuals(), SizeIs(2));
}

TEST_F(EdgeConformance, WritesNothingWhenConverged) {
  reconcile({fragment()});
  asked.clear();

  reconcile({fragment()});
  reconcile({fragment()});

  EXPECT_THAT(writes(), SizeIs(0));
}

TEST_F(EdgeConformance, ReadsATenantOnceForALookAndTheWriteThatFollows) {
  put({fragment("fraud", 1)});
  asked.clear();

  reconcile({fragment("fraud", 1), fragment("churn", 2)});

  EXPECT_EQ(std::count_if(asked.begin(), asked.end(),
                          [](const Asked& one) {
                            return one.request.method == "GET" &&
                                   one.request.target.find("/declare/") != std::string::npos;
                          }),
            1);
  EXPECT_THAT(virtuals(), SizeIs(2));
}

TEST_F(EdgeConformance, LooksAgainBeforeAWriteThatComesLate) {
  put({fragment("fraud", 1)});
  const Diff planned = diff({absent(fragment("fraud", 1))}, observe());
  clock.advance(std::chrono::minutes(1));
  remove({absent(fragment("fraud", 1))});
  asked.clear();

  EXPECT_OUTCOME(provider->apply(planned.changes, {})[0], ir::Outcome::Gone);

  EXPECT_THAT(writes(), SizeIs(0));
}

TEST_F(EdgeConformance, PutsSeveralApplicationsOfATenantInOneWrite) {
  put({fragment("fraud", 1)});
  asked.clear();

  const auto verdicts =
      provider->apply({{fragment("churn", 2), fragment("credit", 3)}, {absent(fragment("fraud", 1))}}, {});

  EXPECT_OUTCOME(verdicts[0], ir::Outcome::Applied);
  EXPECT_OUTCOME(verdicts[2], ir::Outcome::Gone);
  const Observed observed = observe();
  EXPECT_EQ(observed.entries.size(), 2U);
  ASSERT_FALSE(writes().empty());
  EXPECT_THAT(writes().back().request.changes, SizeIs(3));
}

TEST_F(EdgeConformance, SharesPoolAndMonitorOfAServingHostAndDropsThemWhenUnused) {
  put({fragment("fraud", 1), fragment("churn", 2)});
  const json shared = declared()[fragment().place.tenant]["Shared"];
  EXPECT_EQ(shared.size(), 5U) << shared;  // class, template, pool, monitor, TLS

  ir::EdgeFragment moved = fragment("churn", 2);
  moved.upstream.host = "route-1.serving.example.net";
  EXPECT_OUTCOME(put({moved})[0], ir::Outcome::Applied);
  EXPECT_EQ(declared()[fragment().place.tenant]["Shared"].size(), 8U);

  EXPECT_OUTCOME(remove({absent(fragment("fraud", 1))})[0], ir::Outcome::Gone);
  EXPECT_EQ(declared()[fragment().place.tenant]["Shared"].size(), 5U);
}

TEST_F(EdgeConformance, UpdatesInPlace) {
  put({fragment()});
  ir::EdgeFragment edited = fragment();
  edited.max_concurrent = 17;

  const auto verdicts = reconcile({edited});

  ASSERT_THAT(verdicts, SizeIs(1));
  EXPECT_OUTCOME(verdicts[0], ir::Outcome::Applied);
  EXPECT_EQ(declared()[edited.place.tenant][edited.place.application]["vs"]["maxConnections"], 17);
}

TEST_F(EdgeConformance, FindsDriftAndRepairsIt) {
  put({fragment("fraud", 1), fragment("churn", 2)});
  ASSERT_TRUE(provider->drifted({fragment("fraud", 1), fragment("churn", 2)}, {})->empty());
  control("/_sim/edit", {{"op", "merge"},
                         {"component", "ltm virtual"},
                         {"path", "/sp_inst0001_risk_1/fraud_0a1b2c3d/vs"},
                         {"properties", {{"connectionLimit", 99}}}});

  const auto drifted = provider->drifted({fragment("fraud", 1), fragment("churn", 2)}, {});

  ASSERT_TRUE(drifted.has_value()) << drifted.error().text();
  EXPECT_THAT(*drifted, ::testing::ElementsAre(fragment("fraud", 1).place));
  const auto verdicts = put({fragment("fraud", 1)});
  EXPECT_OUTCOME(verdicts[0], ir::Outcome::Applied);
  EXPECT_TRUE(verdicts[0].drift_repaired);
  EXPECT_TRUE(provider->drifted({fragment("fraud", 1), fragment("churn", 2)}, {})->empty());
}

TEST_F(EdgeConformance, LooksForDriftWithoutSecretsOnceItHasCompared) {
  put({fragment("fraud", 1), fragment("churn", 2)});
  ASSERT_TRUE(provider->drifted({fragment("fraud", 1), fragment("churn", 2)}, {})->empty());
  const int read = secrets.reads();
  control("/_sim/edit", {{"op", "merge"},
                         {"component", "ltm virtual"},
                         {"path", "/sp_inst0001_risk_1/fraud_0a1b2c3d/vs"},
                         {"properties", {{"connectionLimit", 99}}}});
  asked.clear();

  EXPECT_THAT(*provider->drifted({fragment("fraud", 1), fragment("churn", 2)}, {}),
              ::testing::ElementsAre(fragment("fraud", 1).place));

  EXPECT_EQ(secrets.reads(), read);
  for (const Asked& one : asked) EXPECT_EQ(one.request.body.find("PRIVATE KEY"), std::string::npos);
}

TEST_F(EdgeConformance, FindsWhatSomebodyDeclaredUnderOurMark) {
  put({fragment("fraud", 1)});
  ASSERT_TRUE(provider->drifted({fragment("fraud", 1)}, {})->empty());
  http::Incoming theirs{"PATCH", "/mgmt/shared/appsvcs/declare/sp_inst0001_risk_1", {}, "", "127.0.0.1:2"};
  theirs.headers["Authorization"] = "Basic " + base64_encode("admin:s3cret");
  theirs.body = R"([{"op":"add","path":"/sp_inst0001_risk_1/fraud_0a1b2c3d/vs/maxConnections","value":99}])";
  ASSERT_EQ(simulator->serve(theirs, 0).status, 200);

  EXPECT_THAT(*provider->drifted({fragment("fraud", 1)}, {}), ::testing::ElementsAre(fragment("fraud", 1).place));
}

TEST_F(EdgeConformance, LooksForDriftAlsoWhereTheSecretIsGone) {
  put({fragment("fraud", 1)});
  secrets.set("risk", "fraud-tls", {});
  control("/_sim/edit", {{"op", "merge"},
                         {"component", "ltm virtual"},
                         {"path", "/sp_inst0001_risk_1/fraud_0a1b2c3d/vs"},
                         {"properties", {{"connectionLimit", 99}}}});

  EXPECT_THAT(*provider->drifted({fragment("fraud", 1)}, {}), ::testing::ElementsAre(fragment("fraud", 1).place));
}

TEST_F(EdgeConformance, WritesNothingWhileLookingForDrift) {
  put({fragment()});
  asked.clear();

  EXPECT_TRUE(provider->drifted({fragment()}, {}).has_value());

  EXPECT_THAT(writes(), SizeIs(0));
}

TEST_F(EdgeConformance, KnowsItsOwnChangesBesideAForeignCommon) {
  ASSERT_TRUE(provider->persist({}).has_value());
  control("/_sim/common", json::object());

  EXPECT_OUTCOME(put({fragment("fraud", 1)})[0], ir::Outcome::Applied);
  EXPECT_OUTCOME(put({fragment("churn", 2)})[0], ir::Outcome::Applied);
  EXPECT_EQ(provider->persist({}).value(), Persisted::Saved);
  control("/_sim/edit", {{"op", "merge"},
                         {"component", "ltm virtual"},
                         {"path", "/sp_inst0001_risk_1/fraud_0a1b2c3d/vs"},
                         {"properties", {{"connectionLimit", 99}}}});

  EXPECT_THAT(*provider->drifted({fragment("fraud", 1), fragment("churn", 2)}, {}),
              ::testing::ElementsAre(fragment("fraud", 1).place));
}

TEST_F(EdgeConformance, DoesNotTakeTheFailureOfAForeignCommonForItsOwn) {
  control("/_sim/common", {{"trouble", "01070734:3: Configuration error"}});

  EXPECT_OUTCOME(put({fragment()})[0], ir::Outcome::Applied);

  EXPECT_THAT(virtuals(), SizeIs(1));
  EXPECT_TRUE(declared().contains("Common"));
}

TEST_F(EdgeConformance, LeavesAForeignTenantUntouched) {
  ir::EdgeConnection other = bigip::testing::connection({"https://bigip-0.example.com"});
  other.instance = InstanceId("inst0002");
  const auto theirs = *make_edge_provider(other, {[this](http::ClientOptions) -> Result<std::unique_ptr<http::Client>> {
                                                    return std::make_unique<UnitClient>(*simulator, 0, asked, clock);
                                                  },
                                                  secrets, clock, random});
  theirs->apply({{fragment("fraud", 1)}, {}}, {});
  const json before = declared();
  asked.clear();

  EXPECT_EQ(observe().foreign_tenants, std::set<std::string>{fragment().place.tenant});
  const auto verdicts = provider->apply({{fragment("churn", 2)}, {absent(fragment("fraud", 1))}}, {});

  EXPECT_OUTCOME(verdicts[0], ir::Outcome::Rejected);
  EXPECT_OUTCOME(verdicts[1], ir::Outcome::Rejected);
  EXPECT_EQ(verdicts[0].error->code, Code::Conflict);
  EXPECT_THAT(writes(), SizeIs(0));
  EXPECT_EQ(declared(), before);
}

TEST_F(EdgeConformance, LeavesAnotherOwnersApplicationUntouched) {
  put({fragment()});
  ir::EdgeFragment impostor = fragment();
  impostor.owner.uid = Uid("uid-of-another");
  asked.clear();

  EXPECT_OUTCOME(put({impostor})[0], ir::Outcome::Rejected);
  EXPECT_OUTCOME(remove({absent(impostor)})[0], ir::Outcome::Rejected);

  EXPECT_THAT(writes(), SizeIs(0));
}

TEST_F(EdgeConformance, DeletesTwice) {
  put({fragment()});

  EXPECT_OUTCOME(remove({absent(fragment())})[0], ir::Outcome::Gone);
  EXPECT_OUTCOME(remove({absent(fragment())})[0], ir::Outcome::Gone);

  EXPECT_TRUE(virtuals().empty());
  EXPECT_TRUE(observe().entries.empty());
}

TEST_F(EdgeConformance, SavesOnceForManyWrites) {
  put({fragment("fraud", 1)});
  put({fragment("churn", 2)});

  ASSERT_TRUE(provider->persist({}).has_value());
  const json unit = control("/_sim/state", nullptr)["units"][0];
  EXPECT_EQ(unit["saved"]["id"], unit["running"]["id"]);
  asked.clear();
  EXPECT_TRUE(provider->persist({}).has_value());
  EXPECT_TRUE(asked.empty());
}

TEST_F(EdgeConformance, SavesOnceAfterAStartForWhatAFormerProcessMayHaveLeftUnsaved) {
  ASSERT_TRUE(provider->persist({}).has_value());
  EXPECT_FALSE(asked.empty());

  asked.clear();
  EXPECT_TRUE(provider->persist({}).has_value());
  EXPECT_TRUE(asked.empty());
}

TEST_F(EdgeConformance, ReportsAddressesInUseAndItsOwnMarks) {
  put({fragment()});
  control("/_sim/edit", {{"op", "put"},
                         {"component", "ltm virtual-address"},
                         {"path", "/Common/198.51.100.9"},
                         {"properties", {{"address", "198.51.100.9"}}}});
  control("/_sim/edit",
          {{"component", "net self"}, {"path", "/Common/internal"}, {"properties", {{"address", "198.51.100.10/24"}}}});
  control(
      "/_sim/edit",
      {{"component", "ltm snat-translation"}, {"path", "/Common/out"}, {"properties", {{"address", "198.51.100.11"}}}});

  const Result<Condition> condition = provider->check({});

  ASSERT_TRUE(condition.has_value()) << condition.error().text();
  EXPECT_TRUE(condition->addresses_in_use.contains("192.0.2.33"))
      << ::testing::PrintToString(condition->addresses_in_use);
  for (const char* foreign : {"198.51.100.9", "198.51.100.10", "198.51.100.11"})
    EXPECT_TRUE(condition->addresses_in_use.contains(foreign)) << foreign;
  EXPECT_THAT(condition->unclaimed, ::testing::ElementsAre("sp_inst0001_risk_1/fraud_0a1b2c3d"));
}

TEST_F(EdgeConformance, ShowsNoSecretInWhatItSays) {
  ir::EdgeFragment bad = fragment("bad", 3);
  bad.policy.access_profile = "/Common/not_there";
  const auto verdicts = put({bad, fragment()});

  for (const ir::Verdict& verdict : verdicts) {
    const std::string said = (verdict.error ? verdict.error->text() : "") + ::testing::PrintToString(verdict.notes);
    EXPECT_EQ(said.find("PRIVATE"), std::string::npos);
    EXPECT_EQ(said.find("s3cret"), std::string::npos);
  }
  EXPECT_EQ(provider->render({fragment()}).find("BEGIN"), std::string::npos);
}

}  // namespace
}  // namespace sallyport::edge
