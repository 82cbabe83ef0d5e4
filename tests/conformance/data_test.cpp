// SPDX-License-Identifier: Apache-2.0
// What every data platform has to get right on good days: grants by the ledger, and everybody else's left alone.
#include "tests/conformance/data_stage.hpp"

namespace sallyport::data {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::string kAnalysts = "group:risk-analysts";
const std::string kScientists = "group:data-scientists";

TEST_F(DataConformance, KnowsWhoItIsAndWhereModelsAnswer) {
  EXPECT_EQ(*provider->check({}), simulators::databricks::kClient);
  const Result<ServingEndpoint> found = provider->resolve(kServing, {});
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->id, stage.endpoint_id(kServing));
  EXPECT_EQ(found->invocations_url, "https://adb-1.example.net/serving-endpoints/fraud-scoring/invocations");
  EXPECT_TRUE(found->ready);
}

TEST_F(DataConformance, GrantsWhatIsDeclaredAndReadsItBack) {
  const ir::Verdict verdict = converge(fragment({group("risk-analysts"), group("data-scientists", Level::CanView)}));

  EXPECT_OUTCOME(verdict, Outcome::Applied);
  EXPECT_THAT(verdict.missing, IsEmpty());
  EXPECT_EQ(verdict.facts.at("endpoint_id"), stage.endpoint_id(kServing));
  EXPECT_EQ(held(kAnalysts), "CAN_QUERY");
  EXPECT_EQ(held(kScientists), "CAN_VIEW");
  EXPECT_EQ(held("user:bob@example.com"), "CAN_VIEW");  // somebody else's
  EXPECT_THAT(verdict.notes, Contains(HasSubstr("bob@example.com CAN_VIEW")));
}

TEST_F(DataConformance, WritesNothingTheSecondTime) {
  EXPECT_OUTCOME(converge(fragment({group("risk-analysts")})), Outcome::Applied);
  asked.clear();
  const int saves = ledgers.saves;

  EXPECT_OUTCOME(converge(fragment({group("risk-analysts")})), Outcome::Applied);
  restart();
  EXPECT_OUTCOME(converge(fragment({group("risk-analysts")})), Outcome::Applied);

  EXPECT_THAT(writes(), IsEmpty());
  EXPECT_EQ(ledgers.saves, saves);
}

TEST_F(DataConformance, RemembersBeforeItGrants) {
  std::string seen = "not asked";
  ledgers.on_save = [&]() -> Result<void> {
    if (seen == "not asked") seen = held(kAnalysts);
    return {};
  };
  EXPECT_OUTCOME(converge(fragment({group("risk-analysts")})), Outcome::Applied);

  EXPECT_EQ(seen, "");
  EXPECT_EQ(ledger().entries.at(kAnalysts).before, Level::None);
  EXPECT_EQ(ledger().entries.at(kAnalysts).owners.at(Uid("uid-fraud")), Level::CanQuery);
}

TEST_F(DataConformance, NeverLowersWhatSomebodyElseGave) {
  set_level(kScientists, "CAN_MANAGE");

  EXPECT_OUTCOME(converge(fragment({group("data-scientists", Level::CanQuery)})), Outcome::Applied);
  EXPECT_EQ(held(kScientists), "CAN_MANAGE");
  EXPECT_OUTCOME(converge(wishing(Wish::Absent, fragment({}))), Outcome::Gone);

  EXPECT_EQ(held(kScientists), "CAN_MANAGE");
  EXPECT_THAT(verbs(), IsEmpty());
}

TEST_F(DataConformance, GivesBackWhatWasThere) {
  set_level(kAnalysts, "CAN_VIEW");
  EXPECT_OUTCOME(converge(fragment({group("risk-analysts"), group("data-scientists")})), Outcome::Applied);
  EXPECT_EQ(held(kAnalysts), "CAN_QUERY");

  EXPECT_OUTCOME(converge(wishing(Wish::Absent, fragment({}))), Outcome::Gone);

  EXPECT_EQ(held(kAnalysts), "CAN_VIEW");
  EXPECT_EQ(held(kScientists), "");
  EXPECT_EQ(held("user:bob@example.com"), "CAN_VIEW");
  EXPECT_THAT(ledgers.kept, IsEmpty());
}

TEST_F(DataConformance, LeavesALevelThatSomebodyElseHasSetMeanwhile) {
  EXPECT_OUTCOME(converge(fragment({group("risk-analysts")})), Outcome::Applied);
  set_level(kAnalysts, "CAN_MANAGE");
  EXPECT_OUTCOME(converge(fragment({group("risk-analysts")})), Outcome::Applied);

  EXPECT_OUTCOME(converge(wishing(Wish::Absent, fragment({}))), Outcome::Gone);

  EXPECT_EQ(held(kAnalysts), "CAN_MANAGE");
}

TEST_F(DataConformance, GivesOnePrincipalTheHighestThatAnyObjectAsks) {
  const auto high = fragment({group("risk-analysts", Level::CanManage)}, "first");
  const auto low = fragment({group("risk-analysts", Level::CanView)}, "second");
  converge_all({high, low});
  EXPECT_EQ(held(kAnalysts), "CAN_MANAGE");

  converge_all({wishing(Wish::Absent, high), low});
  EXPECT_EQ(held(kAnalysts), "CAN_VIEW");

  converge_all({wishing(Wish::Absent, low)});
  EXPECT_EQ(held(kAnalysts), "");
}

TEST_F(DataConformance, RepairsWhatSomebodyTookAway) {
  EXPECT_OUTCOME(converge(fragment({group("risk-analysts")})), Outcome::Applied);
  set_level(kAnalysts, "");

  const ir::Verdict looked = provider->compare({kServing, {fragment({group("risk-analysts")})}}, {}).front();
  EXPECT_OUTCOME(looked, Outcome::Unknown);
  EXPECT_THAT(looked.notes, ElementsAre("'risk-analysts': none -> CAN_QUERY"));
  const ir::Verdict repaired = converge(fragment({group("risk-analysts")}));

  EXPECT_OUTCOME(repaired, Outcome::Applied);
  EXPECT_TRUE(repaired.drift_repaired);
  EXPECT_EQ(held(kAnalysts), "CAN_QUERY");
  EXPECT_FALSE(converge(fragment({group("risk-analysts")})).drift_repaired);
}

TEST_F(DataConformance, DoesNotCallItsOwnFailureADrift) {
  trouble({{"kind", "permission_denied"}, {"method", "PATCH"}, {"path", "/api/2.0/permissions/*"}});
  EXPECT_OUTCOME(converge(fragment({group("risk-analysts")})), Outcome::Unknown);

  const ir::Verdict verdict = converge(fragment({group("risk-analysts")}));

  EXPECT_OUTCOME(verdict, Outcome::Applied);
  EXPECT_FALSE(verdict.drift_repaired);
}

TEST_F(DataConformance, LetsAnUnknownPrincipalBlockOnlyItself) {
  for (const char* answer : {"not_found", "bad_request"}) {
    stage.set_switch("unknown_principal", answer);
    restart();  // and nothing is known of these principals
    const ir::Verdict verdict = converge(fragment({group("nobody-knows"), group("risk-analysts"),
                                                   grant(PrincipalType::User, "ghost@example.com", Level::CanQuery)}));

    EXPECT_OUTCOME(verdict, Outcome::Applied) << answer;
    EXPECT_THAT(verdict.missing, ElementsAre("group:nobody-knows", "user:ghost@example.com"));
    EXPECT_THAT(verdict.notes, Contains(HasSubstr("'nobody-knows' does not exist")));
    EXPECT_EQ(held(kAnalysts), "CAN_QUERY");
    converge(wishing(Wish::Absent, fragment({})));
  }
}

TEST_F(DataConformance, NeverLocksOutItselfNorTheAdmins) {
  const std::string self = simulators::databricks::kOperatorReference;
  const auto wanted = fragment({grant(PrincipalType::ServicePrincipal, simulators::databricks::kClient, Level::CanView),
                                group("admins", Level::CanView), group("risk-analysts")});
  EXPECT_OUTCOME(converge(wanted), Outcome::Applied);
  EXPECT_EQ(held(self), "CAN_MANAGE");

  // Revoking is a PUT of the whole list: whoever is not in it is out.
  EXPECT_OUTCOME(converge(fragment({})), Outcome::Applied);
  EXPECT_THAT(verbs(), Contains("PUT"));
  EXPECT_EQ(held(self), "CAN_MANAGE");
  EXPECT_EQ(held(kAnalysts), "");
  EXPECT_FALSE(ledger().entries.contains("group:admins"));
  EXPECT_TRUE(provider->resolve(kServing, {}).has_value());
}

TEST_F(DataConformance, AppliesAgainToARecreatedEndpoint) {
  EXPECT_OUTCOME(converge(fragment({group("risk-analysts")})), Outcome::Applied);
  const std::string former = stage.endpoint_id(kServing);
  ASSERT_LT(stage.control("POST", std::string("/serving-endpoints/") + kServing + "/recreate").status, 300);
  EXPECT_EQ(held(kAnalysts), "");
  if (stage.direct(kServing).value(simulators::databricks::kOperatorReference, "") != "CAN_MANAGE")
    set_level(simulators::databricks::kOperatorReference, "CAN_MANAGE");
  set_tags({{"sallyport-namespace", "risk"}});
  until_the_next_look();

  const ir::Verdict verdict = converge(fragment({group("risk-analysts")}));

  EXPECT_OUTCOME(verdict, Outcome::Applied);
  EXPECT_NE(verdict.facts.at("endpoint_id"), former);
  EXPECT_EQ(held(kAnalysts), "CAN_QUERY");
  ASSERT_EQ(ledgers.kept.size(), 1U);
  EXPECT_EQ(ledger().endpoint_id, stage.endpoint_id(kServing));
}

TEST_F(DataConformance, NoticesARecreatedEndpointBeforeItWrites) {
  EXPECT_OUTCOME(converge(fragment({group("risk-analysts")})), Outcome::Applied);
  ASSERT_LT(stage.control("POST", std::string("/serving-endpoints/") + kServing + "/recreate").status, 300);
  set_tags({{"sallyport-namespace", "risk"}});

  const ir::Verdict verdict = converge(fragment({group("risk-analysts"), group("data-scientists")}));

  EXPECT_OUTCOME(verdict, Outcome::Applied);
  EXPECT_EQ(verdict.facts.at("endpoint_id"), stage.endpoint_id(kServing));
  EXPECT_EQ(held(kAnalysts), "CAN_QUERY");
  EXPECT_EQ(held(kScientists), "CAN_QUERY");
}

TEST_F(DataConformance, KeepsTheUrlOfARouteOptimisedEndpoint) {
  ir::GrantFragment one = fragment({group("risk-analysts")});
  one.serving_endpoint = "optimised-llm";
  const std::string url = converge(one).facts.at("invocations_url");
  EXPECT_THAT(url, HasSubstr(".serving.cloud.databricks.com/"));
  asked.clear();

  for (int poll = 0; poll < 2; ++poll) {
    until_the_next_look();
    EXPECT_EQ(converge(one).facts.at("invocations_url"), url);
  }
  EXPECT_EQ(times_asked("GET /api/2.0/serving-endpoints/optimised-llm"), 0);
  restart();
  EXPECT_EQ(converge(one).facts.at("invocations_url"), url);
  EXPECT_EQ(converge(one).facts.at("invocations_url"), url);
  EXPECT_EQ(times_asked("GET /api/2.0/serving-endpoints/optimised-llm"), 1);
}

TEST_F(DataConformance, ClaimsAnEndpointAgain) {
  const auto is_claimed = [&] { return provider->resolve(kServing, {})->tags.contains("sallyport-instance"); };
  EXPECT_OUTCOME(converge(fragment({group("risk-analysts")})), Outcome::Applied);
  EXPECT_OUTCOME(converge(wishing(Wish::Absent, fragment({}))), Outcome::Gone);
  EXPECT_OUTCOME(converge(fragment({group("risk-analysts")})), Outcome::Applied);
  EXPECT_TRUE(is_claimed()) << "though it was ours a moment ago";

  set_tags({{"sallyport-namespace", "risk"}});
  until_the_next_look();
  EXPECT_OUTCOME(converge(fragment({group("risk-analysts")})), Outcome::Applied);
  EXPECT_TRUE(is_claimed()) << "though no grant was to be made";
}

TEST_F(DataConformance, ClaimsAnEndpointAndLetsItGo) {
  EXPECT_OUTCOME(converge(fragment({group("risk-analysts")})), Outcome::Applied);
  EXPECT_EQ(provider->resolve(kServing, {})->tags.at("sallyport-instance"), "inst0001");

  restart("inst0002");
  const ir::Verdict other = converge(fragment({group("data-scientists")}, "others"));
  EXPECT_OUTCOME(other, Outcome::Rejected);
  ASSERT_TRUE(other.error.has_value());
  EXPECT_EQ(other.error->code, Code::Conflict);
  EXPECT_EQ(held(kScientists), "");

  restart();
  EXPECT_OUTCOME(converge(wishing(Wish::Absent, fragment({}))), Outcome::Gone);
  EXPECT_FALSE(provider->resolve(kServing, {})->tags.contains("sallyport-instance"));
}

TEST_F(DataConformance, NeedsTheConsentOfTheEndpointItself) {
  EXPECT_OUTCOME(converge(fragment({group("risk-analysts")})), Outcome::Applied);
  set_tags({{"sallyport-instance", "inst0001"}, {"sallyport-namespace", "payments"}});
  until_the_next_look();

  const ir::Verdict verdict = converge(fragment({group("risk-analysts")}));

  EXPECT_OUTCOME(verdict, Outcome::Rejected);
  ASSERT_TRUE(verdict.error.has_value());
  EXPECT_THAT(verdict.error->message, HasSubstr("sallyport-namespace=risk"));
  EXPECT_EQ(held(kAnalysts), "");

  ir::GrantFragment unasked = fragment({group("risk-analysts")});
  unasked.require_tag = false;
  EXPECT_OUTCOME(converge(unasked), Outcome::Applied);
}

TEST_F(DataConformance, TakesBackWhatItGrantedWhenConsentIsTakenAwayThoughTheGrantIsHeld) {
  EXPECT_OUTCOME(converge(fragment({group("risk-analysts")})), Outcome::Applied);
  const auto held_one = wishing(Wish::Hold, fragment({}));
  EXPECT_OUTCOME(provider->compare({kServing, {held_one}}, {}).front(), Outcome::Pending);
  set_tags({{"sallyport-instance", "inst0001"}, {"sallyport-namespace", "payments"}});
  until_the_next_look();
  asked.clear();

  EXPECT_OUTCOME(provider->compare({kServing, {held_one}}, {}).front(), Outcome::Rejected);
  EXPECT_THAT(writes(), IsEmpty()) << "who looks changes nothing";
  ir::GrantFragment unasked = held_one;
  unasked.require_tag = false;
  EXPECT_OUTCOME(converge(unasked), Outcome::Pending);
  EXPECT_EQ(held(kAnalysts), "CAN_QUERY");

  const ir::Verdict verdict = converge(held_one);

  EXPECT_OUTCOME(verdict, Outcome::Rejected);
  ASSERT_TRUE(verdict.error.has_value());
  EXPECT_EQ(verdict.error->code, Code::Refused);
  EXPECT_EQ(held(kAnalysts), "");
  ASSERT_FALSE(writes().empty());
  ASSERT_FALSE(writes().front().changes.empty()) << "the audit trail names who loses it";
  EXPECT_EQ(writes().front().changes.front().object, "ProtectedEndpoint risk/fraud");
}

TEST_F(DataConformance, DeletesTwice) {
  EXPECT_OUTCOME(converge(fragment({group("risk-analysts")})), Outcome::Applied);
  EXPECT_OUTCOME(converge(wishing(Wish::Absent, fragment({}))), Outcome::Gone);
  asked.clear();

  EXPECT_OUTCOME(converge(wishing(Wish::Absent, fragment({}))), Outcome::Gone);

  EXPECT_THAT(writes(), IsEmpty());
}

TEST_F(DataConformance, ReleasesWithoutTouchingTheList) {
  EXPECT_OUTCOME(converge(fragment({group("risk-analysts")})), Outcome::Applied);
  asked.clear();

  EXPECT_OUTCOME(converge(wishing(Wish::Release, fragment({}))), Outcome::Gone);

  EXPECT_THAT(verbs(), IsEmpty());
  EXPECT_EQ(held(kAnalysts), "CAN_QUERY");
}

TEST_F(DataConformance, HoldsTheShareOfAnObjectThatCannotBeRead) {
  const auto held_one = fragment({group("risk-analysts")}, "held");
  const auto other = fragment({group("risk-analysts", Level::CanView)}, "other");
  converge_all({held_one, other});

  const auto verdicts = converge_all({wishing(Wish::Hold, fragment({}, "held")), wishing(Wish::Absent, other)});

  EXPECT_OUTCOME(verdicts[0], Outcome::Pending);
  EXPECT_OUTCOME(verdicts[1], Outcome::Gone);
  EXPECT_EQ(held(kAnalysts), "CAN_QUERY");
}

TEST_F(DataConformance, LooksWithoutWriting) {
  const ir::Verdict verdict =
      provider->compare({kServing, {wishing(Wish::Observe, fragment({group("risk-analysts")}))}}, {}).front();

  EXPECT_OUTCOME(verdict, Outcome::Unknown);
  EXPECT_THAT(verdict.notes, ElementsAre("'risk-analysts': none -> CAN_QUERY"));
  EXPECT_THAT(writes(), IsEmpty());
  EXPECT_THAT(ledgers.kept, IsEmpty());
}

TEST_F(DataConformance, LooksForTheTagThatClaimsTheEndpoint) {
  const auto wanted = fragment({group("risk-analysts")});
  EXPECT_OUTCOME(converge(wanted), Outcome::Applied);
  set_tags({{"sallyport-namespace", "risk"}});
  until_the_next_look();

  const ir::Verdict verdict = provider->compare({kServing, {wanted}}, {}).front();

  EXPECT_OUTCOME(verdict, Outcome::Unknown);
  EXPECT_THAT(verdict.notes, ElementsAre(HasSubstr("tag sallyport-instance: none, would be ")));
  EXPECT_OUTCOME(provider->compare({kServing, {wishing(Wish::Observe, wanted)}}, {}).front(), Outcome::Applied);
}

TEST_F(DataConformance, SaysThatThereIsNoSuchEndpoint) {
  ir::GrantFragment elsewhere = fragment({group("risk-analysts")});
  elsewhere.serving_endpoint = "nowhere";

  const ir::Verdict verdict = converge(elsewhere);
  EXPECT_OUTCOME(verdict, Outcome::Rejected);
  ASSERT_TRUE(verdict.error.has_value());
  EXPECT_EQ(verdict.error->code, Code::NotFound);
  EXPECT_EQ(verdict.error->where, "spec.backends[0].serving.endpoint");
  EXPECT_OUTCOME(converge(wishing(Wish::Absent, elsewhere)), Outcome::Gone);
}

TEST_F(DataConformance, SignsInWithAPersonalAccessToken) {
  restart("inst0001", "PersonalAccessToken");
  EXPECT_OUTCOME(converge(fragment({group("risk-analysts")})), Outcome::Applied);
  for (const http::Request& request : asked) EXPECT_NE(request.target, "/oidc/v1/token");
}

TEST_F(DataConformance, NamesForEachChangeWhoWantsIt) {
  EXPECT_OUTCOME(converge(fragment({group("risk-analysts")})), Outcome::Applied);
  ASSERT_FALSE(writes().empty());
  for (const http::Request& request : writes()) {
    ASSERT_EQ(request.changes.size(), 1U) << request.method << " " << request.target;
    EXPECT_EQ(request.changes[0].object, "ProtectedEndpoint risk/fraud");
    EXPECT_EQ(request.changes[0].uid, "uid-fraud");
  }
}

}  // namespace
}  // namespace sallyport::data
