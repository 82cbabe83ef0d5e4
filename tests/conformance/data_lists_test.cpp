// SPDX-License-Identifier: Apache-2.0
// Access lists that others write to as well, that are read late, and that hold what we have no words for.
#include "tests/conformance/data_stage.hpp"

namespace sallyport::data {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const std::string kAnalysts = "group:risk-analysts";
const std::string kScientists = "group:data-scientists";

/// Puts an entry onto every access list that is read.
auto with_entry(const char* entry) {
  return [entry](const http::Request& request, http::Response& response) {
    if (request.target.find("/permissions/") == std::string::npos || response.status != 200) return;
    json body = json::parse(response.body);
    body["access_control_list"].push_back(json::parse(entry));
    response.body = body.dump();
  };
}

TEST_F(DataConformance, DoesNotReplaceAListThatItCouldNotSayAgain) {
  for (const char* entry :
       {R"({"group_name":"pilots","all_permissions":[{"permission_level":"CAN_FLY","inherited":false}]})",
        R"({"robot_name":"r2","all_permissions":[{"permission_level":"CAN_QUERY","inherited":false}]})"}) {
    SCOPED_TRACE(entry);
    altered = with_entry(entry);
    EXPECT_OUTCOME(converge(fragment({group("risk-analysts"), group("data-scientists")})), Outcome::Applied);
    asked.clear();

    const ir::Verdict verdict = converge(fragment({group("data-scientists")}));

    EXPECT_OUTCOME(verdict, Outcome::Unknown);
    ASSERT_TRUE(verdict.error.has_value());
    EXPECT_EQ(verdict.error->code, Code::Refused);
    EXPECT_THAT(verdict.error->message, HasSubstr("not understood"));
    EXPECT_THAT(verbs(), Not(Contains("PUT")));
    EXPECT_TRUE(ledger().entries.at(kAnalysts).owners.contains(Uid("uid-fraud")));
  }
}

TEST_F(DataConformance, LeavesALevelThatItDoesNotKnow) {
  altered = with_entry(R"({"group_name":"risk-analysts","all_permissions":[{"permission_level":"CAN_FLY"}]})");

  const ir::Verdict verdict = converge(fragment({group("risk-analysts")}));

  EXPECT_OUTCOME(verdict, Outcome::Applied);
  EXPECT_THAT(verdict.notes, Contains(HasSubstr("CAN_FLY")));
  EXPECT_THAT(verbs(), IsEmpty());
}

TEST_F(DataConformance, RevokesBesideAPrincipalThatWasDeletedAndStillStands) {
  stage.set_switch("deleted_principals", "listed");
  EXPECT_OUTCOME(converge(fragment({group("risk-analysts"), group("data-scientists")})), Outcome::Applied);
  ASSERT_EQ(stage.control("DELETE", "/principals/user:bob@example.com").status, 200);

  const ir::Verdict verdict = converge(fragment({group("data-scientists")}));

  EXPECT_OUTCOME(verdict, Outcome::Applied);
  EXPECT_THAT(verdict.notes, Contains(HasSubstr("'bob@example.com' stood on the access list")));
  EXPECT_EQ(held(kAnalysts), "");
  EXPECT_EQ(held(kScientists), "CAN_QUERY");
}

TEST_F(DataConformance, ForgetsAPrincipalThatWasDeletedAndStillStands) {
  stage.set_switch("deleted_principals", "listed");
  set_level("group:legacy-team", "CAN_VIEW");
  EXPECT_OUTCOME(converge(fragment({group("legacy-team")})), Outcome::Applied);
  ASSERT_EQ(stage.control("DELETE", "/principals/group:legacy-team").status, 200);

  EXPECT_OUTCOME(converge(wishing(Wish::Absent, fragment({}))), Outcome::Gone);

  EXPECT_THAT(ledgers.kept, IsEmpty());
}

TEST_F(DataConformance, LeavesNothingThatItCouldNotGiveBack) {
  set_level(kAnalysts, "CAN_VIEW");
  EXPECT_OUTCOME(converge(fragment({group("risk-analysts")})), Outcome::Applied);
  instead = [](const http::Request& request) -> std::optional<Result<http::Response>> {
    if (request.method != "PATCH" || request.target.find("/permissions/") == std::string::npos) return std::nullopt;
    return http::Response{400, {}, R"({"error_code":"INVALID_PARAMETER_VALUE","message":"no"})"};
  };

  EXPECT_OUTCOME(converge(wishing(Wish::Absent, fragment({}))), Outcome::Unknown);

  EXPECT_TRUE(ledger().entries.contains(kAnalysts));
}

TEST_F(DataConformance, TakesNoLateReadForSomebodyElsesDoing) {
  EXPECT_OUTCOME(converge(fragment({group("risk-analysts")})), Outcome::Applied);
  set_level(kAnalysts, "CAN_MANAGE");
  set_level(kAnalysts, "CAN_QUERY");
  let_reads_relapse();

  const ir::Verdict verdict = converge(fragment({group("risk-analysts")}));

  EXPECT_OUTCOME(verdict, Outcome::Unknown);
  ASSERT_TRUE(verdict.error.has_value());
  EXPECT_EQ(verdict.error->code, Code::RateLimited);
  EXPECT_EQ(ledger().entries.at(kAnalysts).before, Level::None);
  EXPECT_OUTCOME(converge(fragment({group("risk-analysts")})), Outcome::Applied);
  EXPECT_OUTCOME(converge(wishing(Wish::Absent, fragment({}))), Outcome::Gone);
  EXPECT_EQ(held(kAnalysts), "");
}

TEST_F(DataConformance, TakesNoLateReadForWhatWasThereBefore) {
  EXPECT_OUTCOME(converge(fragment({group("risk-analysts"), group("data-scientists")})), Outcome::Applied);
  EXPECT_OUTCOME(converge(fragment({group("data-scientists")})), Outcome::Applied);
  let_reads_relapse();  // to when the analysts still had what we gave them

  EXPECT_OUTCOME(converge(fragment({group("risk-analysts"), group("data-scientists")})), Outcome::Unknown);
  EXPECT_OUTCOME(converge(fragment({group("risk-analysts"), group("data-scientists")})), Outcome::Applied);

  EXPECT_EQ(ledger().entries.at(kAnalysts).before, Level::None);
}

TEST_F(DataConformance, KnowsItsOwnFormerLevelInALateRead) {
  for (const Level level : {Level::CanQuery, Level::CanManage})
    EXPECT_OUTCOME(converge(fragment({group("risk-analysts", level)})), Outcome::Applied);
  let_reads_relapse();

  EXPECT_OUTCOME(converge(fragment({group("risk-analysts", Level::CanManage)})), Outcome::Applied);

  EXPECT_EQ(ledger().entries.at(kAnalysts).before, Level::None);
}

TEST_F(DataConformance, LeavesALevelThatItOnceSetWhenSomebodyElseGivesItLater) {
  for (const bool restarted : {false, true}) {
    SCOPED_TRACE(restarted);
    for (const Level level : {Level::CanManage, Level::CanQuery})
      EXPECT_OUTCOME(converge(fragment({group("risk-analysts", level)})), Outcome::Applied);
    if (restarted) restart();
    for (int polls = 0; polls < 4; ++polls) {
      EXPECT_EQ(ledger().entries.at(kAnalysts).applied, Level::CanManage) << "a read may still be that late";
      until_the_next_look();
      EXPECT_OUTCOME(converge(fragment({group("risk-analysts")})), Outcome::Applied);
      if (ledger().entries.at(kAnalysts).applied == Level::None) break;
    }
    const int saves = ledgers.saves;
    until_the_next_look();
    EXPECT_OUTCOME(converge(fragment({group("risk-analysts")})), Outcome::Applied);
    EXPECT_EQ(ledgers.saves, saves) << "it is forgotten once";

    set_level(kAnalysts, "CAN_MANAGE");
    const ir::Verdict verdict = converge(fragment({group("risk-analysts")}));

    EXPECT_OUTCOME(verdict, Outcome::Applied);
    EXPECT_FALSE(verdict.drift_repaired);
    EXPECT_EQ(held(kAnalysts), "CAN_MANAGE");
    EXPECT_OUTCOME(converge(wishing(Wish::Absent, fragment({}))), Outcome::Gone);
    EXPECT_EQ(held(kAnalysts), "CAN_MANAGE") << "it is theirs";
    set_level(kAnalysts, "");
  }
}

TEST_F(DataConformance, KnowsItsOwnHigherLevelInALateReadAfterAnEdit) {
  for (const Level level : {Level::CanManage, Level::CanQuery})
    EXPECT_OUTCOME(converge(fragment({group("risk-analysts", level)})), Outcome::Applied);
  until_the_next_look();
  let_reads_relapse();  // to the higher one

  EXPECT_OUTCOME(converge(fragment({group("risk-analysts")})), Outcome::Applied);

  EXPECT_EQ(ledger().entries.at(kAnalysts).before, Level::None);
  EXPECT_EQ(held(kAnalysts), "CAN_QUERY");
}

TEST_F(DataConformance, ForgetsNoGrantForOneLateRead) {
  EXPECT_OUTCOME(converge(fragment({group("risk-analysts")})), Outcome::Applied);
  let_reads_relapse();  // to before the grant

  EXPECT_OUTCOME(converge(wishing(Wish::Absent, fragment({}))), Outcome::Unknown);
  EXPECT_EQ(ledgers.kept.size(), 1U);
  EXPECT_OUTCOME(converge(wishing(Wish::Absent, fragment({}))), Outcome::Gone);

  EXPECT_EQ(held(kAnalysts), "");
}

TEST_F(DataConformance, RevokesNothingThatHasChangedSinceItLooked) {
  EXPECT_OUTCOME(converge(fragment({group("risk-analysts")})), Outcome::Applied);
  int reads = 0;
  instead = [&](const http::Request& request) -> std::optional<Result<http::Response>> {
    const bool reads_list = request.method == "GET" && request.target.find("/permissions/") != std::string::npos;
    if (reads_list && ++reads == 2) set_level(kAnalysts, "CAN_MANAGE");
    return std::nullopt;
  };

  const ir::Verdict verdict = converge(wishing(Wish::Absent, fragment({})));

  EXPECT_OUTCOME(verdict, Outcome::Unknown);
  EXPECT_THAT(verbs(), Not(Contains("PUT")));
  EXPECT_OUTCOME(converge(wishing(Wish::Absent, fragment({}))), Outcome::Gone);
  EXPECT_EQ(held(kAnalysts), "CAN_MANAGE");
}

TEST_F(DataConformance, AsksAsLittleAsItCan) {
  const std::string list = "GET " + stage.acl_path(kServing);
  EXPECT_OUTCOME(converge(fragment({group("risk-analysts")})), Outcome::Applied);
  EXPECT_EQ(ledgers.saves, 1) << "before the grant";
  EXPECT_EQ(times_asked(list), 2) << "before it, and once after the answer to it";
  asked.clear();

  EXPECT_OUTCOME(converge(fragment({})), Outcome::Applied);

  EXPECT_EQ(ledgers.saves, 1) << "a revocation needs no word before";
  EXPECT_EQ(times_asked(list), 5) << "before it, two for what to replace, and two after it";
  EXPECT_EQ(times_asked("GET /api/2.0/serving-endpoints/fraud-scoring"), 1);
}

TEST_F(DataConformance, TurnsAwayOnlyTheObjectThatFindsNoRoomInTheLedger) {
  EXPECT_OUTCOME(converge(fragment({group("risk-analysts")})), Outcome::Applied);
  auto& owners = ledgers.kept.begin()->second.entries.at("group:risk-analysts").owners;
  for (int i = 0; owners.size() < 256; ++i) owners[Uid("uid-" + std::to_string(1000 + i))] = Level::CanQuery;

  const auto verdicts = converge_all({fragment({group("risk-analysts")}), fragment({group("risk-analysts")}, "late")});

  EXPECT_OUTCOME(verdicts[0], Outcome::Applied);
  EXPECT_THAT(verdicts[0].missing, IsEmpty());
  EXPECT_OUTCOME(verdicts[1], Outcome::Applied);
  EXPECT_THAT(verdicts[1].missing, ElementsAre("group:risk-analysts"));
  EXPECT_THAT(verdicts[1].notes, Contains(HasSubstr("'risk-analysts' has no room for one more object")));
  EXPECT_EQ(ledger().entries.at("group:risk-analysts").owners.size(), 256U);
}

TEST_F(DataConformance, AsksForAPrincipalThatDoesNotExistLessAndLess) {
  const auto wanted = fragment({group("new-team"), group("risk-analysts")});
  EXPECT_THAT(converge(wanted).missing, ElementsAre("group:new-team"));
  asked.clear();
  EXPECT_THAT(converge(wanted).missing, ElementsAre("group:new-team"));
  EXPECT_THAT(writes(), IsEmpty()) << "it was asked for a moment ago";

  until_the_next_look();
  EXPECT_THAT(converge(fragment({group("new-team"), group("risk-analysts"), group("data-scientists")})).missing,
              ElementsAre("group:new-team"));
  ASSERT_THAT(verbs(), ElementsAre("PATCH", "PATCH"));
  EXPECT_THAT(writes()[0].body, HasSubstr("data-scientists"));
  EXPECT_THAT(writes()[0].body, Not(HasSubstr("new-team"))) << "nobody waits for it";

  ASSERT_EQ(stage.control("POST", "/groups", {{"display_name", "new-team"}}).status, 201);
  until_the_next_look();
  EXPECT_THAT(converge(wanted).missing, IsEmpty());
  EXPECT_EQ(held("group:new-team"), "CAN_QUERY");
}

}  // namespace
}  // namespace sallyport::data
