// SPDX-License-Identifier: Apache-2.0
// The stage of the data platforms' conformance suite: the Databricks simulator, which shares no code with the provider
// and answers as documented and reported, and the provider in front of it. Time is a test's own, so nothing waits.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "reconcilers/providers/data/data_provider.hpp"
#include "tests/e2e/simulators/databricks/stage.hpp"

namespace sallyport::data {

using ir::Level;
using ir::Outcome;
using ir::PrincipalType;
using ir::Wish;
using nlohmann::json;
using simulators::databricks::Heard;

/// Ledgers that survive a "restart" of the provider. `on_save` may look around, or fail the save.
class MemoryLedgers final : public ir::LedgerStore {
 public:
  std::map<std::pair<std::string, std::string>, ir::Ledger> kept;
  std::function<Result<void>()> on_save = [] { return Result<void>{}; };
  int saves = 0;

  Result<std::optional<ir::Ledger>> load(const std::string& workspace, const std::string& id) override {
    const auto found = kept.find({workspace, id});
    return found == kept.end() ? std::optional<ir::Ledger>{} : std::optional{found->second};
  }
  Result<std::vector<ir::Ledger>> of(const std::string& workspace, const std::string& name) override {
    std::vector<ir::Ledger> list;
    for (const auto& [key, ledger] : kept) {
      if (key.first == workspace && ledger.endpoint_name == name) list.push_back(ledger);
    }
    return list;
  }
  Result<void> save(const ir::Ledger& ledger) override {
    TRY(on_save());
    ++saves;
    kept[{ledger.workspace, ledger.endpoint_id}] = ledger;
    return {};
  }
  Result<void> erase(const std::string& workspace, const std::string& id) override {
    kept.erase({workspace, id});
    return {};
  }
};

class OperatorSecrets final : public ir::SecretSource {
 public:
  bool missing = false;

  Result<ir::SecretBytes> read(const std::string& ns, const std::string& name) override {
    if (missing) return Error{Code::NotFound, "there is no such Secret", ns + "/" + name, {}};
    return ir::SecretBytes{{"client_id", Secret(simulators::databricks::kClient)},
                           {"client_secret", Secret(simulators::databricks::kClientSecret)},
                           {"token", Secret(simulators::databricks::kToken)}};
  }
};

inline ir::Grant grant(PrincipalType type, const std::string& name, Level level) {
  return {{type, name}, level};
}
inline ir::Grant group(const std::string& name, Level level = Level::CanQuery) {
  return grant(PrincipalType::Group, name, level);
}

class DataConformance : public ::testing::Test {
 protected:
  static constexpr const char* kServing = "fraud-scoring";  ///< of the simulator's default world

  void SetUp() override { restart(); }

  /// A new process: what is remembered in memory is gone, the ledgers are not.
  void restart(const std::string& instance = "inst0001", const std::string& auth = "OAuthM2M") {
    ir::DataConnection connection{"prod-eu", "https://adb-1.example.net", auth, {"sallyport", "dbx", "u", "1"},
                                  "",        InstanceId(instance)};
    provider =
        *make_data_provider(connection, {[this](const http::ClientOptions&) -> Result<std::unique_ptr<http::Client>> {
                                           return std::make_unique<Client>(*this);
                                         },
                                         secrets, ledgers, stage.clock, stage.random});
  }

  static ir::GrantFragment fragment(std::vector<ir::Grant> grants, const std::string& name = "fraud") {
    ir::GrantFragment one;
    one.owner = {"ProtectedEndpoint", "risk", name, Uid("uid-" + name), "41", 3};
    one.workspace = "prod-eu";
    one.serving_endpoint = kServing;
    one.grants = std::move(grants);
    return one;
  }
  static ir::GrantFragment wishing(Wish wish, ir::GrantFragment one) {
    one.wish = wish;
    return one;
  }
  ir::Verdict converge(const ir::GrantFragment& one) { return converge_all({one}).front(); }
  std::vector<ir::Verdict> converge_all(std::vector<ir::GrantFragment> fragments) {
    const std::string serving = fragments.front().serving_endpoint;
    return provider->converge({serving, std::move(fragments)}, {});
  }

  /// What is known of serving endpoints is shared for some seconds; a drift poll comes after minutes.
  void until_the_next_look() const { stage.clock.advance(std::chrono::minutes(10)); }

  /// The direct level of a principal ("group:risk-analysts"), past the provider; empty when there is none.
  std::string held(const std::string& who, const std::string& serving = kServing) {
    return stage.direct(serving).value(who, "");
  }
  void set_level(const std::string& who, const std::string& level) {
    ASSERT_EQ(
        stage.control("PATCH", std::string("/serving-endpoints/") + kServing + "/permissions", {{who, level}}).status,
        200);
  }
  void set_tags(const json& tags) {
    ASSERT_EQ(stage.control("PUT", std::string("/serving-endpoints/") + kServing + "/tags", tags).status, 200);
  }
  /// From now on every list, once, as it was before its last write.
  void let_reads_relapse() {
    stage.set_switch("stale_reads", "fresh");
    stage.set_switch("stale_read_count", 1);
    stage.set_switch("stale_reads", "relapse");
  }
  /// Reads so often that no lag is left.
  void let_reads_catch_up() {
    for (int i = 0; i < 100; ++i) ASSERT_EQ(stage.get(stage.acl_path(kServing)).status, 200);
  }
  void trouble(json rule) { ASSERT_EQ(stage.control("PUT", "/troubles", json::array({std::move(rule)})).status, 200); }
  void no_trouble() { ASSERT_EQ(stage.control("PUT", "/troubles", json::array()).status, 200); }
  [[nodiscard]] ir::Ledger ledger() const { return ledgers.kept.empty() ? ir::Ledger{} : ledgers.kept.begin()->second; }

  /// Requests that change something; signing in is none of them.
  [[nodiscard]] std::vector<http::Request> writes() const {
    std::vector<http::Request> found;
    for (const http::Request& request : asked) {
      if (request.method != "GET" && !request.session) found.push_back(request);
    }
    return found;
  }
  /// How often this was asked: "GET /api/2.0/...".
  [[nodiscard]] int times_asked(const std::string& line) const {
    int times = 0;
    for (const http::Request& request : asked) times += request.method + " " + request.target == line ? 1 : 0;
    return times;
  }
  [[nodiscard]] std::vector<std::string> verbs() const {
    std::vector<std::string> found;
    for (const http::Request& request : writes()) {
      if (request.target.find("/permissions/") != std::string::npos) found.push_back(request.method);
    }
    return found;
  }

  class Client final : public http::Client {
   public:
    explicit Client(DataConformance& test) : test_(test) {}
    Result<http::Response> send(const http::Request& request, std::chrono::milliseconds, std::stop_token) override {
      test_.asked.push_back(request);
      if (const auto other = test_.instead(request)) return *other;
      http::Incoming incoming{request.method, request.target, request.headers, request.body, {}};
      incoming.headers["Host"] = "adb-1.example.net";
      if (request.authorization) incoming.headers["Authorization"] = request.authorization->reveal();
      http::Outgoing out = test_.stage.simulator->serve(incoming);
      if (out.drop_connection) return Error{Code::Unavailable, "connection reset by peer", {}, {}};
      out.headers["Content-Type"] = out.content_type;
      http::Response response{out.status, out.headers, out.body};
      test_.altered(request, response);
      return response;
    }
    Result<http::Response> stream(const http::Request&, std::chrono::milliseconds, std::stop_token,
                                  const OnLine&) override {
      return Error{Code::Internal, "not here", {}, {}};
    }

   private:
    DataConformance& test_;
  };

  simulators::databricks::Stage stage;
  OperatorSecrets secrets;
  MemoryLedgers ledgers;
  std::vector<http::Request> asked;
  /// An answer that the simulator does not know, or what happens meanwhile.
  std::function<std::optional<Result<http::Response>>(const http::Request&)> instead = [](const http::Request&) {
    return std::nullopt;
  };
  std::function<void(const http::Request&, http::Response&)> altered = [](const http::Request&, http::Response&) {};
  std::unique_ptr<DataProvider> provider;
};

#define EXPECT_OUTCOME(verdict, wanted) \
  EXPECT_EQ((verdict).outcome, wanted) << ((verdict).error ? (verdict).error->text() : "no error")

}  // namespace sallyport::data
