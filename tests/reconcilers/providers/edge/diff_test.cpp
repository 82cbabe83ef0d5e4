// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "reconcilers/providers/edge/edge_provider.hpp"

namespace sallyport::edge {
namespace {

ir::EdgeFragment fragment(ir::Wish wish = ir::Wish::Present) {
  ir::EdgeFragment one;
  one.wish = wish;
  one.owner.uid = Uid("u1");
  one.place = {"sp_i_1", "fraud_1"};
  one.address = "192.0.2.33";
  return one;
}

Observed with(Entry entry) {
  Observed observed;
  observed.entries[fragment().place] = std::move(entry);
  return observed;
}

Observed converged() {
  return with({owner_mark(Uid("u1")), fragment().hash().substr(0, 32)});
}

TEST(DiffEdge, PutsWhatIsNotThere) {
  const Diff result = diff({fragment()}, {});

  ASSERT_EQ(result.changes.put.size(), 1U);
  EXPECT_TRUE(result.changes.remove.empty());
  EXPECT_TRUE(result.settled.empty());
}

TEST(DiffEdge, LeavesWhatIsThereAsWantedAlone) {
  const Diff result = diff({fragment()}, converged());

  EXPECT_TRUE(result.changes.empty());
  const ir::Verdict& verdict = result.settled.at(fragment().place);
  EXPECT_EQ(verdict.outcome, ir::Outcome::Applied);
  EXPECT_EQ(verdict.facts.at("address"), "192.0.2.33");
  EXPECT_EQ(verdict.facts.at("path"), "/sp_i_1/fraud_1/vs");
}

TEST(DiffEdge, TellsWhatIsKnownOfTheCertificateThatIsShown) {
  Observed observed = converged();
  observed.entries.begin()->second.shown = {{"certificate_until", "2027-01-01T00:00:00Z"}};

  const Diff result = diff({fragment()}, observed);

  EXPECT_EQ(result.settled.at(fragment().place).facts.at("certificate_until"), "2027-01-01T00:00:00Z");
}

TEST(DiffEdge, PutsAnewWhatCarriesAnotherHash) {
  EXPECT_EQ(diff({fragment()}, with({owner_mark(Uid("u1")), std::string(32, '0')})).changes.put.size(), 1U);
}

TEST(DiffEdge, TakesAShortHashForNoProof) {
  const std::string little = fragment().hash().substr(0, 8);

  EXPECT_EQ(diff({fragment()}, with({owner_mark(Uid("u1")), little})).changes.put.size(), 1U);
}

TEST(DiffEdge, RemovesWhatIsNoLongerWanted) {
  EXPECT_EQ(diff({fragment(ir::Wish::Absent)}, converged()).changes.remove.size(), 1U);
}

TEST(DiffEdge, CallsGoneWhatIsNeitherThereNorWanted) {
  const Diff result = diff({fragment(ir::Wish::Absent)}, {});

  EXPECT_TRUE(result.changes.empty());
  EXPECT_EQ(result.settled.at(fragment().place).outcome, ir::Outcome::Gone);
}

TEST(DiffEdge, NeitherPutsNorRemovesUnderAnotherOwnersMark) {
  for (const ir::Wish wish : {ir::Wish::Present, ir::Wish::Absent, ir::Wish::Hold}) {
    const Diff result = diff({fragment(wish)}, with({owner_mark(Uid("somebody")), fragment().hash()}));

    EXPECT_TRUE(result.changes.empty());
    const ir::Verdict& verdict = result.settled.at(fragment().place);
    EXPECT_EQ(verdict.outcome, ir::Outcome::Rejected);
    EXPECT_EQ(verdict.error->code, Code::Conflict);
  }
}

TEST(DiffEdge, DoesNotTouchAForeignTenant) {
  Observed observed;
  observed.foreign_tenants.insert("sp_i_1");

  const Diff present = diff({fragment()}, observed);
  const Diff absent = diff({fragment(ir::Wish::Absent)}, observed);

  EXPECT_TRUE(present.changes.empty());
  EXPECT_EQ(present.settled.at(fragment().place).error->code, Code::Conflict);
  EXPECT_EQ(absent.settled.at(fragment().place).outcome, ir::Outcome::Gone);
}

TEST(DiffEdge, DoesNotCallGoneWhatStandsInATenantThatBecameForeign) {
  Observed observed = converged();
  observed.foreign_tenants.insert("sp_i_1");

  EXPECT_EQ(diff({fragment(ir::Wish::Absent)}, observed).settled.at(fragment().place).outcome, ir::Outcome::Rejected);
}

TEST(DiffEdge, HoldsWhatIsThereWithTheHashFoundThere) {
  const Diff result = diff({fragment(ir::Wish::Hold)}, with({owner_mark(Uid("u1")), std::string(32, 'a')}));

  EXPECT_TRUE(result.changes.empty());
  EXPECT_EQ(result.settled.at(fragment().place).outcome, ir::Outcome::Applied);
  EXPECT_EQ(result.settled.at(fragment().place).hash, std::string(32, 'a'));
}

TEST(DiffEdge, HoldsNothingAsPending) {
  EXPECT_EQ(diff({fragment(ir::Wish::Hold)}, {}).settled.at(fragment().place).outcome, ir::Outcome::Pending);
}

TEST(DiffEdge, GivesAPlaceToTheFirstWhoWantsIt) {
  ir::EdgeFragment second = fragment();
  second.owner.uid = Uid("u2");

  const Diff result = diff({fragment(), second}, {});

  ASSERT_EQ(result.changes.put.size(), 1U);
  EXPECT_EQ(result.changes.put[0].owner.uid, Uid("u1"));
}

TEST(OwnerMark, IsShortStableAndDiffersByUid) {
  EXPECT_EQ(owner_mark(Uid("u1")).size(), 16U);
  EXPECT_EQ(owner_mark(Uid("u1")), owner_mark(Uid("u1")));
  EXPECT_NE(owner_mark(Uid("u1")), owner_mark(Uid("u2")));
}

TEST(Diff, PutsAgainWhatIsThereAndNotInForce) {
  ir::EdgeFragment wanted;
  wanted.owner.uid = Uid("u1");
  wanted.place = {"sp_i_1", "fraud_1"};
  Observed observed;
  observed.entries[wanted.place] = {owner_mark(wanted.owner.uid), wanted.hash(), false};
  EXPECT_EQ(diff({wanted}, observed).changes.put.size(), 1U);
  observed.entries[wanted.place].in_force = true;
  EXPECT_TRUE(diff({wanted}, observed).changes.empty());
}

}  // namespace
}  // namespace sallyport::edge
