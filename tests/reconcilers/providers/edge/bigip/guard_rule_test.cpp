// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/edge/bigip/guard_rule.hpp"

#include <gmock/gmock.h>

namespace sallyport::edge::bigip {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const ir::EdgePlace kPlace{"sp_inst_1", "fraud_1"};

/// What Tcl counts before it evaluates anything.
int depth(const std::string& text) {
  int open = 0;
  for (const char c : text) {
    open += c == '{' ? 1 : c == '}' ? -1 : 0;
    EXPECT_GE(open, 0);
  }
  return open;
}

TEST(GuardRule, HasBalancedBraces) {
  EXPECT_EQ(depth(guard_rule(kPlace, ClientNetworks::Listed)), 0);
  EXPECT_EQ(depth(guard_rule(kPlace, ClientNetworks::Everywhere)), 0);
}

TEST(GuardRule, ComparesTheWholePathInsteadOfABeginning) {
  const std::string rule = guard_rule(kPlace, ClientNetworks::Everywhere);

  EXPECT_THAT(rule, HasSubstr("class match -value -- [HTTP::path] equals /sp_inst_1/fraud_1/paths"));
  EXPECT_THAT(rule, Not(HasSubstr("starts_with")));
  EXPECT_THAT(rule, Not(HasSubstr("contains")));
}

TEST(GuardRule, AnswersInJson) {
  const std::string rule = guard_rule(kPlace, ClientNetworks::Listed);

  for (const std::string status : {"403", "404", "405", "413"}) {
    EXPECT_THAT(rule, HasSubstr("HTTP::respond " + status + " content {{\"error_code\":"));
  }
}

TEST(GuardRule, LooksAtNetworksOnlyWhenThereAreAny) {
  EXPECT_THAT(guard_rule(kPlace, ClientNetworks::Listed),
              HasSubstr("[IP::client_addr] equals /sp_inst_1/fraud_1/networks"));
  EXPECT_THAT(guard_rule(kPlace, ClientNetworks::Everywhere), Not(HasSubstr("networks")));
}

TEST(GuardRule, LeavesAuthorizationAloneAndTakesAwayIdentityHeaders) {
  const std::string rule = guard_rule(kPlace, ClientNetworks::Everywhere);

  EXPECT_THAT(rule, Not(HasSubstr("uthorization")));
  EXPECT_THAT(rule, HasSubstr("\"x-databricks-*\""));
  EXPECT_THAT(rule, HasSubstr("\"x-forwarded-user\""));
}

TEST(GuardRule, RewritesTheHostOnlyWhenTheRequestLeaves) {
  const std::string rule = guard_rule(kPlace, ClientNetworks::Everywhere);
  const std::size_t release = rule.find("when HTTP_REQUEST_RELEASE");

  ASSERT_NE(release, std::string::npos);
  EXPECT_GT(rule.find("HTTP::header replace \"Host\""), release);
}

TEST(GuardRule, HasNoLoopThatARequestCouldKeepRunning) {
  EXPECT_THAT(guard_rule(kPlace, ClientNetworks::Listed), Not(HasSubstr("while")));
}

TEST(GuardRule, EvaluatesNothingThatARequestBrings) {
  const std::string rule = guard_rule(kPlace, ClientNetworks::Listed);

  for (const std::string word : {"eval", "subst", "uplevel", "expr "}) EXPECT_THAT(rule, Not(HasSubstr(word)));
}

}  // namespace
}  // namespace sallyport::edge::bigip
