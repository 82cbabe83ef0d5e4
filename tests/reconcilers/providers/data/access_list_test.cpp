// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/data/access_list.hpp"

#include <gmock/gmock.h>

namespace sallyport::data {
namespace {

using ir::Level;
using ir::Wish;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const ir::Principal kAnalysts{ir::PrincipalType::Group, "risk-analysts"};
const ir::Principal kLeads{ir::PrincipalType::Group, "risk-leads"};
const Untouchable kNobody{};

ir::GrantFragment wants(const std::string& uid, std::vector<ir::Grant> grants, Wish wish = Wish::Present) {
  ir::GrantFragment fragment;
  fragment.wish = wish;
  fragment.owner.uid = Uid(uid);
  fragment.grants = std::move(grants);
  return fragment;
}

AccessList list(std::vector<std::pair<ir::Principal, Level>> entries) {
  AccessList list;
  for (const auto& [principal, level] : entries) list[principal.key()] = {principal, level, Level::None};
  return list;
}

ir::Ledger with(const ir::Principal& principal, Level before, Level applied, std::map<Uid, Level> owners) {
  ir::Ledger ledger{"prod-eu", "id", "fraud", {}};
  ledger.entries[principal.key()] = {principal, before, applied, std::move(owners)};
  return ledger;
}

TEST(PlanAccess, GrantsWhatIsMissingAndRemembersWhatWasThere) {
  const Plan plan = plan_access({"prod-eu", "id", "fraud", {}}, list({{kLeads, Level::CanView}}),
                                {wants("a", {{kAnalysts, Level::CanQuery}, {kLeads, Level::CanQuery}})}, kNobody);

  ASSERT_THAT(plan.changes, SizeIs(2));
  EXPECT_TRUE(plan.ahead_changed);
  EXPECT_EQ(plan.ledger.entries.at(kAnalysts.key()).before, Level::None);
  EXPECT_EQ(plan.ledger.entries.at(kLeads.key()).before, Level::CanView);
}

TEST(PlanAccess, NeverLowersAForeignLevel) {
  const Plan plan = plan_access({"prod-eu", "id", "fraud", {}}, list({{kLeads, Level::CanManage}}),
                                {wants("a", {{kLeads, Level::CanQuery}})}, kNobody);

  EXPECT_THAT(plan.changes, IsEmpty());
}

TEST(PlanAccess, DoesNothingTheSecondTime) {
  const ir::Ledger ledger = with(kAnalysts, Level::None, Level::CanQuery, {{Uid("a"), Level::CanQuery}});

  const Plan plan =
      plan_access(ledger, list({{kAnalysts, Level::CanQuery}}), {wants("a", {{kAnalysts, Level::CanQuery}})}, kNobody);

  EXPECT_THAT(plan.changes, IsEmpty());
  EXPECT_FALSE(plan.ahead_changed);
}

TEST(PlanAccess, GivesBackWhatWasThere) {
  const ir::Ledger ledger = with(kLeads, Level::CanView, Level::CanQuery, {{Uid("a"), Level::CanQuery}});

  const Plan plan = plan_access(ledger, list({{kLeads, Level::CanQuery}}), {wants("a", {}, Wish::Absent)}, kNobody);

  ASSERT_THAT(plan.changes, SizeIs(1));
  EXPECT_EQ(plan.changes.front().to, Level::CanView);
}

TEST(PlanAccess, KeepsAGrantThatAnotherObjectStillWants) {
  const ir::Ledger ledger =
      with(kAnalysts, Level::None, Level::CanQuery, {{Uid("a"), Level::CanQuery}, {Uid("b"), Level::CanQuery}});

  const Plan plan = plan_access(ledger, list({{kAnalysts, Level::CanQuery}}), {wants("a", {}, Wish::Absent)}, kNobody);

  EXPECT_THAT(plan.changes, IsEmpty());
  EXPECT_THAT(plan.ledger.entries.at(kAnalysts.key()).owners, SizeIs(1));
}

TEST(PlanAccess, RepairsAGrantThatSomebodyTookAway) {
  const ir::Ledger ledger = with(kAnalysts, Level::None, Level::CanQuery, {{Uid("a"), Level::CanQuery}});

  const Plan plan = plan_access(ledger, {}, {wants("a", {{kAnalysts, Level::CanQuery}})}, kNobody);

  ASSERT_THAT(plan.changes, SizeIs(1));
  EXPECT_EQ(plan.changes.front().to, Level::CanQuery);
}

TEST(PlanAccess, TakesAForeignRaiseAsWhatWillBeGivenBack) {
  const ir::Ledger ledger = with(kAnalysts, Level::None, Level::CanQuery, {{Uid("a"), Level::CanQuery}});

  const Plan plan = plan_access(ledger, list({{kAnalysts, Level::CanManage}}), {wants("a", {}, Wish::Absent)}, kNobody);

  EXPECT_THAT(plan.changes, IsEmpty());
  EXPECT_EQ(plan.ledger.entries.at(kAnalysts.key()).before, Level::CanManage);
  EXPECT_THAT(plan.notes, ::testing::Contains(HasSubstr("somebody else")));
}

TEST(PlanAccess, DoesNotTakeAnUnfinishedChangeOfItsOwnForSomebodyElses) {
  // Killed after the ledger said CanManage and before it was granted: CanQuery is still our own doing.
  const ir::Ledger ledger = with(kAnalysts, Level::None, Level::CanQuery, {{Uid("a"), Level::CanManage}});

  const Plan plan = plan_access(ledger, list({{kAnalysts, Level::CanQuery}}), {wants("a", {}, Wish::Absent)}, kNobody);

  ASSERT_THAT(plan.changes, SizeIs(1));
  EXPECT_EQ(plan.changes.front().to, Level::None);
}

TEST(PlanAccess, TouchesNeitherAdminsNorItself) {
  const ir::Principal admins{ir::PrincipalType::Group, "admins"};
  const ir::Principal self{ir::PrincipalType::ServicePrincipal, "7D0C5F5E-2f3a-4b61-9c1d-3a6f0f2b9e11"};
  const Untouchable untouchable{ir::Principal{ir::PrincipalType::User, "7d0c5f5e-2f3a-4b61-9c1d-3a6f0f2b9e11"}.key()};

  const Plan plan = plan_access({"w", "id", "e", {}}, {},
                                {wants("a", {{admins, Level::CanQuery}, {self, Level::CanQuery}})}, untouchable);

  EXPECT_THAT(plan.changes, IsEmpty());
  EXPECT_THAT(plan.ledger.entries, IsEmpty());
}

TEST(PlanAccess, LeavesTheListAloneOnRelease) {
  const ir::Ledger ledger = with(kAnalysts, Level::None, Level::CanQuery, {{Uid("a"), Level::CanQuery}});

  const Plan plan = plan_access(ledger, list({{kAnalysts, Level::CanQuery}}), {wants("a", {}, Wish::Release)}, kNobody);

  EXPECT_THAT(plan.changes, IsEmpty());
  EXPECT_THAT(plan.ledger.entries, IsEmpty());
}

TEST(PlanAccess, KeepsTheShareOfAnObjectThatIsHeld) {
  const ir::Ledger ledger = with(kAnalysts, Level::None, Level::CanQuery, {{Uid("a"), Level::CanQuery}});

  const Plan plan = plan_access(ledger, list({{kAnalysts, Level::CanQuery}}), {wants("a", {}, Wish::Hold)}, kNobody);

  EXPECT_THAT(plan.changes, IsEmpty());
  EXPECT_FALSE(plan.ahead_changed);
}

TEST(PlanAccess, DoesNotRepairWhatOnlyStillObjectsWant) {
  for (const Wish still : {Wish::Hold, Wish::Observe}) {
    ir::Ledger ledger = with(kAnalysts, Level::None, Level::CanQuery, {{Uid("a"), Level::CanQuery}});
    const std::vector<ir::GrantFragment> paused{wants("a", {{kAnalysts, Level::CanQuery}}, still)};
    EXPECT_THAT(plan_access(ledger, {}, paused, kNobody).changes, IsEmpty());

    const std::vector<ir::GrantFragment> one_acts{paused.front(), wants("b", {{kAnalysts, Level::CanView}})};
    EXPECT_THAT(plan_access(ledger, {}, one_acts, kNobody).changes, SizeIs(1)) << "somebody else wants it, too";
  }
}

TEST(PlanAccess, TurnsAwayOnlyTheObjectThatFindsNoRoomInTheLedger) {
  std::map<Uid, Level> owners;
  for (std::size_t i = 0; i < kMostOwners; ++i) owners[Uid("u" + std::to_string(1000 + i))] = Level::CanQuery;
  const ir::Ledger full = with(kAnalysts, Level::None, Level::None, owners);
  const AccessList observed = list({{kAnalysts, Level::CanQuery}});
  const ir::GrantFragment member = wants("u1000", {{kAnalysts, Level::CanView}});
  const ir::GrantFragment late = wants("z", {{kAnalysts, Level::CanQuery}, {kLeads, Level::CanQuery}});

  const Plan plan = plan_access(full, observed, {member, late}, kNobody);

  EXPECT_EQ(plan.crowded_out, (std::set<std::pair<Uid, std::string>>{{Uid("z"), kAnalysts.key()}}));
  EXPECT_EQ(plan.ahead.entries.at(kAnalysts.key()).owners.size(), kMostOwners);
  EXPECT_EQ(plan.ledger.entries.at(kAnalysts.key()).owners.at(Uid("u1000")), Level::CanView);
  EXPECT_TRUE(plan.ledger.entries.at(kLeads.key()).owners.contains(Uid("z"))) << "there is room for that one";

  const std::vector<ir::GrantFragment> changing{wants("u1000", {}, Wish::Absent), late};
  EXPECT_TRUE(plan_access(full, observed, changing, kNobody).crowded_out.contains({Uid("z"), kAnalysts.key()}))
      << "who leaves is in the ledger that is saved ahead";
}

TEST(PlanAccess, TurnsAwayAPrincipalThatFindsNoRoomInTheLedger) {
  ir::Ledger full{"prod-eu", "id", "fraud", {}};
  AccessList observed;
  for (std::size_t i = 0; i < kMostPrincipals; ++i) {
    const ir::Principal one{ir::PrincipalType::Group, "g" + std::to_string(10000 + i)};
    full.entries[one.key()] = {one, Level::None, Level::None, {{Uid("a"), Level::CanQuery}}};
    observed[one.key()] = {one, Level::CanQuery, Level::None};
  }

  const Plan plan = plan_access(full, observed, {wants("z", {{kLeads, Level::CanQuery}})}, kNobody);

  EXPECT_THAT(plan.crowded_out, SizeIs(1));
  EXPECT_THAT(plan.changes, IsEmpty());
  EXPECT_FALSE(plan.ahead_changed);
}

TEST(PlanAccess, KeepsAnOwnerUntilItsGrantIsSeenGone) {
  const ir::Ledger ledger = with(kAnalysts, Level::None, Level::None, {{Uid("a"), Level::CanQuery}});

  const Plan plan = plan_access(ledger, list({{kAnalysts, Level::CanQuery}}), {wants("a", {}, Wish::Absent)}, kNobody);

  EXPECT_FALSE(plan.ahead_changed);
  EXPECT_TRUE(plan.ahead.entries.at(kAnalysts.key()).owners.contains(Uid("a")));
  EXPECT_THAT(plan.ledger.entries.at(kAnalysts.key()).owners, IsEmpty());
}

TEST(PlanAccess, RemembersALevelOfItsOwnBeforeItSetsAnother) {
  for (const Level next : {Level::CanView, Level::CanManage}) {
    const ir::Ledger ledger = with(kAnalysts, Level::None, Level::None, {{Uid("a"), Level::CanQuery}});

    const Plan plan =
        plan_access(ledger, list({{kAnalysts, Level::CanQuery}}), {wants("a", {{kAnalysts, next}})}, kNobody);

    EXPECT_TRUE(plan.ahead_changed);
    EXPECT_EQ(plan.ahead.entries.at(kAnalysts.key()).applied, Level::CanQuery);
    EXPECT_EQ(plan.ahead.entries.at(kAnalysts.key()).wanted(), next);
    const Plan late = plan_access(plan.ahead, list({{kAnalysts, Level::CanQuery}}), {}, kNobody);
    EXPECT_FALSE(late.learned) << "what a late read shows";
  }
}

TEST(PlanAccess, ForgetsAFormerLevelOfItsOwnOnceThePresentOneHasStoodForLong) {
  const ir::Ledger lowered = with(kAnalysts, Level::None, Level::CanManage, {{Uid("a"), Level::CanQuery}});
  const std::vector<ir::GrantFragment> wanted{wants("a", {{kAnalysts, Level::CanQuery}})};
  const AccessList stands = list({{kAnalysts, Level::CanQuery}});

  EXPECT_EQ(plan_access(lowered, stands, wanted, kNobody).ledger.entries.at(kAnalysts.key()).applied, Level::CanManage);
  const Plan later = plan_access(lowered, stands, wanted, kNobody, {kAnalysts.key()});
  EXPECT_EQ(later.ledger.entries.at(kAnalysts.key()).applied, Level::None);
  EXPECT_FALSE(later.ahead_changed) << "it is nothing that has to be saved before";
  EXPECT_FALSE(same(later.ledger, later.ahead)) << "but it is saved";

  const Plan raised = plan_access(later.ledger, list({{kAnalysts, Level::CanManage}}), wanted, kNobody);
  EXPECT_THAT(raised.changes, IsEmpty());
  EXPECT_EQ(raised.ledger.entries.at(kAnalysts.key()).before, Level::CanManage);
}

TEST(PlanAccess, KeepsAFormerLevelOfItsOwnWhileThePresentOneIsNotSeen) {
  const ir::Ledger lowered = with(kAnalysts, Level::None, Level::CanManage, {{Uid("a"), Level::CanQuery}});

  const Plan plan = plan_access(lowered, list({{kAnalysts, Level::CanManage}}),
                                {wants("a", {{kAnalysts, Level::CanQuery}})}, kNobody, {kAnalysts.key()});

  ASSERT_THAT(plan.changes, SizeIs(1));
  EXPECT_EQ(plan.changes.front().to, Level::CanQuery);
  EXPECT_FALSE(plan.learned);
}

TEST(PlanAccess, RemembersOnlyTheLastLevelOfItsOwnWhenTheOneBeforeWasForgotten) {
  const ir::Ledger lowered = with(kAnalysts, Level::None, Level::CanManage, {{Uid("a"), Level::CanQuery}});

  const Plan plan = plan_access(lowered, list({{kAnalysts, Level::CanQuery}}),
                                {wants("a", {{kAnalysts, Level::CanView}})}, kNobody, {kAnalysts.key()});

  EXPECT_EQ(plan.ledger.entries.at(kAnalysts.key()).applied, Level::CanQuery);
}

TEST(PlanAccess, KnowsTheLevelOfEachOfSeveralOwners) {
  const ir::Ledger ledger =
      with(kAnalysts, Level::None, Level::None, {{Uid("a"), Level::CanManage}, {Uid("b"), Level::CanView}});

  const Plan plan = plan_access(ledger, list({{kAnalysts, Level::CanView}}), {wants("a", {}, Wish::Absent)}, kNobody);

  EXPECT_FALSE(plan.learned);
  EXPECT_EQ(plan.ledger.entries.at(kAnalysts.key()).before, Level::None);
}

TEST(PlanAccess, WantsASecondReadBeforeItLearnsFromOthers) {
  const ir::Ledger none{"prod-eu", "id", "fraud", {}};
  EXPECT_TRUE(
      plan_access(none, list({{kLeads, Level::CanView}}), {wants("a", {{kLeads, Level::CanQuery}})}, kNobody).learned);
  EXPECT_FALSE(plan_access(none, {}, {wants("a", {{kLeads, Level::CanQuery}})}, kNobody).learned);
}

TEST(PlanAccess, TakesNoRevocationOfAnotherBackOnRelease) {
  ir::Ledger ledger = with(kAnalysts, Level::None, Level::CanQuery, {});
  ledger.entries[kLeads.key()] = {kLeads, Level::None, Level::None, {{Uid("b"), Level::CanQuery}}};

  const Plan plan = plan_access(ledger, list({{kAnalysts, Level::CanQuery}, {kLeads, Level::CanQuery}}),
                                {wants("b", {}, Wish::Release)}, kNobody);

  ASSERT_THAT(plan.changes, SizeIs(1));
  EXPECT_EQ(plan.changes.front().principal, kAnalysts);
  EXPECT_EQ(plan.changes.front().to, Level::None);
}

TEST(PlanAccess, LeavesALevelForWhichItHasNoWord) {
  AccessList observed = list({{kAnalysts, Level::None}});
  observed.at(kAnalysts.key()).unknown = "CAN_FLY";

  const Plan plan = plan_access({"w", "id", "e", {}}, observed, {wants("a", {{kAnalysts, Level::CanQuery}})}, kNobody);

  EXPECT_THAT(plan.changes, IsEmpty());
  EXPECT_THAT(plan.notes, ::testing::Contains(HasSubstr("CAN_FLY")));
}

TEST(PlanAccess, GrantsNothingToWhoInheritsIt) {
  AccessList observed = list({{kAnalysts, Level::None}, {kLeads, Level::None}});
  observed.at(kAnalysts.key()).inherited = Level::CanManage;
  observed.at(kLeads.key()).inherited = Level::CanView;

  const Plan plan = plan_access({"w", "id", "e", {}}, observed,
                                {wants("a", {{kAnalysts, Level::CanQuery}, {kLeads, Level::CanQuery}})}, kNobody);

  ASSERT_THAT(plan.changes, SizeIs(1));
  EXPECT_EQ(plan.changes.front().principal, kLeads);
}

TEST(SettleLedger, DropsWhatNobodyWantsAndIsBackToWhatItWas) {
  const ir::Ledger ledger = with(kLeads, Level::CanView, Level::CanQuery, {});

  EXPECT_THAT(settle(ledger, list({{kLeads, Level::CanView}})).entries, IsEmpty());
  EXPECT_THAT(settle(ledger, list({{kLeads, Level::CanQuery}})).entries, SizeIs(1));
}

}  // namespace
}  // namespace sallyport::data
