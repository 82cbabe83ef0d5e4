// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/nginx_agent/agent.hpp"
#include "tests/reconcilers/nginx_agent/agent_stage.hpp"

namespace sallyport::nginx_agent {
namespace {

class InstallingAgentOf : public AgentOf {};

TEST_F(InstallingAgentOf, AGatewayCollectsChangesForTwoSeconds) {
  gateway_.put("a");
  gateway_.publish();
  step();
  for (const char* id : {"b", "c", "d"}) {
    gateway_.put(id);
    gateway_.publish();
    const Report report = step(500ms);
    EXPECT_EQ(state_of(report, id), "Pending");
    EXPECT_FALSE(report.running);
  }
  EXPECT_EQ(nginx_.reloads, 1);
  step(500ms);
  EXPECT_EQ(nginx_.reloads, 2);
  EXPECT_EQ(served().size(), 4U);
}

TEST_F(InstallingAgentOf, AGatewayLeavesOutWhatNginxRefusesByName) {
  nginx_.bad_word = "bad.ml.example.com";
  gateway_.put("good");
  gateway_.put("bad");
  gateway_.publish();
  const Report report = step();
  EXPECT_EQ(state_of(report, "good"), "Live");
  EXPECT_THAT(state_of(report, "bad"), HasSubstr("LeftOut: nginx refuses it: bad word"));
  EXPECT_EQ(served().size(), 1U);
}

TEST_F(InstallingAgentOf, AGatewayFindsWhatNginxRefusesWithoutAName) {
  nginx_.names_file = false;
  nginx_.bad_word = "server_name bad";
  for (int i = 0; i < 60; ++i) gateway_.put("good_" + std::to_string(i));
  gateway_.put("bad_1");
  gateway_.put("bad_2");
  gateway_.publish();
  const Report report = step();
  EXPECT_THAT(state_of(report, "bad_1"), HasSubstr("LeftOut"));
  EXPECT_THAT(state_of(report, "bad_2"), HasSubstr("LeftOut"));
  EXPECT_EQ(served().size(), 60U);
  EXPECT_LT(nginx_.tests, 35) << "by halves";
}

TEST_F(InstallingAgentOf, AGatewayLeavesOutOneOfTwoThatAreAtOdds) {
  nginx_.at_odds = "client_max_body_size 7;";
  gateway_.put("a", 1, [](Endpoint& endpoint) { endpoint.traffic.max_body_bytes = 7; });
  gateway_.put("b", 1, [](Endpoint& endpoint) { endpoint.traffic.max_body_bytes = 7; });
  gateway_.put("c");
  gateway_.publish();
  const Report report = step();
  EXPECT_EQ(served().size(), 2U);
  EXPECT_EQ(state_of(report, "c"), "Live");
}

TEST_F(InstallingAgentOf, AGatewayBlamesNobodyForWhatAllShare) {
  gateway_.put("fraud");
  gateway_.publish();
  nginx_.all_bad = true;
  Report report = step();
  EXPECT_THAT(report.trouble, HasSubstr("nginx refuses the whole: bad user"));
  EXPECT_EQ(report.generation, "");
  const int tests = nginx_.tests;
  report = step();
  EXPECT_THAT(report.trouble, HasSubstr("nginx refuses the whole: bad user"));
  EXPECT_EQ(nginx_.tests, tests) << "not again at once";
  nginx_.all_bad = false;
  report = step(30s);
  EXPECT_EQ(state_of(report, "fraud"), "Live");
}

TEST_F(InstallingAgentOf, AGatewayKeepsAFormerFileThatNginxTook) {
  gateway_.put("fraud");
  gateway_.publish();
  step();
  const EndpointFiles before = served();
  nginx_.bad_word = "client_max_body_size 7;";
  gateway_.put("fraud", 2, [](Endpoint& endpoint) { endpoint.traffic.max_body_bytes = 7; });
  gateway_.put("other");
  gateway_.publish();
  const Report report = step();
  EXPECT_THAT(state_of(report, "fraud"), HasSubstr("Kept: nginx refuses it"));
  EXPECT_EQ(state_of(report, "other"), "Live");
  EXPECT_EQ(served().at("fraud"), before.at("fraud"));
  const int tests = nginx_.tests;
  step();
  EXPECT_EQ(nginx_.tests, tests) << "what was refused is not tried again as it is";
  gateway_.put("fraud", 3, [](Endpoint& endpoint) { endpoint.traffic.max_body_bytes = 8; });
  gateway_.publish();
  EXPECT_EQ(state_of(step(), "fraud"), "Live");
}

TEST_F(InstallingAgentOf, AGatewayServesAHostOnce) {
  gateway_.put("a");
  gateway_.put("b", 1, [](Endpoint& endpoint) { endpoint.host = "a.ml.example.com"; });
  gateway_.publish();
  EXPECT_EQ(state_of(step(), "b"), "LeftOut: a.ml.example.com on 443 is served for a");
  EXPECT_THAT(served(), ElementsAre(::testing::Key("a")));
}

TEST_F(InstallingAgentOf, AGatewayKeepsItsFormerFilesAndSaysWhyWhenNginxRefusesTheNew) {
  gateway_.put("fraud");
  gateway_.publish();
  step();
  nginx_.all_bad = true;
  gateway_.put("other");
  gateway_.publish();
  for (int i = 0; i < 5; ++i) EXPECT_THAT(step(11s).trouble, HasSubstr("nginx refuses the whole"));
  EXPECT_EQ(served().size(), 1U);
}

TEST_F(InstallingAgentOf, AGatewayInstallsThoughNginxDoesNotRun) {
  nginx_.runs = false;
  gateway_.put("fraud");
  gateway_.publish();
  step();
  Report report = step();
  EXPECT_FALSE(report.running);
  EXPECT_NE(report.trouble, "");
  EXPECT_THAT(served(), ::testing::SizeIs(1));
  nginx_.start();
  report = step();
  EXPECT_TRUE(report.running);
  EXPECT_EQ(report.trouble, "");
}

TEST_F(InstallingAgentOf, AGatewayTakesNobodyOutForATroubleOfTheMachine) {
  gateway_.put("a");
  gateway_.put("b");
  gateway_.publish();
  step();
  nginx_.bad_word = "proxy_pass";  // what all of them have, such as certificates that are gone
  gateway_.put("a", 2, [](Endpoint& endpoint) { endpoint.traffic.max_body_bytes = 9; });
  gateway_.publish();
  EXPECT_THAT(step().trouble, HasSubstr("nginx refuses the whole"));
  EXPECT_EQ(served().size(), 2U);
  nginx_.bad_word.clear();
  EXPECT_EQ(state_of(step(30s), "a"), "Live");
  EXPECT_THAT(served().at("a"), HasSubstr("client_max_body_size 9;"));
}

TEST_F(InstallingAgentOf, AGatewayTriesAgainWhatNginxRefusedLongAgo) {
  nginx_.bad_word = "server_name bad";
  gateway_.put("bad_1");
  gateway_.publish();
  EXPECT_THAT(state_of(step(), "bad_1"), HasSubstr("LeftOut"));
  nginx_.bad_word.clear();
  EXPECT_THAT(state_of(step(), "bad_1"), HasSubstr("LeftOut"));
  step(10min);
  EXPECT_EQ(state_of(step(), "bad_1"), "Live");
}

TEST_F(InstallingAgentOf, AGatewayGoesBackFromWhatPassesTheTestAndDoesNotRun) {
  gateway_.put("good");
  gateway_.publish();
  step();
  nginx_.heeds = false;  // a port that is in use: told to reload, it goes on with what it has
  gateway_.put("bad", 1, [](Endpoint& endpoint) { endpoint.port = 8443; });
  gateway_.put("other");
  gateway_.publish();
  step();
  EXPECT_EQ(served().size(), 3U);
  for (int i = 0; i < 4; ++i) step(5s);
  nginx_.heeds = true;
  step(6s);
  const Report report = step();
  EXPECT_THAT(state_of(report, "bad"), HasSubstr("LeftOut: nginx refuses it: it passed the test"));
  EXPECT_EQ(state_of(report, "other"), "Live");
  EXPECT_EQ(served().size(), 2U);
  EXPECT_TRUE(report.running);
}

TEST_F(InstallingAgentOf, AGatewayMendsADamagedGeneration) {
  gateway_.put("fraud");
  gateway_.publish();
  step();
  std::filesystem::remove(installed_ + "/current/endpoints/fraud.conf");
  Agent again = make_agent();
  clock_.advance(3s);
  (void)again.step();
  clock_.advance(3s);
  const Report report = again.step();
  EXPECT_EQ(state_of(report, "fraud"), "Live");
  EXPECT_TRUE(report.running);
  EXPECT_EQ(nginx_.reloads, 2);
}

TEST_F(InstallingAgentOf, AGatewayLeavesADoorToWhoHasIt) {
  gateway_.put("b");
  gateway_.publish();
  step();
  gateway_.put("a", 1, [](Endpoint& endpoint) { endpoint.host = "b.ml.example.com"; });
  gateway_.publish();
  EXPECT_EQ(state_of(step(), "a"), "LeftOut: b.ml.example.com on 443 is served for b");
  EXPECT_EQ(state_of(step(), "b"), "Live");
}

TEST_F(InstallingAgentOf, AGatewayTellsNginxAgainWhenItDidNotHear) {
  nginx_.heeds = false;
  gateway_.put("fraud");
  gateway_.publish();
  step();
  EXPECT_THAT(step(1s).trouble, HasSubstr("nginx runs with generation"));
  EXPECT_EQ(nginx_.reloads, 1);
  nginx_.heeds = true;
  step(5s);
  EXPECT_EQ(nginx_.reloads, 2);
  EXPECT_TRUE(step(1s).running);
}

}  // namespace
}  // namespace sallyport::nginx_agent
