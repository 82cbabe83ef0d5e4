// SPDX-License-Identifier: Apache-2.0
// Bad days of a data platform: late reads, refusals, throttling, answers that are none, and deaths in between.
#include "tests/conformance/data_stage.hpp"

namespace sallyport::data {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const std::string kAnalysts = "group:risk-analysts";
constexpr auto kLists = "/api/2.0/permissions/*";

TEST_F(DataConformance, WaitsForReadsThatLag) {
  stage.set_switch("stale_reads", "lag");
  stage.set_switch("stale_read_count", 2);

  EXPECT_OUTCOME(converge(fragment({group("risk-analysts")})), Outcome::Applied);

  EXPECT_EQ(held(kAnalysts), "CAN_QUERY");
}

TEST_F(DataConformance, WaitsNotForEver) {
  stage.set_switch("stale_reads", "lag");
  stage.set_switch("stale_read_count", 50);
  const SteadyTime begin = stage.clock.steady();

  const ir::Verdict verdict = converge(fragment({group("risk-analysts")}));

  EXPECT_OUTCOME(verdict, Outcome::Unknown);
  ASSERT_TRUE(verdict.error.has_value());
  EXPECT_EQ(verdict.error->code, Code::RateLimited);
  EXPECT_THAT(verdict.error->message, HasSubstr("not visible"));
  EXPECT_LT(stage.clock.steady() - begin, std::chrono::seconds(30));
  let_reads_catch_up();
  EXPECT_OUTCOME(converge(fragment({group("risk-analysts")})), Outcome::Applied);
}

TEST_F(DataConformance, RevokesOnlyOnTwoReadsThatAgree) {
  EXPECT_OUTCOME(converge(fragment({group("risk-analysts")})), Outcome::Applied);
  stage.set_switch("stale_reads", "alternate");
  stage.set_switch("stale_read_count", 5);
  set_level("group:data-scientists", "CAN_QUERY");  // which every second read does not show yet
  asked.clear();

  const ir::Verdict verdict = converge(wishing(Wish::Absent, fragment({})));

  EXPECT_OUTCOME(verdict, Outcome::Unknown);
  ASSERT_TRUE(verdict.error.has_value());
  EXPECT_THAT(verdict.error->message, HasSubstr("do not agree"));
  EXPECT_THAT(verbs(), Not(Contains("PUT")));
  let_reads_catch_up();
  stage.set_switch("stale_reads", "fresh");
  EXPECT_OUTCOME(converge(wishing(Wish::Absent, fragment({}))), Outcome::Gone);
  EXPECT_EQ(held(kAnalysts), "");
  EXPECT_EQ(held("group:data-scientists"), "CAN_QUERY");
}

TEST_F(DataConformance, TakesARefusedReadForUnknownAndNotForAbsent) {
  EXPECT_OUTCOME(converge(fragment({group("risk-analysts")})), Outcome::Applied);
  const ir::Ledger before = ledger();
  for (const char* path : {kLists, "/api/2.0/serving-endpoints*"}) {
    trouble({{"kind", "permission_denied"}, {"method", "GET"}, {"path", path}, {"times", 0}});
    until_the_next_look();
    asked.clear();
    for (const Wish wish : {Wish::Present, Wish::Absent}) {
      const ir::Verdict verdict = converge(wishing(wish, fragment({group("risk-analysts")})));
      EXPECT_OUTCOME(verdict, Outcome::Unknown) << path;
      ASSERT_TRUE(verdict.error.has_value());
      EXPECT_EQ(verdict.error->code, Code::Refused);
    }
    EXPECT_THAT(writes(), IsEmpty());
  }
  ASSERT_EQ(ledgers.kept.size(), 1U);
  EXPECT_EQ(ledger().entries.at(kAnalysts).owners, before.entries.at(kAnalysts).owners);
}

TEST_F(DataConformance, HonoursRetryAfter) {
  trouble({{"kind", "throttled"}, {"method", "PATCH"}, {"path", kLists}, {"retry_after", 7}});
  const SteadyTime begin = stage.clock.steady();

  EXPECT_OUTCOME(converge(fragment({group("risk-analysts")})), Outcome::Applied);

  EXPECT_GE(stage.clock.steady() - begin, std::chrono::seconds(7));
  EXPECT_EQ(held(kAnalysts), "CAN_QUERY");
}

TEST_F(DataConformance, PassesALongRetryAfterOn) {
  trouble({{"kind", "throttled"}, {"path", kLists}, {"times", 0}, {"retry_after", 120}});

  const ir::Verdict verdict = converge(fragment({group("risk-analysts")}));

  EXPECT_OUTCOME(verdict, Outcome::Unknown);
  ASSERT_TRUE(verdict.error.has_value());
  EXPECT_EQ(verdict.error->code, Code::RateLimited);
  EXPECT_EQ(verdict.error->retry_after, std::chrono::seconds(120));
}

TEST_F(DataConformance, SeesAThrottleBehindA500) {
  trouble({{"kind", "request_limit_as_500"}, {"path", kLists}, {"times", 2}});
  EXPECT_OUTCOME(converge(fragment({group("risk-analysts")})), Outcome::Applied);
}

TEST_F(DataConformance, SignsInAgainWhenItsTokenDies) {
  EXPECT_OUTCOME(converge(fragment({group("risk-analysts")})), Outcome::Applied);
  for (const char* kind : {"invalid_token", "unauthenticated"}) {
    asked.clear();
    trouble({{"kind", kind}, {"path", kLists}});
    EXPECT_OUTCOME(converge(fragment({group("risk-analysts")})), Outcome::Applied) << kind;
    EXPECT_THAT(asked, Contains(::testing::Field(&http::Request::target, "/oidc/v1/token")));
  }
}

TEST_F(DataConformance, SaysWhichSecretIsNoLongerTaken) {
  ASSERT_EQ(stage.control("PUT", "/client-secret", {{"client_id", simulators::databricks::kClient}, {"secret", "new"}})
                .status,
            200);
  restart();

  const ir::Verdict verdict = converge(fragment({group("risk-analysts")}));

  EXPECT_OUTCOME(verdict, Outcome::Unknown);
  ASSERT_TRUE(verdict.error.has_value());
  EXPECT_EQ(verdict.error->code, Code::Unauthorized);
  EXPECT_THAT(verdict.error->message, HasSubstr("renew Secret 'sallyport/dbx'"));
}

TEST_F(DataConformance, TakesNoPageForAnAnswer) {
  for (const char* kind : {"html_page", "private_link", "empty_body", "plain_text", "unavailable", "ip_blocked"}) {
    trouble({{"kind", kind}, {"path", kLists}, {"times", 0}});
    asked.clear();
    const ir::Verdict verdict = converge(fragment({group("risk-analysts")}));
    EXPECT_OUTCOME(verdict, Outcome::Unknown) << kind;
    EXPECT_TRUE(verdict.error.has_value()) << kind;
    EXPECT_THAT(verbs(), IsEmpty()) << kind;
  }
  EXPECT_EQ(held(kAnalysts), "");
}

TEST_F(DataConformance, SettlesATimeOutAfterTheEffectByLooking) {
  trouble({{"kind", "deadline_after_effect"}, {"method", "PATCH"}, {"path", kLists}});
  EXPECT_OUTCOME(converge(fragment({group("risk-analysts")})), Outcome::Unknown);
  EXPECT_EQ(held(kAnalysts), "CAN_QUERY");
  asked.clear();

  EXPECT_OUTCOME(converge(fragment({group("risk-analysts")})), Outcome::Applied);

  EXPECT_THAT(verbs(), IsEmpty());
  EXPECT_EQ(ledger().entries.at(kAnalysts).before, Level::None);
  EXPECT_OUTCOME(converge(wishing(Wish::Absent, fragment({}))), Outcome::Gone);
  EXPECT_EQ(held(kAnalysts), "");
}

TEST_F(DataConformance, GrantsNothingThatItCouldNotRemember) {
  ledgers.on_save = [] { return Result<void>{Error{Code::Unavailable, "the API server is away", {}, {}}}; };

  EXPECT_OUTCOME(converge(fragment({group("risk-analysts")})), Outcome::Unknown);

  EXPECT_THAT(writes(), IsEmpty());
  EXPECT_EQ(held(kAnalysts), "");
}

TEST_F(DataConformance, KnowsItsOwnAfterADeathRightAfterAGrant) {
  for (const bool answered : {true, false}) {
    for (const Level level : {Level::CanQuery, Level::CanManage, Level::CanView}) {
      if (answered)
        trouble({{"kind", "permission_denied"}, {"method", "GET"}, {"path", kLists}, {"nth", 2}, {"times", 0}});
      else
        trouble({{"kind", "deadline_after_effect"}, {"method", "PATCH"}, {"path", kLists}});
      EXPECT_OUTCOME(converge(fragment({group("risk-analysts", level)})), Outcome::Unknown);
      EXPECT_EQ(held(kAnalysts), to_string(level));
      no_trouble();
      restart();
    }
    EXPECT_OUTCOME(converge(wishing(Wish::Absent, fragment({}))), Outcome::Gone);
    EXPECT_EQ(held(kAnalysts), "");
  }
}

TEST_F(DataConformance, KeepsATokenThatSomebodyElseHasRenewedMeanwhile) {
  EXPECT_OUTCOME(converge(fragment({group("risk-analysts")})), Outcome::Applied);
  asked.clear();
  std::string dead;
  instead = [&](const http::Request& request) -> std::optional<Result<http::Response>> {
    if (!request.authorization || request.session) return std::nullopt;
    if (dead.empty()) {
      dead = request.authorization->reveal();
      EXPECT_TRUE(provider->check({})) << "which renews the token while our answer is on its way";
      return http::Response{401, {}, R"({"error_code":"UNAUTHENTICATED","message":"no"})"};
    }
    if (request.authorization->reveal() != dead) return std::nullopt;
    return http::Response{401, {}, R"({"error_code":"UNAUTHENTICATED","message":"no"})"};
  };

  EXPECT_OUTCOME(converge(fragment({group("risk-analysts")})), Outcome::Applied);

  EXPECT_EQ(times_asked("POST /oidc/v1/token"), 1);
}

TEST_F(DataConformance, CopesWithAWorkspaceThatWritesTheOthersBesideAnUnknownPrincipal) {
  stage.set_switch("partial_write", "others_applied");
  const ir::Verdict verdict = converge(fragment({group("nobody-knows"), group("risk-analysts")}));
  EXPECT_OUTCOME(verdict, Outcome::Applied);
  EXPECT_EQ(held(kAnalysts), "CAN_QUERY");
}

}  // namespace
}  // namespace sallyport::data
