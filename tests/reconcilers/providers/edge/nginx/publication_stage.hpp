// SPDX-License-Identifier: Apache-2.0
// A directory to publish in, and agents that tell what a test wants them to.
#pragma once

#include <gmock/gmock.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "operator/base/digest.hpp"
#include "reconcilers/providers/edge/edge_provider.hpp"
#include "reconcilers/providers/edge/nginx/nginx.hpp"
#include "tests/reconcilers/providers/edge/bigip/fixtures.hpp"
#include "tests/testing/fake_clock.hpp"
#include "tests/testing/files.hpp"

namespace sallyport::edge::nginx::testing {

namespace fs = std::filesystem;
using nlohmann::json;

inline constexpr const char* kTenant = "sp_inst0001_risk_1";

inline ir::EdgeFragment fragment(const std::string& name = "fraud") {
  ir::EdgeFragment one = bigip::testing::fragment(name);
  one.address = "edge.example.com";
  one.policy = {};
  one.check.emplace();
  ir::TokenCheck& check = *one.check;
  check.issuer = {"https://login.example.com", "https://login.example.com/jwks", "",
                  std::chrono::minutes(5),     std::chrono::seconds(30),         std::chrono::hours(24)};
  check.profile = "RFC9068";
  check.algorithms = {"ES256", "RS256"};
  check.audience = "https://ml.example.com";
  check.clock_skew = std::chrono::seconds(30);
  check.max_lifetime = std::chrono::hours(1);
  check.scopes = {"fraud:score"};
  check.cache_window = std::chrono::seconds(30);
  check.token_endpoint = "https://adb-1234567890123456.7.azuredatabricks.net/oidc/v1/token";
  return one;
}

class PublicationStage : public ::testing::Test {
 protected:
  PublicationStage() {
    secrets.set("sallyport", "edge-signing", *new_credentials());
    start();
  }

  ir::EdgeConnection connection() const {
    ir::EdgeConnection one;
    one.name = "edge";
    one.publication = ir::PublicationPlace{published, use_for, delivered};
    if (named) one.credentials = {"sallyport", "edge-signing", "u", "1"};
    one.instance = InstanceId(instance);
    return one;
  }
  /// A new process, or one that was given another key.
  void start() {
    provider = *make_edge_provider(
        connection(), {[this](http::ClientOptions options) -> Result<std::unique_ptr<http::Client>> {
                         return std::make_unique<Counting>(TRY(http::make_client(std::move(options))), *this);
                       },
                       secrets,
                       clock,
                       random,
                       {},
                       [this] { return placed; },
                       [this] { return notes; }});
  }

  std::vector<ir::Verdict> put(std::vector<ir::EdgeFragment> fragments) {
    (void)provider->observe({kTenant}, {});
    return provider->apply({std::move(fragments), {}}, {});
  }
  std::vector<ir::Verdict> remove(const ir::EdgeFragment& one) {
    (void)provider->observe({kTenant}, {});
    return provider->apply({{}, {bigip::testing::absent(one)}}, {});
  }
  Observed observe() { return *provider->observe({kTenant}, {}); }
  Result<Condition> check() {
    auto condition = provider->check({});
    if (!condition) return condition;
    const auto kept = provider->persist({});
    kept_error = kept ? std::nullopt : std::optional{kept.error()};
    return condition;
  }

  /// What is published: the manifest's body.
  json manifest() const {
    const std::string text = sallyport::testing::read_text(published + "/manifest");
    return text.empty() ? json() : json::parse(text.substr(text.find('\n') + 1));
  }
  json document(const std::string& id) const {
    const json whole = manifest();
    for (const json& entry : whole["endpoints"]) {
      if (entry["id"] == id)
        return json::parse(
            sallyport::testing::read_text(published + "/objects/" + entry["document"].get<std::string>()));
    }
    return nullptr;
  }
  /// The agent tells that it has installed what is published now.
  void report(const std::string& state = "Live", const std::string& why = "", const std::string& agent = "edge-1") {
    const json whole = manifest();
    json told{{"at", to_rfc3339(clock.now())}, {"serial", whole["serial"]}, {"running", true}};
    told["endpoints"] = json::array();
    for (const json& entry : whole["endpoints"]) {
      told["endpoints"].push_back(
          {{"id", entry["id"]}, {"document", entry["document"]}, {"state", state}, {"why", why}});
    }
    sallyport::testing::write_text(published + "/reports/" + agent + ".json", told.dump());
  }

  sallyport::testing::TemporaryDirectory folder;
  std::string published = folder.path + "/published";
  std::string instance = "inst0001";
  std::chrono::milliseconds use_for = std::chrono::hours(24);
  bool delivered = false;
  std::vector<std::string> notes;  ///< of others, on the gateway
  bool named = true;               ///< the Secret of the signing key is there
  sallyport::testing::FakeClock clock;
  sallyport::testing::FakeRandom random;
  bigip::testing::MemorySecrets secrets{{"fraud", "churn"}};
  Placed placed;
  std::vector<http::Request> writes;  ///< in order
  bool broken = false;                ///< nothing can be written
  std::optional<Error> kept_error;    ///< of the last check's persist
  std::unique_ptr<EdgeProvider> provider;

 private:
  class Counting final : public http::Client {
   public:
    Counting(std::unique_ptr<http::Client> inner, PublicationStage& stage) : inner_(std::move(inner)), stage_(stage) {}
    Result<http::Response> send(const http::Request& request, std::chrono::milliseconds deadline,
                                std::stop_token stop) override {
      if (request.method != "GET") {
        EXPECT_FALSE(request.changes.empty()) << request.method << " " << request.target << " is told to nobody";
        if (stage_.broken) return Error{Code::Unavailable, "no space left on device", {}, {}};
        stage_.writes.push_back(request);
      }
      return inner_->send(request, deadline, std::move(stop));
    }
    Result<http::Response> stream(const http::Request& request, std::chrono::milliseconds idle, std::stop_token stop,
                                  const OnLine& on_line) override {
      return inner_->stream(request, idle, std::move(stop), on_line);
    }

   private:
    std::unique_ptr<http::Client> inner_;
    PublicationStage& stage_;
  };
};

}  // namespace sallyport::edge::nginx::testing
