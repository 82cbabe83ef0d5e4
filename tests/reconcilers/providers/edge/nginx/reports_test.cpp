// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/edge/nginx/reports.hpp"

#include <gmock/gmock.h>

namespace sallyport::edge::nginx {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const SystemTime kNow = *parse_rfc3339("2026-12-01T12:00:00Z");
constexpr std::chrono::hours kUseFor{24};

AgentReport told(const std::string& agent, const std::string& state = "Live", std::chrono::seconds ago = {}) {
  AgentReport report{agent, true, kNow - ago, 7, true, {}, {}};
  report.endpoints["fraud"] = {"d1", state, state == "LeftOut" ? "nginx refuses it" : ""};
  return report;
}

using Where = Standing::Where;

TEST(Reports, AreReadAsAgentsWriteThem) {
  const AgentReport report = read_report("edge-1", R"({"at": "2026-12-01T12:00:00Z", "serial": 7, "generation": "0a",
      "running": true, "trouble": "one\ntwo", "endpoints": [
        {"id": "fraud", "generation": 2, "document": "d1", "state": "Kept", "why": "it is bad"}]})",
                                         kNow);
  ASSERT_TRUE(report.readable) << report.trouble;
  EXPECT_EQ(report.agent, "edge-1");
  EXPECT_EQ(report.at, kNow);
  EXPECT_EQ(report.serial, 7);
  EXPECT_EQ(report.trouble.find('\n'), std::string::npos);
  EXPECT_EQ(report.endpoints.at("fraud").state, "Kept");
  EXPECT_EQ(report.endpoints.at("fraud").why, "it is bad");
}

TEST(Reports, AreNotGuessedAt) {
  for (const char* text :
       {"", "{", "[]", "{}", R"({"at": "yesterday", "serial": 1, "running": true, "endpoints": []})",
        R"({"at": "2026-12-01T12:10:00Z", "serial": 1, "running": true, "endpoints": []})",
        R"({"at": "1600-01-01T00:00:00Z", "serial": 1, "running": true, "endpoints": []})",
        R"({"at": "2026-12-01T12:00:00Z", "serial": "1", "running": true, "endpoints": []})",
        R"({"at": "2026-12-01T12:00:00Z", "serial": 9223372036854775807, "running": true, "endpoints": []})",
        R"({"at": "2026-12-01T12:00:00Z", "serial": 1, "running": true, "endpoints": [{}]})"}) {
    const AgentReport report = read_report("edge-1", text, kNow);
    EXPECT_FALSE(report.readable) << text;
    EXPECT_THAT(report.trouble, HasSubstr("cannot be read"));
  }
}

TEST(Reports, OfAnAgentThatCannotBeReadHoldUpWhatDependsOnIt) {
  const AgentReport garbled = unreadable_report("b", "half");
  EXPECT_EQ(standing_of("fraud", "d1", {told("a"), garbled}, kNow).where, Where::Waiting);
  EXPECT_EQ(still_served_by("fraud", 9, {garbled}, kUseFor, kNow), "b");
  EXPECT_THAT(notes_on({told("a"), garbled}, kNow), ElementsAre(HasSubstr("agent b: its report cannot be read")));
  EXPECT_EQ(highest_serial({told("a"), garbled}), 7);
}

TEST(Standing, IsInForceOnceEveryAgentThatIsNotSilentHasIt) {
  EXPECT_EQ(standing_of("fraud", "d1", {told("a"), told("b")}, kNow).where, Where::InForce);
  EXPECT_EQ(standing_of("fraud", "d1", {told("a"), told("b", "Kept", std::chrono::minutes(3))}, kNow).where,
            Where::InForce);
  EXPECT_EQ(standing_of("fraud", "d1", {told("a"), told("b", "Pending")}, kNow).where, Where::Waiting);
  EXPECT_EQ(standing_of("fraud", "d2", {told("a")}, kNow).where, Where::Waiting);
  EXPECT_EQ(standing_of("churn", "d1", {told("a")}, kNow).where, Where::Waiting);
}

TEST(Standing, WaitsWhereNobodyTells) {
  EXPECT_THAT(standing_of("fraud", "d1", {}, kNow).why, HasSubstr("no agent"));
  const std::vector<AgentReport> silent{told("a", "Live", std::chrono::minutes(3))};
  EXPECT_EQ(standing_of("fraud", "d1", silent, kNow).where, Where::Unheard);
  EXPECT_FALSE(is_heard(silent, kNow));
  EXPECT_TRUE(is_heard({told("a")}, kNow));
}

TEST(Standing, SaysWhichAgentDidNotTakeItAndWhy) {
  const Standing standing = standing_of("fraud", "d1", {told("a"), told("b", "LeftOut")}, kNow);
  EXPECT_EQ(standing.where, Where::NotTaken);
  EXPECT_EQ(standing.why, "agent b: nginx refuses it");
}

TEST(Standing, IsNotInForceWhereNginxDoesNotRun) {
  AgentReport down = told("a");
  down.running = false;
  EXPECT_EQ(standing_of("fraud", "d1", {down}, kNow).where, Where::Waiting);
  down.trouble = "nginx does not answer";
  EXPECT_THAT(standing_of("fraud", "d1", {down}, kNow).why, HasSubstr("nginx does not answer"));
}

TEST(Removal, WaitsForEveryAgentThatMayServeIt) {
  EXPECT_EQ(still_served_by("fraud", 8, {}, kUseFor, kNow), "");
  EXPECT_EQ(still_served_by("fraud", 8, {told("a")}, kUseFor, kNow), "a");  // of an older serial
  EXPECT_EQ(still_served_by("fraud", 7, {told("a")}, kUseFor, kNow), "a");  // names it
  EXPECT_EQ(still_served_by("churn", 7, {told("a")}, kUseFor, kNow), "");
  EXPECT_EQ(still_served_by("fraud", 8, {told("a", "Live", std::chrono::hours(23))}, kUseFor, kNow), "a");
  EXPECT_EQ(still_served_by("fraud", 8, {told("a", "Live", std::chrono::hours(25))}, kUseFor, kNow), "");
}

TEST(Notes, TellOfSilenceAndTrouble) {
  EXPECT_THAT(notes_on({}, kNow), ElementsAre(HasSubstr("no agent")));
  EXPECT_THAT(notes_on({told("a")}, kNow), IsEmpty());
  AgentReport troubled = told("b");
  troubled.trouble = "the disk is full";
  EXPECT_THAT(
      notes_on({told("a", "Live", std::chrono::minutes(5)), troubled}, kNow),
      ElementsAre(HasSubstr("agent a has been silent since 2026-12-01T11:55:00Z"), "agent b: the disk is full"));
}

}  // namespace
}  // namespace sallyport::edge::nginx
