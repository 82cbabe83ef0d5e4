// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/shared/link.hpp"

#include <gmock/gmock.h>

#include "reconcilers/ir/client.hpp"
#include "tests/reconcilers/surroundings.hpp"

namespace sallyport::shared {
namespace {

using ir::Outcome;
using metrics::Metric;
using runtime::Priority;
using sallyport::testing::verdict_of;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

struct System {};
using TestLink = Link<System, ir::ClientFragment, std::string>;

const Key kTarget{"Client", "", "u1"};

class LinkTest : public ::testing::Test {
 protected:
  static ir::ClientFragment fragment(std::int64_t generation = 1, const std::string& audience = "a") {
    ir::ClientFragment one;
    one.owner = {"ProtectedEndpoint", "risk", "fraud", Uid("u1"), "7", generation};
    one.audience = audience;
    return one;
  }
  std::optional<ir::Verdict> submit(const ir::ClientFragment& one) {
    return link.submit(kTarget, one, Priority::Normal);
  }
  /// The link's thread takes what is due by itself; what counts is whether anything was put there for it.
  [[nodiscard]] double queued() const {
    return around.metrics.value(Metric::QueueAdds, {"IdentityProvider corporate", "IdentityProvider corporate"});
  }

  sallyport::testing::Surroundings around;
  TestLink link{{"IdentityProvider", "", "corporate"}, sallyport::testing::no_step<TestLink>, 1, around.around()};
};

TEST_F(LinkTest, QueuesATargetOnceForTheSameWish) {
  EXPECT_EQ(submit(fragment()), std::nullopt);
  EXPECT_EQ(submit(fragment()), std::nullopt);
  EXPECT_EQ(queued(), 1);
  EXPECT_TRUE(link.knows(kTarget, Uid("u1")));
  EXPECT_EQ(link.wanted(kTarget).size(), 1U);
}

TEST_F(LinkTest, AnswersWithTheVerdictOnExactlyWhatIsWanted) {
  submit(fragment());
  link.record(kTarget, fragment(), verdict_of(Outcome::Applied));
  ASSERT_TRUE(submit(fragment()).has_value());
  EXPECT_EQ(submit(fragment())->outcome, Outcome::Applied);
  EXPECT_EQ(submit(fragment())->hash, fragment().hash());

  EXPECT_EQ(submit(fragment(2, "b")), std::nullopt);
  link.record(kTarget, fragment(1, "a"), verdict_of(Outcome::Rejected));  // came too late

  EXPECT_EQ(link.verdict(kTarget, Uid("u1")), std::nullopt);
}

TEST_F(LinkTest, TriesWhatFailedAgainWhenThereIsANewWayToTheSystem) {
  submit(fragment());
  ir::Verdict refused = verdict_of(Outcome::Unknown);
  refused.error = Error{Code::Unauthorized, "the credentials are not accepted", {}, {}};
  link.record(kTarget, fragment(), refused);
  const double before = queued();

  link.use(std::make_shared<System>());

  EXPECT_EQ(queued(), before + 2) << "the system as a whole, and what it refused";
  link.record(kTarget, fragment(), verdict_of(Outcome::Applied));
  link.use(std::make_shared<System>());
  EXPECT_EQ(queued(), before + 3) << "what is in order is left alone";
}

TEST_F(LinkTest, LetsNoOlderGenerationOverwriteANewerOne) {
  submit(fragment(5, "new"));
  EXPECT_EQ(submit(fragment(4, "old")), std::nullopt);
  ASSERT_EQ(link.wanted(kTarget).size(), 1U);
  EXPECT_EQ(link.wanted(kTarget)[0].audience, "new");
}

TEST_F(LinkTest, TellsTheOwnerOfNewsOnly) {
  submit(fragment());
  link.record(kTarget, fragment(), verdict_of(Outcome::Applied));
  link.record(kTarget, fragment(), verdict_of(Outcome::Applied));
  EXPECT_THAT(around.heard(), ElementsAre("verdict ProtectedEndpoint risk/fraud"));
}

TEST_F(LinkTest, TellsAsUrgentlyAsItWasAsked) {
  link.submit(kTarget, fragment(), Priority::High);
  link.record(kTarget, fragment(), verdict_of(Outcome::Unknown));
  link.record(kTarget, fragment(), verdict_of(Outcome::Applied));
  link.submit(kTarget, fragment(2, "b"), Priority::Normal);
  link.record(kTarget, fragment(2, "b"), verdict_of(Outcome::Applied));
  EXPECT_THAT(around.heard(),
              ElementsAre("urgent verdict ProtectedEndpoint risk/fraud", "urgent verdict ProtectedEndpoint risk/fraud",
                          "verdict ProtectedEndpoint risk/fraud"));
}

TEST_F(LinkTest, HoldsWithoutHeedingWhatElseAnEditChanges) {
  ir::ClientFragment held = fragment();
  held.wish = ir::Wish::Hold;
  submit(held);
  held.audience = "b";
  submit(held);
  EXPECT_EQ(queued(), 1);
}

TEST_F(LinkTest, TakesTheLedgersWordAfterARestartAndLooksOnlyAfterAWhile) {
  const auto verdict = link.resume(kTarget, fragment(), verdict_of(Outcome::Applied));

  ASSERT_TRUE(verdict.has_value());
  EXPECT_EQ(verdict->outcome, Outcome::Applied);
  const auto depth = link.queue().depth();
  EXPECT_EQ(depth.delayed, 1U);
  EXPECT_EQ(depth.due[0] + depth.due[1] + depth.due[2] + depth.processing, 0U);
}

TEST_F(LinkTest, KeepsWishesWhenTheWayToTheSystemChangesAndLooksAgain) {
  submit(fragment());
  link.set_health(std::string("well"));
  ASSERT_TRUE(link.health().has_value());
  const double before = queued();

  link.use(std::make_shared<System>());

  EXPECT_FALSE(link.health().has_value());
  EXPECT_TRUE(link.knows(kTarget, Uid("u1")));
  EXPECT_EQ(queued(), before + 1);
  EXPECT_EQ(link.check_target(), (Key{"Check", "", "corporate"}));
}

TEST_F(LinkTest, SaysWhenASystemCanBeUsedThatCouldNot) {
  link.set_health(Error{Code::Unavailable, "away", {}, {}});
  link.set_health(std::string("well"));
  link.set_health(std::string("still well"));
  EXPECT_THAT(around.heard(), ElementsAre("looked IdentityProvider corporate", "usable IdentityProvider corporate",
                                          "looked IdentityProvider corporate"));
  EXPECT_EQ(**link.health(), "still well");
}

TEST_F(LinkTest, ForgetsAnOwnerWithoutDoingAnythingOutside) {
  submit(fragment());
  const double before = queued();
  link.forget(kTarget, Uid("u1"));
  EXPECT_FALSE(link.knows(kTarget, Uid("u1")));
  EXPECT_THAT(link.wanted(kTarget), IsEmpty());
  EXPECT_EQ(queued(), before);
}

TEST_F(LinkTest, CountsVerdictsAndRepairs) {
  submit(fragment());
  ir::Verdict repaired = verdict_of(Outcome::Applied);
  repaired.drift_repaired = true;
  link.record(kTarget, fragment(), repaired);
  link.record(kTarget, fragment(), verdict_of(Outcome::Unknown));

  const std::string_view system = "IdentityProvider corporate";
  EXPECT_EQ(around.metrics.value(Metric::Verdicts, {system, "Applied"}), 1);
  EXPECT_EQ(around.metrics.value(Metric::Verdicts, {system, "Unknown"}), 1);
  EXPECT_EQ(around.metrics.value(Metric::DriftRepairs, {system}), 1);
}

TEST_F(LinkTest, SpreadsTheLooksAtWhatHasConverged) {
  sallyport::testing::FakeRandom least(0.0);
  Around early{around.clock, least, around.metrics, std::chrono::minutes(10), {}, {}};
  EXPECT_EQ(drift_wait(early), std::chrono::minutes(9));
  EXPECT_EQ(drift_wait(around.around()), std::chrono::minutes(10));
}

TEST(LinksTest, KeepLinksByTheNameOfTheirConnection) {
  sallyport::testing::Surroundings around;
  Links<TestLink> links;
  EXPECT_EQ(links.get("corporate"), nullptr);
  const auto made = std::make_shared<TestLink>(Key{"IdentityProvider", "", "corporate"},
                                               sallyport::testing::no_step<TestLink>, 1, around.around());
  links.put("corporate", made);
  EXPECT_EQ(links.get("corporate"), made);
  EXPECT_THAT(links.all(), ElementsAre(made));
  links.erase("corporate");
  links.erase("corporate");
  EXPECT_EQ(links.get("corporate"), nullptr);
}

}  // namespace
}  // namespace sallyport::shared
