// SPDX-License-Identifier: Apache-2.0
// What every gateway backend has to get right, told to the BIG-IP simulator: it shares no code with the provider, and
// its answers are the measured ones. Time is a test's own, so nothing waits.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "e2e/simulators/bigip/simulator.hpp"
#include "reconcilers/providers/edge/edge_provider.hpp"
#include "tests/reconcilers/providers/edge/bigip/fixtures.hpp"
#include "tests/testing/fake_clock.hpp"

namespace sallyport::edge {
namespace {

using bigip::testing::absent;
using bigip::testing::fragment;
using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::SizeIs;

struct Asked {
  http::Request request;
  int unit = 0;
};

/// Hands requests to a unit of the simulator without a network in between.
class UnitClient final : public http::Client {
 public:
  UnitClient(simulators::Simulator& simulator, int unit, std::vector<Asked>& asked)
      : simulator_(simulator), unit_(unit), asked_(asked) {}

  Result<http::Response> send(const http::Request& request, std::chrono::milliseconds, std::stop_token) override {
    asked_.push_back({request, unit_});
    http::Incoming incoming{request.method, request.target, request.headers, request.body, "127.0.0.1:1"};
    if (request.authorization) incoming.headers["Authorization"] = request.authorization->reveal();
    http::Outgoing out = simulator_.serve(incoming, unit_);
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
                                      return std::make_unique<UnitClient>(*simulator, unit, asked);
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
  /// Writes of declarations that were sent, dry runs not counted, each with the unit.
  std::vector<Asked> writes() const {
    std::vector<Asked> found;
    for (const Asked& one : asked) {
      if (one.request.method != "GET" && !one.request.session) found.push_back(one);
    }
    return found;
  }

  sallyport::testing::FakeClock clock;
  sallyport::testing::FakeRandom random;
  bigip::testing::MemorySecrets secrets{{"fraud", "churn", "credit", "claims", "bad"}};
  std::vector<Asked> asked;
  std::unique_ptr<simulators::Simulator> simulator;
  std::unique_ptr<EdgeProvider> provider;
};

#define EXPECT_OUTCOME(verdict, wanted) \
  EXPECT_EQ((verdict).outcome, wanted) << ((verdict).error ? (verdict).error->text() : "no error")

TEST_F(EdgeConformance, ChecksAHealthyDevice) {
  const Result<Condition> condition = provider->check({});

  ASSERT_TRUE(condition.has_value()) << condition.error().text();
  EXPECT_EQ(condition->active_unit, "https://bigip-0.example.com");
  EXPECT_THAT(condition->version, HasSubstr("AS3 3."));
  EXPECT_TRUE(condition->unclaimed.empty());
}

TEST_F(EdgeConformance, CreatesAnEndpointBehindItsTokenPolicyAndReadsItBack) {
  const auto verdicts = put({fragment()});

  ASSERT_THAT(verdicts, SizeIs(1));
  EXPECT_OUTCOME(verdicts[0], ir::Outcome::Applied);
  ASSERT_THAT(virtuals(), SizeIs(1)) << virtuals();
  EXPECT_EQ(virtuals()[0]["accessProfile"], "/Common/corp_oauth");
  EXPECT_EQ(virtuals()[0]["perRequestPolicy"], "/Common/corp_oauth_api");
  EXPECT_EQ(virtuals()[0]["port"], 443);
  const Observed observed = observe();
  EXPECT_EQ(observed.entries.at(fragment().place).owner_mark, owner_mark(fragment().owner.uid));
  EXPECT_TRUE(fragment().hash().starts_with(observed.entries.at(fragment().place).hash));
  EXPECT_TRUE(observed.foreign_tenants.empty());
}

TEST_F(EdgeConformance, AddsToATenantThatIsThere) {
  put({fragment("fraud", 1)});

  EXPECT_OUTCOME(put({fragment("churn", 2)})[0], ir::Outcome::Applied);

  EXPECT_THAT(virtuals(), SizeIs(2));
}

TEST_F(EdgeConformance, CreatesASecondTenantBesideTheFirst) {
  put({fragment("fraud", 1)});
  ir::EdgeFragment elsewhere = fragment("churn", 2);
  elsewhere.place.tenant = "sp_inst0001_other_1";

  EXPECT_OUTCOME(put({elsewhere})[0], ir::Outcome::Applied);

  EXPECT_THAT(virtuals(), SizeIs(2));
}

TEST_F(EdgeConformance, WritesNothingWhenConverged) {
  reconcile({fragment()});
  asked.clear();

  reconcile({fragment()});
  reconcile({fragment()});

  EXPECT_THAT(writes(), SizeIs(0));
}

TEST_F(EdgeConformance, PutsSeveralApplicationsOfATenantInOneWrite) {
  put({fragment("fraud", 1)});
  asked.clear();

  const auto verdicts =
      provider->apply({{fragment("churn", 2), fragment("credit", 3)}, {absent(fragment("fraud", 1))}}, {});

  EXPECT_OUTCOME(verdicts[0], ir::Outcome::Applied);
  EXPECT_OUTCOME(verdicts[2], ir::Outcome::Gone);
  const Observed observed = observe();
  EXPECT_EQ(observed.entries.size(), 2U);
  ASSERT_FALSE(writes().empty());
  EXPECT_THAT(writes().back().request.changes, SizeIs(3));
}

TEST_F(EdgeConformance, SharesPoolAndMonitorOfAServingHostAndDropsThemWhenUnused) {
  put({fragment("fraud", 1), fragment("churn", 2)});
  const json shared = declared()[fragment().place.tenant]["Shared"];
  EXPECT_EQ(shared.size(), 5U) << shared;  // class, template, pool, monitor, TLS

  ir::EdgeFragment moved = fragment("churn", 2);
  moved.upstream.host = "route-1.serving.example.net";
  EXPECT_OUTCOME(put({moved})[0], ir::Outcome::Applied);
  EXPECT_EQ(declared()[fragment().place.tenant]["Shared"].size(), 8U);

  EXPECT_OUTCOME(remove({absent(fragment("fraud", 1))})[0], ir::Outcome::Gone);
  EXPECT_EQ(declared()[fragment().place.tenant]["Shared"].size(), 5U);
}

TEST_F(EdgeConformance, UpdatesInPlace) {
  put({fragment()});
  ir::EdgeFragment edited = fragment();
  edited.max_concurrent = 17;

  const auto verdicts = reconcile({edited});

  ASSERT_THAT(verdicts, SizeIs(1));
  EXPECT_OUTCOME(verdicts[0], ir::Outcome::Applied);
  EXPECT_EQ(declared()[edited.place.tenant][edited.place.application]["vs"]["maxConnections"], 17);
}

TEST_F(EdgeConformance, FindsDriftAndRepairsIt) {
  put({fragment("fraud", 1), fragment("churn", 2)});
  ASSERT_TRUE(provider->drifted({fragment("fraud", 1), fragment("churn", 2)}, {})->empty());
  control("/_sim/edit", {{"op", "merge"},
                         {"component", "ltm virtual"},
                         {"path", "/sp_inst0001_risk_1/fraud_0a1b2c3d/vs"},
                         {"properties", {{"connectionLimit", 99}}}});

  const auto drifted = provider->drifted({fragment("fraud", 1), fragment("churn", 2)}, {});

  ASSERT_TRUE(drifted.has_value()) << drifted.error().text();
  EXPECT_THAT(*drifted, ::testing::ElementsAre(fragment("fraud", 1).place));
  const auto verdicts = put({fragment("fraud", 1)});
  EXPECT_OUTCOME(verdicts[0], ir::Outcome::Applied);
  EXPECT_TRUE(verdicts[0].drift_repaired);
  EXPECT_TRUE(provider->drifted({fragment("fraud", 1), fragment("churn", 2)}, {})->empty());
}

TEST_F(EdgeConformance, WritesNothingWhileLookingForDrift) {
  put({fragment()});
  asked.clear();

  EXPECT_TRUE(provider->drifted({fragment()}, {}).has_value());

  EXPECT_THAT(writes(), SizeIs(0));
}

TEST_F(EdgeConformance, LeavesAForeignTenantUntouched) {
  ir::EdgeConnection other = bigip::testing::connection({"https://bigip-0.example.com"});
  other.instance = InstanceId("inst0002");
  const auto theirs = *make_edge_provider(other, {[this](http::ClientOptions) -> Result<std::unique_ptr<http::Client>> {
                                                    return std::make_unique<UnitClient>(*simulator, 0, asked);
                                                  },
                                                  secrets, clock, random});
  theirs->apply({{fragment("fraud", 1)}, {}}, {});
  const json before = declared();
  asked.clear();

  EXPECT_EQ(observe().foreign_tenants, std::set<std::string>{fragment().place.tenant});
  const auto verdicts = provider->apply({{fragment("churn", 2)}, {absent(fragment("fraud", 1))}}, {});

  EXPECT_OUTCOME(verdicts[0], ir::Outcome::Rejected);
  EXPECT_OUTCOME(verdicts[1], ir::Outcome::Rejected);
  EXPECT_EQ(verdicts[0].error->code, Code::Conflict);
  EXPECT_THAT(writes(), SizeIs(0));
  EXPECT_EQ(declared(), before);
}

TEST_F(EdgeConformance, LeavesAnotherOwnersApplicationUntouched) {
  put({fragment()});
  ir::EdgeFragment impostor = fragment();
  impostor.owner.uid = Uid("uid-of-another");
  asked.clear();

  EXPECT_OUTCOME(put({impostor})[0], ir::Outcome::Rejected);
  EXPECT_OUTCOME(remove({absent(impostor)})[0], ir::Outcome::Rejected);

  EXPECT_THAT(writes(), SizeIs(0));
}

TEST_F(EdgeConformance, DeletesTwice) {
  put({fragment()});

  EXPECT_OUTCOME(remove({absent(fragment())})[0], ir::Outcome::Gone);
  EXPECT_OUTCOME(remove({absent(fragment())})[0], ir::Outcome::Gone);

  EXPECT_TRUE(virtuals().empty());
  EXPECT_TRUE(observe().entries.empty());
}

TEST_F(EdgeConformance, SignsInAnewWhenTheTokenHasExpired) {
  put({fragment()});
  control("/_sim/tokens", {{"expire", true}});

  EXPECT_OUTCOME(put({fragment("churn", 2)})[0], ir::Outcome::Applied);
}

TEST_F(EdgeConformance, KeepsOneTokenForEverything) {
  put({fragment()});
  observe();
  EXPECT_TRUE(provider->check({}).has_value());

  EXPECT_EQ(control("/_sim/state", nullptr)["units"][0]["tokens"], 1);
  provider->close({});
  EXPECT_EQ(control("/_sim/state", nullptr)["units"][0]["tokens"], 0);
}

TEST_F(EdgeConformance, SaysThatTheCredentialIsNotAccepted) {
  secrets.set("sallyport", "bigip-edge", {{"username", Secret("admin")}, {"password", Secret("wrong")}});

  const auto verdicts = put({fragment()});

  EXPECT_OUTCOME(verdicts[0], ir::Outcome::Unknown);
  EXPECT_EQ(verdicts[0].error->code, Code::Unauthorized);
  EXPECT_EQ(provider->observe({"x"}, {}).error().code, Code::Unauthorized);
}

TEST_F(EdgeConformance, TakesARefusedReadForUnknownAndNotForAbsent) {
  control("/_sim/users", {{"name", "guest"}, {"password", "guest"}, {"role", "guest"}});
  secrets.set("sallyport", "bigip-edge", {{"username", Secret("guest")}, {"password", Secret("guest")}});

  const Result<Observed> observed = provider->observe({fragment().place.tenant}, {});

  ASSERT_FALSE(observed.has_value());
  EXPECT_TRUE(observed.error().code == Code::Refused || observed.error().code == Code::Unauthorized)
      << observed.error().text();
  EXPECT_OUTCOME(remove({absent(fragment())})[0], ir::Outcome::Unknown);
}

TEST_F(EdgeConformance, SaysThatAs3IsMissing) {
  control("/_sim/as3", {{"installed", false}});

  EXPECT_EQ(provider->check({}).error().code, Code::NotFound);
  EXPECT_THAT(provider->check({}).error().message, HasSubstr("AS3 is not installed"));
  EXPECT_EQ(provider->observe({"x"}, {}).error().code, Code::NotFound);
  EXPECT_OUTCOME(put({fragment()})[0], ir::Outcome::Unknown);
}

TEST_F(EdgeConformance, TakesAnAs3ThatVanishedForARestart) {
  ASSERT_TRUE(provider->check({}).has_value());
  control("/_sim/as3", {{"installed", false}});

  EXPECT_EQ(provider->check({}).error().code, Code::Unavailable);
}

TEST_F(EdgeConformance, SaysWhichModuleIsMissing) {
  control("/_sim/provision", {{"apm", "none"}});

  EXPECT_EQ(provider->check({}).error().code, Code::NotFound);
  EXPECT_THAT(provider->check({}).error().message, HasSubstr("apm"));
}

TEST_F(EdgeConformance, IsolatesOneBadEntryAmongSeveral) {
  put({fragment("fraud", 1)});
  ir::EdgeFragment bad = fragment("bad", 3);
  bad.policy.access_profile = "/Common/not_there";

  const auto verdicts = put({fragment("churn", 2), bad, fragment("credit", 4)});

  EXPECT_OUTCOME(verdicts[0], ir::Outcome::Applied);
  EXPECT_OUTCOME(verdicts[1], ir::Outcome::Rejected);
  EXPECT_OUTCOME(verdicts[2], ir::Outcome::Applied);
  EXPECT_EQ(verdicts[1].error->where, "spec.identity.enforcement.accessProfile");
  EXPECT_THAT(verdicts[1].error->message, HasSubstr("/Common/not_there"));
  EXPECT_THAT(virtuals(), SizeIs(3));
}

TEST_F(EdgeConformance, FindsAnEntryThatTheDeviceItselfRejects) {
  put({fragment("fraud", 1)});
  ir::EdgeFragment twin = fragment("churn", 1);  // fraud's address

  const auto verdicts = put({twin, fragment("credit", 4), fragment("claims", 5)});

  EXPECT_OUTCOME(verdicts[0], ir::Outcome::Rejected);
  EXPECT_EQ(verdicts[0].error->where, "status.virtualServer.address");
  EXPECT_EQ(verdicts[0].error->code, Code::Conflict);
  EXPECT_OUTCOME(verdicts[1], ir::Outcome::Applied);
  EXPECT_OUTCOME(verdicts[2], ir::Outcome::Applied);
}

TEST_F(EdgeConformance, IsolatesABadEntryInTheVeryFirstWriteToADevice) {
  ir::EdgeFragment bad = fragment("bad", 3);
  bad.waf_policy = "/Common/not_there";

  const auto verdicts = put({bad, fragment("churn", 2)});

  EXPECT_OUTCOME(verdicts[0], ir::Outcome::Rejected);
  EXPECT_EQ(verdicts[0].error->where, "spec.security.wafPolicy");
  EXPECT_OUTCOME(verdicts[1], ir::Outcome::Applied);
}

TEST_F(EdgeConformance, SendsNothingWithoutATokenPolicy) {
  ir::EdgeFragment open = fragment();
  open.policy = {};

  const auto verdicts = put({open});

  EXPECT_OUTCOME(verdicts[0], ir::Outcome::Rejected);
  EXPECT_TRUE(asked.empty());
}

TEST_F(EdgeConformance, WaitsForABusyDevice) {
  put({fragment()});
  control("/_sim/lock", {{"seconds", 40}});

  EXPECT_OUTCOME(put({fragment("churn", 2)})[0], ir::Outcome::Applied);
}

TEST_F(EdgeConformance, GivesABusyDeviceUpForNowWithTheTimeToComeBack) {
  put({fragment()});
  control("/_sim/lock", {{"seconds", 3600}});

  const auto verdicts = put({fragment("churn", 2)});

  EXPECT_OUTCOME(verdicts[0], ir::Outcome::Unknown);
  EXPECT_EQ(verdicts[0].error->code, Code::RateLimited);
  EXPECT_TRUE(verdicts[0].error->retry_after.has_value());
}

TEST_F(EdgeConformance, PassesOnThatItIsToSlowDown) {
  put({fragment()});
  fault({{"method", "PATCH"}},
        {{"action", "status"}, {"status", 429}, {"headers", {{"Retry-After", "9"}}}, {"body", "{}"}, {"times", 0}});

  const auto verdicts = put({fragment("churn", 2)});

  EXPECT_OUTCOME(verdicts[0], ir::Outcome::Unknown);
  EXPECT_EQ(verdicts[0].error->code, Code::RateLimited);
  EXPECT_EQ(verdicts[0].error->retry_after, std::chrono::seconds(9));
}

TEST_F(EdgeConformance, TakesAServerErrorOrHtmlForUnknownAndNotForAbsent) {
  put({fragment()});
  for (const char* action : {"status", "html"}) {
    fault({{"method", "GET"}, {"path", "/mgmt/shared/appsvcs/*"}},
          {{"action", action}, {"status", 500}, {"body", "{}"}, {"times", 0}});

    EXPECT_EQ(provider->observe({fragment().place.tenant}, {}).error().code, Code::Unavailable) << action;
    EXPECT_OUTCOME(remove({absent(fragment())})[0], ir::Outcome::Unknown);
  }
}

TEST_F(EdgeConformance, ReportsAWriteThatFailedWithAServerError) {
  put({fragment()});
  fault({{"method", "PATCH"}}, {{"action", "html"}, {"times", 0}});

  const auto verdicts = put({fragment("churn", 2)});

  EXPECT_OUTCOME(verdicts[0], ir::Outcome::Unknown);
  EXPECT_EQ(verdicts[0].error->code, Code::Unavailable);
}

TEST_F(EdgeConformance, LooksUpAWriteWhoseAnswerWasLost) {
  put({fragment("fraud", 1)});
  put({fragment("credit", 4)});  // the form of a patch is settled by now
  fault({{"method", "PATCH"}}, {{"action", "drop_after"}});
  asked.clear();

  const auto verdicts = provider->apply({{fragment("churn", 2)}, {absent(fragment("fraud", 1))}}, {});

  EXPECT_OUTCOME(verdicts[0], ir::Outcome::Applied);
  EXPECT_OUTCOME(verdicts[1], ir::Outcome::Gone);
  EXPECT_THAT(writes(), SizeIs(1));
}

TEST_F(EdgeConformance, DoesNotSendAgainWhatGotLostOnTheWay) {
  put({fragment("fraud", 1)});
  put({fragment("credit", 4)});
  fault({{"method", "PATCH"}}, {{"action", "drop_before"}});
  asked.clear();

  const auto verdicts = put({fragment("churn", 2)});

  EXPECT_OUTCOME(verdicts[0], ir::Outcome::Unknown);
  EXPECT_EQ(verdicts[0].error->code, Code::Unavailable);
  EXPECT_THAT(writes(), SizeIs(1));
  EXPECT_OUTCOME(put({fragment("churn", 2)})[0], ir::Outcome::Applied);
}

TEST_F(EdgeConformance, SurvivesPollsThatFail) {
  put({fragment("fraud", 1)});
  fault({{"method", "GET"}, {"path", "/mgmt/shared/appsvcs/task/*"}}, {{"action", "html"}, {"times", 3}});

  EXPECT_OUTCOME(put({fragment("churn", 2)})[0], ir::Outcome::Applied);
}

TEST_F(EdgeConformance, SavesOnceForManyWrites) {
  put({fragment("fraud", 1)});
  put({fragment("churn", 2)});

  ASSERT_TRUE(provider->persist({}).has_value());
  const json unit = control("/_sim/state", nullptr)["units"][0];
  EXPECT_EQ(unit["saved"]["id"], unit["running"]["id"]);
  asked.clear();
  EXPECT_TRUE(provider->persist({}).has_value());
  EXPECT_TRUE(asked.empty());
}

TEST_F(EdgeConformance, DoesNotCallPersistedWhatCouldNotBeSaved) {
  put({fragment()});
  fault({{"path", "/mgmt/tm/task/sys/config*"}}, {{"action", "status"}, {"status", 500}, {"body", "{}"}, {"times", 0}});
  EXPECT_FALSE(provider->persist({}).has_value());

  control("/_sim/faults", json::array());
  EXPECT_TRUE(provider->persist({}).has_value());
}

TEST_F(EdgeConformance, ReportsAddressesInUseAndItsOwnMarks) {
  put({fragment()});
  control("/_sim/edit", {{"op", "put"},
                         {"component", "ltm virtual-address"},
                         {"path", "/Common/198.51.100.9"},
                         {"properties", {{"address", "198.51.100.9"}}}});

  const Result<Condition> condition = provider->check({});

  ASSERT_TRUE(condition.has_value()) << condition.error().text();
  EXPECT_TRUE(condition->addresses_in_use.contains("192.0.2.33"))
      << ::testing::PrintToString(condition->addresses_in_use);
  EXPECT_TRUE(condition->addresses_in_use.contains("198.51.100.9"));
  EXPECT_THAT(condition->unclaimed, ::testing::ElementsAre("sp_inst0001_risk_1/fraud_0a1b2c3d"));
}

TEST_F(EdgeConformance, ShowsNoSecretInWhatItSays) {
  ir::EdgeFragment bad = fragment("bad", 3);
  bad.policy.access_profile = "/Common/not_there";
  const auto verdicts = put({bad, fragment()});

  for (const ir::Verdict& verdict : verdicts) {
    const std::string said = (verdict.error ? verdict.error->text() : "") + ::testing::PrintToString(verdict.notes);
    EXPECT_EQ(said.find("PRIVATE"), std::string::npos);
    EXPECT_EQ(said.find("s3cret"), std::string::npos);
  }
  EXPECT_EQ(provider->render({fragment()}).find("BEGIN"), std::string::npos);
}

class EdgePairConformance : public EdgeConformance {
 protected:
  void SetUp() override { start(2); }
};

TEST_F(EdgePairConformance, WritesToTheActiveUnitAndFollowsAFailover) {
  put({fragment("fraud", 1)});
  ASSERT_FALSE(writes().empty());
  EXPECT_EQ(writes().back().unit, 0);
  ASSERT_TRUE(provider->persist({}).has_value());

  control("/_sim/failover", {{"active", 1}});
  EXPECT_OUTCOME(put({fragment("churn", 2)})[0], ir::Outcome::Applied);

  EXPECT_EQ(writes().back().unit, 1);
  EXPECT_EQ(observe().entries.size(), 2U);
}

TEST_F(EdgePairConformance, WritesNothingWhileTwoUnitsAreActive) {
  control("/_sim/failover", {{"states", {"ACTIVE", "ACTIVE"}}});

  const auto verdicts = put({fragment()});

  EXPECT_OUTCOME(verdicts[0], ir::Outcome::Unknown);
  EXPECT_EQ(verdicts[0].error->code, Code::Conflict);
  EXPECT_EQ(provider->check({}).error().code, Code::Conflict);
  EXPECT_THAT(writes(), SizeIs(0));
}

TEST_F(EdgePairConformance, SyncsThePeerAndVerifiesIt) {
  put({fragment()});
  EXPECT_EQ(control("/_sim/state", nullptr)["inSync"], false);

  const Result<void> persisted = provider->persist({});

  ASSERT_TRUE(persisted.has_value()) << persisted.error().text();
  EXPECT_EQ(control("/_sim/state", nullptr)["inSync"], true);
  EXPECT_THAT(virtuals(1), SizeIs(1));
}

TEST_F(EdgePairConformance, DoesNotCallPersistedWhatTheNewActiveUnitHasNeverSeen) {
  put({fragment("fraud", 1)});
  ASSERT_TRUE(provider->persist({}).has_value());
  remove({absent(fragment("fraud", 1))});
  control("/_sim/failover", {{"active", 1}});

  EXPECT_FALSE(provider->persist({}).has_value());
  EXPECT_FALSE(provider->persist({}).has_value());
  EXPECT_EQ(observe().entries.size(), 1U);
  EXPECT_OUTCOME(remove({absent(fragment("fraud", 1))})[0], ir::Outcome::Gone);
  EXPECT_TRUE(provider->persist({}).has_value());
  EXPECT_TRUE(virtuals(0).empty());
  EXPECT_TRUE(virtuals(1).empty());
}

TEST_F(EdgePairConformance, GoesOnWithTheActiveUnitWhenItsPeerIsDown) {
  control("/_sim/faults", json::array({{{"match", {{"unit", 1}}}, {"action", "drop_before"}, {"times", 0}}}));

  EXPECT_OUTCOME(put({fragment()})[0], ir::Outcome::Applied);
  EXPECT_THAT(provider->check({})->notes, ::testing::Contains(HasSubstr("bigip-1")));
}

}  // namespace
}  // namespace sallyport::edge
