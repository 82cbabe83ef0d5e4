// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/databricks_workspace/target.hpp"

#include <gmock/gmock.h>

#include "tests/reconcilers/surroundings.hpp"

namespace sallyport::databricks_workspace {
namespace {

using ir::Outcome;
using ir::Wish;
using shared::WorkspaceLink;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// A workspace that does as it is told, and remembers what that was.
class FakeWorkspace final : public data::DataProvider {
 public:
  Result<std::string> check(std::stop_token) override {
    if (unwell) return *unwell;
    return std::string("5a11");
  }
  Result<data::ServingEndpoint> resolve(const std::string& name, std::stop_token) override {
    return Error{Code::NotFound, name, {}, {}};
  }
  std::vector<ir::Verdict> converge(const data::Step& step, std::stop_token) override {
    return answer("converge", step, converged);
  }
  std::vector<ir::Verdict> compare(const data::Step& step, std::stop_token) override {
    return answer("compare", step, Outcome::Unknown);
  }
  std::string render(const ir::GrantFragment&) const override { return {}; }

  std::vector<std::string> asked;
  std::vector<Wish> wishes;  ///< of the last question
  std::optional<Error> unwell;
  std::optional<Error> refused;
  Outcome converged = Outcome::Applied;
  std::string url;  ///< what an answer says of the endpoint, if anything

 private:
  std::vector<ir::Verdict> answer(const std::string& what, const data::Step& step, Outcome outcome) {
    std::vector<ir::Verdict> verdicts;
    std::string line = what + " " + step.serving_endpoint;
    wishes.clear();
    for (const ir::GrantFragment& fragment : step.fragments) {
      line += " " + fragment.owner.name;
      wishes.push_back(fragment.wish);
      verdicts.push_back(sallyport::testing::verdict_of(refused ? Outcome::Rejected : outcome));
      if (!url.empty()) verdicts.back().facts["invocations_url"] = url;
      if (unwell || refused) verdicts.back().error = unwell ? unwell : refused;
    }
    asked.push_back(line);
    return verdicts;
  }
};

class WorkspaceTarget : public ::testing::Test {
 protected:
  void want(const std::string& name, Wish wish, bool require_tag = true) {
    ir::GrantFragment fragment;
    fragment.wish = wish;
    fragment.owner = {"ProtectedEndpoint", "risk", name, Uid("uid-" + name), "7", 1};
    fragment.serving_endpoint = "fraud-scoring";
    fragment.require_tag = require_tag;
    link.submit(target, fragment, runtime::Priority::Normal);
  }
  Outcome outcome(const std::string& name) { return link.verdict(target, Uid("uid-" + name))->outcome; }

  const Key target = shared::serving_target("fraud-scoring");
  sallyport::testing::Surroundings around;
  std::shared_ptr<FakeWorkspace> workspace = std::make_shared<FakeWorkspace>();
  WorkspaceLink::Step step = grant_step();
  WorkspaceLink link{
      {"DatabricksWorkspace", "", "prod-eu"}, sallyport::testing::no_step<WorkspaceLink>, 1, around.around()};
};

TEST_F(WorkspaceTarget, WaitsUntilThereIsAWorkspace) {
  const runtime::Next next = step(link, target, {});
  ASSERT_TRUE(next.error.has_value());
  EXPECT_EQ(next.error->code, Code::Unavailable);
}

TEST_F(WorkspaceTarget, ConvergesAllObjectsOfAnEndpointInOneStepAndLooksForThoseThatOnlyObserve) {
  link.use(workspace);
  want("a", Wish::Present);
  want("b", Wish::Hold);
  want("c", Wish::Observe);
  want("d", Wish::Absent);

  const runtime::Next next = step(link, target, {});

  EXPECT_THAT(workspace->asked, ElementsAre("converge fraud-scoring a b c d", "compare fraud-scoring c"))
      << "who observes keeps a share of the ledger, like who is held";
  EXPECT_EQ(outcome("a"), Outcome::Applied);
  EXPECT_EQ(outcome("c"), Outcome::Unknown);
  EXPECT_FALSE(next.error.has_value());
  EXPECT_EQ(next.again_after, std::chrono::minutes(10));
}

/// A workspace that says where its endpoint is, and one that was reached before and is not now.
TEST_F(WorkspaceTarget, TellsWhatTheServingHostShowsThoughTheWorkspaceCannotBeAsked) {
  link.use(workspace);
  want("a", Wish::Present);
  std::vector<std::string> looked;
  step = grant_step([&](const std::string& url, std::stop_token) {
    looked.push_back(url);
    return ir::Facts{{"certificate_until", "2027-01-01T00:00:00Z"}};
  });
  const auto facts = [&] { return link.verdict(target, Uid("uid-a"))->facts; };

  (void)step(link, target, {});
  EXPECT_THAT(facts(), IsEmpty()) << "where it is was never said";

  workspace->url = "https://adb-1.example.net/x";
  (void)step(link, target, {});
  EXPECT_EQ(facts()["certificate_until"], "2027-01-01T00:00:00Z");

  workspace->url.clear();
  workspace->converged = Outcome::Unknown;
  for (int again = 0; again < 2; ++again) {
    (void)step(link, target, {});
    EXPECT_EQ(facts()["certificate_until"], "2027-01-01T00:00:00Z");
  }
  EXPECT_THAT(looked, ::testing::Each("https://adb-1.example.net/x"));
}

TEST_F(WorkspaceTarget, OnlyLooksWhereNobodyActs) {
  link.use(workspace);
  want("b", Wish::Hold);
  want("c", Wish::Observe);

  (void)step(link, target, {});

  EXPECT_THAT(workspace->asked, ElementsAre("compare fraud-scoring b c"));
}

TEST_F(WorkspaceTarget, DoesNotEvenLookForWhoIsHeldWhereNoConsentIsAskedFor) {
  link.use(workspace);
  want("b", Wish::Hold, false);

  (void)step(link, target, {});

  EXPECT_THAT(workspace->asked, IsEmpty());
}

TEST_F(WorkspaceTarget, TakesBackWhatTheEndpointNoLongerConsentsToThoughNobodyActs) {
  link.use(workspace);
  want("b", Wish::Hold);
  want("c", Wish::Observe);
  workspace->refused = Error{Code::Refused, "it does not consent", {}, {}};

  const runtime::Next next = step(link, target, {});

  EXPECT_THAT(workspace->asked, ElementsAre("compare fraud-scoring b c", "converge fraud-scoring b c"));
  EXPECT_THAT(workspace->wishes, ElementsAre(Wish::Hold, Wish::Hold)) << "as the provider takes them";
  EXPECT_EQ(outcome("b"), Outcome::Rejected);
  EXPECT_EQ(outcome("c"), Outcome::Rejected);
  ASSERT_TRUE(next.error.has_value());
  EXPECT_EQ(next.error->code, Code::Refused);
}

TEST_F(WorkspaceTarget, AsksNothingWhenNobodyWantsAnythingAndDoesNotComeBack) {
  link.use(workspace);

  const runtime::Next next = step(link, target, {});

  EXPECT_FALSE(next.error.has_value());
  EXPECT_FALSE(next.again_after.has_value());
  EXPECT_THAT(workspace->asked, IsEmpty());
}

TEST_F(WorkspaceTarget, TriesAgainWhatFailed) {
  link.use(workspace);
  workspace->unwell = Error{Code::RateLimited, "slow down", {}, {}};
  want("a", Wish::Present);
  const runtime::Next next = step(link, target, {});
  ASSERT_TRUE(next.error.has_value());
  EXPECT_EQ(next.error->code, Code::RateLimited);
}

TEST_F(WorkspaceTarget, KeepsTheLastLookAtTheWorkspace) {
  link.use(workspace);
  EXPECT_FALSE(step(link, link.check_target(), {}).error.has_value());
  EXPECT_EQ(**link.health(), "5a11");
  workspace->unwell = Error{Code::Unauthorized, "expired", {}, {}};
  EXPECT_EQ(step(link, link.check_target(), {}).error->code, Code::Unauthorized);
  EXPECT_EQ(link.health()->error().code, Code::Unauthorized);
}

}  // namespace
}  // namespace sallyport::databricks_workspace
