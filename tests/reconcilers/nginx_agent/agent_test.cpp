// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/nginx_agent/agent.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/reconcilers/nginx_agent/machine.hpp"
#include "tests/reconcilers/publication/published_gateway.hpp"
#include "tests/testing/fake_clock.hpp"

namespace sallyport::nginx_agent {
namespace {

using namespace std::chrono_literals;
using publication::Endpoint;
using publication::PublishedGateway;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// An nginx that reads what `current` points to when it is told to, and refuses files with a certain word.
class FakeNginx final : public Nginx {
 public:
  explicit FakeNginx(std::string installed) : installed_(std::move(installed)) {}

  Result<Judgement> test(const std::string& main_file) override {
    ++tests;
    if (all_bad) return Judgement{false, "nginx: [emerg] bad user in " + main_file + ":2\n"};
    const std::string endpoints = main_file.substr(0, main_file.rfind('/')) + "/endpoints";
    for (const auto& entry : std::filesystem::directory_iterator(endpoints)) {
      if (bad_word.empty() || testing::read_text(entry.path()).find(bad_word) == std::string::npos) continue;
      const std::string place = names_file ? " in " + entry.path().string() + ":3" : "";
      return Judgement{false, "2026/11/30 20:00:00 [emerg] 1#1: bad word" + place + "\nnginx: test failed\n"};
    }
    return Judgement{true, ""};
  }
  Result<void> reload() override {
    if (!runs) return Error{Code::NotFound, "nginx does not run", {}, {}};
    ++reloads;
    if (heeds) running_ = Generations(installed_).current();
    return {};
  }
  Result<std::string> running() override {
    if (!runs) return Error{Code::NotFound, "connection refused", {}, {}};
    return running_;
  }
  void start() {
    runs = true;
    running_ = Generations(installed_).current();
  }

  std::string bad_word;
  bool all_bad = false, names_file = true, runs = true, heeds = true;
  int tests = 0, reloads = 0;

 private:
  std::string installed_, running_;
};

class AgentOf : public ::testing::Test {
 protected:
  Agent make_agent() {
    return {sample_local(installed_),
            gateway_.trusted(),
            {.source = *source_, .nginx = nginx_, .clock = clock_, .resolve = [this](const std::string& host) {
               return resolve_(host);
             }}};
  }
  Report step(std::chrono::milliseconds later = 3s) {
    clock_.advance(later);
    return agent_.step();
  }
  [[nodiscard]] EndpointFiles served() const {
    const Generations generations(installed_);
    return generations.endpoints_of(generations.current());
  }
  static std::string state_of(const Report& report, const std::string& id) {
    for (const EndpointReport& endpoint : report.endpoints) {
      if (endpoint.id == id)
        return std::string(to_string(endpoint.state)) + (endpoint.why.empty() ? "" : ": " + endpoint.why);
    }
    return "not named";
  }

  PublishedGateway gateway_;
  testing::TemporaryDirectory root_;
  std::string installed_ = root_.path + "/installed";
  testing::FakeClock clock_;
  FakeNginx nginx_{installed_};
  std::unique_ptr<Source> source_ = directory_source(gateway_.path());
  std::function<Result<std::vector<std::string>>(const std::string&)> resolve_ = [](const std::string&) {
    return Result<std::vector<std::string>>({"10.0.0.1"});
  };
  Agent agent_ = make_agent();
};

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

TEST_F(AgentOf, AGatewayCollectsChangesForTwoSeconds) {
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

TEST_F(AgentOf, AGatewayLeavesOutWhatNginxRefuses) {
  for (const bool names_file : {true, false}) {
    nginx_.names_file = names_file;
    nginx_.bad_word = "bad.ml.example.com";
    gateway_.put("good");
    gateway_.put("bad");
    gateway_.publish();
    const Report report = step();
    EXPECT_EQ(state_of(report, "good"), "Live");
    EXPECT_THAT(state_of(report, "bad"), HasSubstr("LeftOut: nginx refuses it: bad word"));
    EXPECT_EQ(served().size(), 1U);
  }
}

TEST_F(AgentOf, AGatewayBlamesNobodyForWhatAllShare) {
  gateway_.put("fraud");
  gateway_.publish();
  nginx_.all_bad = true;
  Report report = step();
  EXPECT_THAT(report.trouble, HasSubstr("nginx refuses the whole: bad user"));
  EXPECT_EQ(report.generation, "");
  nginx_.all_bad = false;
  report = step();
  EXPECT_EQ(state_of(report, "fraud"), "Live");
}

TEST_F(AgentOf, AGatewayKeepsAFormerFileThatNginxTook) {
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

TEST_F(AgentOf, AGatewayServesAHostOnce) {
  gateway_.put("a");
  gateway_.put("b", 1, [](Endpoint& endpoint) { endpoint.host = "a.ml.example.com"; });
  gateway_.publish();
  EXPECT_EQ(state_of(step(), "b"), "LeftOut: a.ml.example.com:443 is served for a");
  EXPECT_THAT(served(), ElementsAre(::testing::Key("a")));
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
  EXPECT_THAT(state_of(step(), "fraud"), HasSubstr("Kept: no name server answers"));
  EXPECT_EQ(nginx_.reloads, 2);
}

TEST_F(AgentOf, AGatewayWaitsForAnObjectThatIsLate) {
  gateway_.put("fraud", 1, [](Endpoint& endpoint) { endpoint.certificate = std::string(64, 'f'); });
  gateway_.put("good");
  gateway_.publish();
  Report report = step();
  EXPECT_THAT(state_of(report, "fraud"), HasSubstr("LeftOut: "));
  EXPECT_EQ(state_of(report, "good"), "Live");
  gateway_.put("fraud", 2);
  gateway_.publish();
  EXPECT_EQ(state_of(step(), "fraud"), "Live");
}

TEST_F(AgentOf, AGatewayInstallsThoughNginxDoesNotRun) {
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

TEST_F(AgentOf, AGatewayTellsNginxAgainWhenItDidNotHear) {
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

TEST_F(AgentOf, AGatewayKeepsNoObjectThatNobodyNeeds) {
  gateway_.put("a");
  gateway_.publish();
  step();
  const std::string first = gateway_.manifest().endpoints[0].document;
  for (std::int64_t generation = 2; generation < 6; ++generation) {
    gateway_.put("a", generation, [&](Endpoint& endpoint) { endpoint.traffic.max_body_bytes = generation; });
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
