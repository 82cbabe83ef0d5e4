// SPDX-License-Identifier: Apache-2.0
// An agent between an operator's publication and an nginx that heeds it.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reconcilers/nginx_agent/agent.hpp"
#include "tests/reconcilers/nginx_agent/sample_machine.hpp"
#include "tests/reconcilers/publication/published_gateway.hpp"
#include "tests/testing/fake_clock.hpp"

namespace sallyport::nginx_agent {

using namespace std::chrono_literals;
using publication::Endpoint;
using publication::PublishedGateway;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// An nginx that reads what `current` points to when it is told to, and refuses files with a certain word.
class FakeNginx final : public Nginx {
 public:
  explicit FakeNginx(std::string installed) : installed_(std::move(installed)) {}

  Result<Judgement> test(const std::string& main_file) override {
    ++tests;
    if (all_bad) return Judgement{false, "nginx: [emerg] bad user in " + main_file + ":2\n"};
    const std::string endpoints = main_file.substr(0, main_file.rfind('/')) + "/endpoints";
    std::vector<std::string> holding;
    for (const auto& entry : std::filesystem::directory_iterator(endpoints)) {
      if (!at_odds.empty() && testing::read_text(entry.path()).find(at_odds) != std::string::npos)
        holding.push_back(entry.path());
      if (bad_word.empty() || testing::read_text(entry.path()).find(bad_word) == std::string::npos) continue;
      const std::string place = names_file ? " in " + entry.path().string() + ":3" : "";
      return Judgement{false, "2026/11/30 20:00:00 [emerg] 1#1: bad word" + place + "\nnginx: test failed\n"};
    }
    if (holding.size() > 1) return Judgement{false, "[emerg] 1#1: duplicate in " + holding.back() + ":3\n"};
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

  std::string bad_word, at_odds;
  bool all_bad = false, names_file = true, runs = true, heeds = true;
  int tests = 0, reloads = 0;

 private:
  std::string installed_, running_;
};

class AgentOf : public ::testing::Test {
 protected:
  Agent make_agent() {
    testing::write_text(root_.path + "/trusted.json", gateway_.trusted_keys());
    return {sample_machine(installed_),
            *publication::Follower::open(root_.path + "/followed.json", root_.path + "/trusted.json"),
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

}  // namespace sallyport::nginx_agent
