// SPDX-License-Identifier: Apache-2.0
// The stage of the gateways' conformance suite: the BIG-IP simulator, which shares no code with the provider and
// answers as measured, and the provider in front of it. Time is a test's own, so nothing waits.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "e2e/simulators/bigip/simulator.hpp"
#include "operator/base/digest.hpp"
#include "reconcilers/providers/edge/edge_provider.hpp"
#include "tests/reconcilers/providers/edge/bigip/fixtures.hpp"
#include "tests/testing/fake_clock.hpp"

namespace sallyport::edge {

using bigip::testing::absent;
using bigip::testing::fragment;
using nlohmann::json;

struct Asked {
  http::Request request;
  int unit = 0;
};

/// What happens elsewhere while a request is under way.
using Meanwhile = std::function<void(const http::Request&)>;

/// Hands requests to a unit of the simulator without a network in between.
class UnitClient final : public http::Client {
 public:
  UnitClient(simulators::Simulator& simulator, int unit, std::vector<Asked>& asked,
             const sallyport::testing::FakeClock& clock, const Meanwhile* meanwhile = nullptr)
      : simulator_(simulator), unit_(unit), asked_(asked), clock_(clock), meanwhile_(meanwhile) {}

  Result<http::Response> send(const http::Request& request, std::chrono::milliseconds deadline,
                              std::stop_token) override {
    asked_.push_back({request, unit_});
    if (meanwhile_ != nullptr && *meanwhile_) (*meanwhile_)(request);
    http::Incoming incoming{request.method, request.target, request.headers, request.body, "127.0.0.1:1"};
    if (request.authorization) incoming.headers["Authorization"] = request.authorization->reveal();
    http::Outgoing out = simulator_.serve(incoming, unit_);
    clock_.advance(std::min(out.delay, deadline));
    if (out.delay > deadline) return Error{Code::Unavailable, "no answer in time", {}, {}};
    if (out.drop_connection) return Error{Code::Unavailable, "connection reset by peer", {}, {}};
    out.headers["Content-Type"] = out.content_type;
    return http::Response{out.status, out.headers, out.body};
  }
  Result<http::Response> stream(const http::Request&, std::chrono::milliseconds, std::stop_token,
                                const OnLine&) override {
    return Error{Code::Internal, "not here", {}, {}};
  }

 private:
  simulators::Simulator& simulator_;
  int unit_;
  std::vector<Asked>& asked_;
  const sallyport::testing::FakeClock& clock_;
  const Meanwhile* meanwhile_;
};

class EdgeConformance : public ::testing::Test {
 protected:
  void SetUp() override { start(1); }

  void start(int units) {
    simulators::Options options;
    options.units = units;
    options.password = Secret("s3cret");
    options.clock = &clock;
    options.random = &random;
    simulator = *simulators::make_bigip(options);
    for (int unit = 0; unit < units; ++unit) {
      edit("apm profile access", "/Common/corp_oauth", unit);
      edit("apm policy access-policy", "/Common/corp_oauth_api", unit);
    }
    std::vector<std::string> origins;
    for (int unit = 0; unit < units; ++unit)
      origins.push_back("https://bigip-" + std::to_string(unit) + ".example.com");
    provider = *make_edge_provider(bigip::testing::connection(origins),
                                   {[this](http::ClientOptions made) -> Result<std::unique_ptr<http::Client>> {
                                      const int unit = made.base_url.find("bigip-1") == std::string::npos ? 0 : 1;
                                      return std::make_unique<UnitClient>(*simulator, unit, asked, clock, &meanwhile);
                                    },
                                    secrets, clock, random});
    asked.clear();
  }

  json control(const std::string& path, const json& body, int unit = 0) {
    const http::Outgoing out = simulator->serve(
        {body.is_null() ? "GET" : "POST", path, {}, body.is_null() ? "" : body.dump(), "127.0.0.1:1"}, unit);
    EXPECT_LT(out.status, 300) << path << ": " << out.body;
    return json::parse(out.body, nullptr, false);
  }
  void edit(const std::string& component, const std::string& path, int unit = 0) {
    control("/_sim/edit", {{"op", "put"}, {"component", component}, {"path", path}}, unit);
  }
  void fault(json match, json rule) {
    rule["match"] = std::move(match);
    control("/_sim/faults", json::array({rule}));
  }
  void during(const std::string& method, const std::function<void()>& happens) {
    meanwhile = [method, happens](const http::Request& request) {
      if (request.method == method) happens();
    };
  }
  json declared(int unit = 0) {
    return control("/_sim/state", nullptr)["units"][static_cast<std::size_t>(unit)]["running"]["declaration"];
  }
  json virtuals(int unit = 0) { return control("/_sim/virtuals", nullptr, unit); }

  std::vector<ir::Verdict> put(std::vector<ir::EdgeFragment> fragments) {
    return provider->apply({std::move(fragments), {}}, {});
  }
  std::vector<ir::Verdict> remove(std::vector<ir::EdgeFragment> fragments) {
    return provider->apply({{}, std::move(fragments)}, {});
  }
  Observed observe(const std::string& tenant = fragment().place.tenant) {
    Result<Observed> observed = provider->observe({tenant}, {});
    EXPECT_TRUE(observed.has_value()) << (observed ? "" : observed.error().text());
    return observed ? *observed : Observed{};
  }
  /// What a reconcile does: observe, diff, apply.
  std::vector<ir::Verdict> reconcile(const std::vector<ir::EdgeFragment>& wanted) {
    const Diff result = diff(wanted, observe());
    return result.changes.empty() ? std::vector<ir::Verdict>{} : provider->apply(result.changes, {});
  }
  /// Writes of declarations that were sent, dry runs and saves not counted, each with the unit.
  std::vector<Asked> writes() const {
    std::vector<Asked> found;
    for (const Asked& one : asked) {
      const bool declares = one.request.target.starts_with("/mgmt/shared/appsvcs/declare");
      if (declares && one.request.method != "GET" && !one.request.session) found.push_back(one);
    }
    return found;
  }

  sallyport::testing::FakeClock clock;
  sallyport::testing::FakeRandom random;
  bigip::testing::MemorySecrets secrets{{"fraud", "churn", "credit", "claims", "bad"}};
  std::vector<Asked> asked;
  Meanwhile meanwhile;
  std::unique_ptr<simulators::Simulator> simulator;
  std::unique_ptr<EdgeProvider> provider;
};

#define EXPECT_OUTCOME(verdict, wanted) \
  EXPECT_EQ((verdict).outcome, wanted) << ((verdict).error ? (verdict).error->text() : "no error")

}  // namespace sallyport::edge
