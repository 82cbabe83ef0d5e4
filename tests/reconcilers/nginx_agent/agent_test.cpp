// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/nginx_agent/agent.hpp"

#include "operator/base/digest.hpp"
#include "tests/reconcilers/nginx_agent/agent_stage.hpp"

namespace sallyport::nginx_agent {
namespace {

TEST_F(AgentOf, AGatewayInstallsWhatIsPublished) {
  gateway_.put("fraud");
  gateway_.publish();
  step();
  const Report report = step();
  EXPECT_EQ(report.trouble, "");
  EXPECT_TRUE(report.running);
  EXPECT_EQ(state_of(report, "fraud"), "Live");
  EXPECT_THAT(served().at("fraud"), HasSubstr("server_name fraud.ml.example.com;"));
  EXPECT_EQ(testing::read_text(installed_ + "/manifest"), testing::read_text(gateway_.path() + "/manifest"))
      << "for the authorizer";
  EXPECT_EQ(nginx_.reloads, 1);
}

TEST_F(AgentOf, AGatewayDoesNothingWhileNothingChanges) {
  gateway_.put("fraud");
  gateway_.publish();
  step();
  const int tests = nginx_.tests;
  for (int i = 0; i < 10; ++i) step();
  gateway_.publish();  // signed anew, and the same in it
  step();
  EXPECT_EQ(nginx_.tests, tests);
  EXPECT_EQ(nginx_.reloads, 1);
}

TEST_F(AgentOf, AGatewayReloadsForPoliciesNever) {
  gateway_.put("fraud");
  gateway_.publish();
  step();
  gateway_.put("fraud", 2, [](Endpoint& endpoint) { endpoint.token.clients = {"only-this"}; });
  gateway_.publish();
  step(1ms);
  EXPECT_EQ(nginx_.reloads, 1);
  EXPECT_EQ(testing::read_text(installed_ + "/manifest"), testing::read_text(gateway_.path() + "/manifest"))
      << "a grant that was taken away does not wait for a reload";
}

TEST_F(AgentOf, AGatewayBelievesTheOperatorOnly) {
  gateway_.put("fraud");
  gateway_.publish();
  step();
  PublishedGateway other;
  other.put("fraud", 9);
  gateway_.publish(other.seal());
  const Report report = step();
  EXPECT_THAT(report.trouble, HasSubstr("not trusted"));
  EXPECT_EQ(report.serial, 1);
  EXPECT_EQ(state_of(report, "fraud"), "Live") << "what is installed goes on";
}

TEST_F(AgentOf, AGatewayFollowsNoOlderManifestAndNoOlderGeneration) {
  gateway_.put("fraud", 5);
  const std::string older = gateway_.seal();
  gateway_.publish();
  step();
  gateway_.publish(older);
  EXPECT_THAT(step().trouble, HasSubstr("older"));
  gateway_.put("fraud", 4, [](Endpoint& endpoint) { endpoint.traffic.max_body_bytes = 9; });
  gateway_.publish();
  step();
  EXPECT_THAT(served().at("fraud"), HasSubstr("client_max_body_size 16777216;"));
}

TEST_F(AgentOf, AGatewayRemovesWhatIsNoLongerPublished) {
  gateway_.put("a");
  gateway_.put("b");
  gateway_.publish();
  step();
  gateway_.remove("a");
  gateway_.publish();
  step();
  EXPECT_THAT(served(), ElementsAre(::testing::Key("b")));
}

TEST_F(AgentOf, AGatewayGoesOnWhenTheSourceIsGone) {
  gateway_.put("fraud");
  gateway_.publish();
  step();
  std::filesystem::remove(gateway_.path() + "/manifest");
  const Report report = step();
  EXPECT_THAT(report.trouble, HasSubstr("does not exist"));
  EXPECT_EQ(state_of(report, "fraud"), "Live");
  Agent again = make_agent();
  clock_.advance(3s);
  const Report after = again.step();
  EXPECT_EQ(state_of(after, "fraud"), "Live") << "across its own restart";
  EXPECT_EQ(after.generation, report.generation);
  EXPECT_EQ(nginx_.reloads, 1);
}

TEST_F(AgentOf, AGatewayFollowsTheAddressesOfItsBackends) {
  gateway_.put("fraud");
  gateway_.publish();
  step();
  resolve_ = [](const std::string&) { return Result<std::vector<std::string>>({"10.0.0.9", "10.0.0.2"}); };
  step();
  EXPECT_THAT(served().at("fraud"), HasSubstr("server 10.0.0.2:443;\n  server 10.0.0.9:443;"));
  resolve_ = [](const std::string&) { return Result<std::vector<std::string>>({"10.0.0.2", "10.0.0.9"}); };
  step();
  EXPECT_EQ(nginx_.reloads, 2) << "the order of an answer changes nothing";
  resolve_ = [](const std::string&) {
    return Result<std::vector<std::string>>(Error{Code::Unavailable, "no name server answers", {}, {}});
  };
  EXPECT_EQ(state_of(step(), "fraud"), "Live") << "it is where it was";
  EXPECT_EQ(nginx_.reloads, 2);
}

TEST_F(AgentOf, AGatewayServesBesideABackendThatNobodyKnows) {
  resolve_ = [](const std::string& host) {
    if (host == "adb-1.7.azuredatabricks.net") return Result<std::vector<std::string>>({"10.0.0.2"});
    return Result<std::vector<std::string>>(Error{Code::Unavailable, "no name server answers", {}, {}});
  };
  gateway_.put("fraud", 1, [](Endpoint& endpoint) {
    endpoint.backends.push_back(endpoint.backends.front());
    endpoint.backends.back().name = "us";
    endpoint.backends.back().host = "adb-2.8.azuredatabricks.net";
  });
  gateway_.publish();

  EXPECT_THAT(state_of(step(), "fraud"), HasSubstr("Live: adb-2.8.azuredatabricks.net: no name server answers"));

  EXPECT_THAT(served().at("fraud"), HasSubstr("server 10.0.0.2:443;"));
  EXPECT_THAT(served().at("fraud"), Not(HasSubstr("adb-2.8")));
}

TEST_F(AgentOf, AGatewayLeavesOutAnEndpointWhoseBackendsNobodyKnows) {
  resolve_ = [](const std::string&) {
    return Result<std::vector<std::string>>(Error{Code::Unavailable, "no name server answers", {}, {}});
  };
  gateway_.put("fraud");
  gateway_.publish();

  EXPECT_THAT(state_of(step(), "fraud"), HasSubstr("LeftOut: adb-1.7.azuredatabricks.net: no name server answers"));
}

TEST_F(AgentOf, AGatewayWaitsForAnObjectThatIsLate) {
  const Secret late("late PEM");
  gateway_.put("fraud", 1, [&](Endpoint& endpoint) { endpoint.certificate = sha256_hex(late.reveal()); });
  gateway_.put("good");
  gateway_.publish();
  Report report = step();
  EXPECT_THAT(state_of(report, "fraud"), HasSubstr("LeftOut: "));
  EXPECT_EQ(state_of(report, "good"), "Live");
  ASSERT_TRUE(gateway_.objects().put(late));
  EXPECT_EQ(state_of(step(), "fraud"), "Live") << "under the same manifest";
}

TEST_F(AgentOf, AGatewayFetchesADamagedObjectAgain) {
  gateway_.put("fraud");
  gateway_.publish();
  step();
  const publication::Objects objects(installed_ + "/objects");
  testing::write_text(objects.path_of(gateway_.certificate()), "damaged");
  gateway_.put("fraud", 2);
  gateway_.publish();
  step();
  EXPECT_EQ(objects.read(gateway_.certificate())->reveal(), "PEM");
}

TEST_F(AgentOf, AGatewayKeepsNoObjectThatNobodyNeeds) {
  gateway_.put("a");
  gateway_.publish();
  step();
  const std::string first = gateway_.manifest().endpoints[0].document;
  for (std::int64_t generation = 2; generation < 6; ++generation) {
    gateway_.put("a", generation, [&](Endpoint& endpoint) { endpoint.token.clients = {std::to_string(generation)}; });
    gateway_.publish();
    step();
  }
  const publication::Objects objects(installed_ + "/objects");
  EXPECT_FALSE(objects.has(first));
  EXPECT_TRUE(objects.has(gateway_.manifest().endpoints[0].document));
  EXPECT_TRUE(objects.has(gateway_.certificate()));
}

}  // namespace
}  // namespace sallyport::nginx_agent
