// SPDX-License-Identifier: Apache-2.0
// What the simulator does not do of its own accord; the rest of the writer is in tests/conformance/edge_test.cpp.
#include "reconcilers/providers/edge/bigip/writer.hpp"

#include <gmock/gmock.h>

#include "reconcilers/providers/edge/bigip/application.hpp"
#include "reconcilers/providers/edge/bigip/marks.hpp"
#include "reconcilers/providers/edge/bigip/upstream.hpp"
#include "tests/reconcilers/providers/edge/bigip/fixtures.hpp"
#include "tests/reconcilers/providers/edge/bigip/script.hpp"
#include "tests/testing/fake_clock.hpp"

namespace sallyport::edge::bigip {
namespace {

using testing::fragment;

const std::string kTenant = fragment().place.tenant;
const std::string kDeclare = "/mgmt/shared/appsvcs/declare/" + kTenant;
const std::string kTasks = "GET /mgmt/shared/appsvcs/task";

http::Response failed(const std::string& words) {
  return testing::json(
      {{"results", {{{"code", 422}, {"message", "declaration failed"}, {"response", words}, {"tenant", kTenant}}}}},
      422);
}
http::Response done(const std::string& message = "success") {
  return testing::json({{"results", {{{"code", 200}, {"message", message}, {"tenant", kTenant}}}}});
}

http::Response missing() {
  return testing::answer(404, R"({"code":404,"message":"specified Tenant(s) 'x' not found in declaration"})");
}
http::Response busy() {
  return testing::answer(503, R"({"code":503,"message":"Configuration operation in progress"})");
}
http::Response idle() {
  return testing::answer(200, R"({"items":[]})");
}
http::Response running() {
  return testing::answer(200, R"({"items":[{"results":[{"code":0,"message":"in progress"}]}]})");
}

class TenantWriter : public ::testing::Test {
 protected:
  Wanted wanted(const ir::EdgeFragment& one) {
    return {&one, std::make_shared<const Json>(application(one, placeholder(one.certificate)))};
  }
  /// What AS3 stores when these applications are there.
  http::Response stored(const std::vector<Wanted>& kept) {
    const nlohmann::ordered_json adc = {{"class", "ADC"}, {kTenant, whole_tenant(kept, InstanceId("inst0001"))}};
    return testing::answer(200, adc.dump());
  }
  std::vector<ir::Verdict> run(const std::vector<ir::EdgeFragment>& fragments) {
    std::vector<ir::Verdict> verdicts(fragments.size());
    std::vector<Task> tasks;
    for (std::size_t i = 0; i < fragments.size(); ++i) {
      const bool put = fragments[i].wish == ir::Wish::Present;
      tasks.push_back({put ? wanted(fragments[i]) : Wanted{&fragments[i], nullptr}, &verdicts[i]});
    }
    writer.run(tasks, {});
    return verdicts;
  }

  /// In place of what may be there by then.
  static bool adds_the_whole_tenant(const http::Request& request) {
    return request.body.find("\"path\":\"/" + kTenant + "\"") != std::string::npos;
  }

  testing::Script script;
  testing::MemorySecrets secrets;
  sallyport::testing::FakeClock clock;
  sallyport::testing::FakeRandom random;
  Device device{"https://unit", script.client(), {testing::connection().credentials, secrets, clock}};
  As3 as3{device, clock, random};
  Writer writer{as3, clock, {InstanceId("inst0001"), "edge"}};
  ir::EdgeFragment there = fragment("there", 9);
};

/// A device that chokes on one application, in words that name nobody.
class Choking final : public http::Client {
 public:
  Choking(testing::Script& script, std::string bad) : script_(script), bad_(std::move(bad)) {}
  Result<http::Response> send(const http::Request& request, std::chrono::milliseconds, std::stop_token) override {
    if (request.method != "PATCH") return script_(request);
    script_.asked.push_back(request);
    return request.body.find("\"path\":\"/" + kTenant + "/" + bad_) != std::string::npos
               ? failed("01070734:3: Configuration error")
               : done();
  }
  Result<http::Response> stream(const http::Request&, std::chrono::milliseconds, std::stop_token,
                                const OnLine&) override {
    return Error{Code::Internal, "not here", {}, {}};
  }

 private:
  testing::Script& script_;
  std::string bad_;
};

TEST_F(TenantWriter, HalvesABatchUntilTheNamelessCulpritIsFound) {
  script.on("GET " + kDeclare, stored({wanted(there)}));
  Device choking("https://unit", std::make_unique<Choking>(script, "c_"),
                 {testing::connection().credentials, secrets, clock});
  As3 on_it(choking, clock, random);
  Writer halving(on_it, clock, {InstanceId("inst0001"), "edge"});
  std::vector<ir::EdgeFragment> fragments;
  for (const char* name : {"a", "b", "c", "d", "e"})
    fragments.push_back(fragment(name, static_cast<int>(fragments.size()) + 20));
  std::vector<ir::Verdict> verdicts(fragments.size());
  std::vector<Task> tasks;
  for (std::size_t i = 0; i < fragments.size(); ++i) tasks.push_back({wanted(fragments[i]), &verdicts[i]});

  halving.run(tasks, {});

  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    EXPECT_EQ(verdicts[i].outcome, i == 2 ? ir::Outcome::Rejected : ir::Outcome::Applied) << i;
  }
  EXPECT_THAT(verdicts[2].error->message, ::testing::HasSubstr("01070734"));
  EXPECT_EQ(verdicts[2].error->where, "spec");
}

TEST_F(TenantWriter, ReadsAgainWhenAPatchIsStale) {
  const ir::EdgeFragment gone = testing::absent(fragment("gone", 3));
  ir::EdgeFragment was = gone;
  was.wish = ir::Wish::Present;
  script.on("GET " + kDeclare, {stored({wanted(there), wanted(was)}), stored({wanted(there)})});
  script.on("PATCH " + kDeclare,
            testing::answer(422, R"({"code":422,"message":"InvalidPatchOperationError: path does not exist /x"})"));

  const auto verdicts = run({gone});

  EXPECT_EQ(verdicts[0].outcome, ir::Outcome::Gone);
  EXPECT_EQ(script.count("PATCH " + kDeclare), 1U);
}

TEST_F(TenantWriter, PostsWhenTheDeviceTurnsOutToStoreNothing) {
  script.on("GET " + kDeclare, missing()).on(kTasks, idle());
  script.on("PATCH " + kDeclare,
            testing::answer(422, R"({"code":422,"message":"declaration lacks valid 'id' property"})"));
  script.on("POST " + kDeclare, done());

  EXPECT_EQ(run({fragment()})[0].outcome, ir::Outcome::Applied);
}

TEST_F(TenantWriter, DoesNotReplaceATenantThatAppearsWhileTheDeviceIsBusy) {
  script.on("GET " + kDeclare, {missing(), missing(), stored({wanted(there)})}).on(kTasks, idle());
  script.on("PATCH " + kDeclare, {busy(), done()});

  EXPECT_EQ(run({fragment()})[0].outcome, ir::Outcome::Applied);

  EXPECT_EQ(script.count("PATCH " + kDeclare), 2U);
  EXPECT_FALSE(adds_the_whole_tenant(script.asked.back())) << script.asked.back().body;
}

TEST_F(TenantWriter, CreatesNoTenantWhileATaskRunsThatMayBeMakingIt) {
  for (const http::Response& nothing : {missing(), testing::answer(204, "")}) {
    script.on("GET " + kDeclare, {nothing, stored({wanted(there)})}).on(kTasks, {running(), idle()});
    script.on("PATCH " + kDeclare, done());

    EXPECT_EQ(run({fragment()})[0].outcome, ir::Outcome::Applied);

    EXPECT_EQ(script.count("POST " + kDeclare), 0U);
    EXPECT_FALSE(adds_the_whole_tenant(script.asked.back())) << script.asked.back().body;
  }
}

TEST_F(TenantWriter, LooksOnceMoreForATenantThatATaskMayHaveMadeUntilAMomentAgo) {
  script.on("GET " + kDeclare, {missing(), stored({wanted(there)})}).on(kTasks, idle());
  script.on("PATCH " + kDeclare, done());

  EXPECT_EQ(run({fragment()})[0].outcome, ir::Outcome::Applied);

  EXPECT_FALSE(adds_the_whole_tenant(script.asked.back())) << script.asked.back().body;
}

TEST_F(TenantWriter, CreatesNoTenantUnlessItKnowsWhetherATaskRuns) {
  script.on("GET " + kDeclare, missing()).on(kTasks, testing::answer(403, R"({"code":403,"message":"no"})"));

  const auto verdicts = run({fragment()});

  EXPECT_EQ(verdicts[0].outcome, ir::Outcome::Unknown);
  EXPECT_EQ(verdicts[0].error->code, Code::Refused);
  EXPECT_EQ(script.count("PATCH " + kDeclare), 0U);
}

TEST_F(TenantWriter, GivesABusyDeviceUpForNowAfterSixTries) {
  const auto gives_up = [&](std::size_t writes) {
    const SteadyTime before = clock.steady();
    const std::size_t sent = script.count("PATCH " + kDeclare);
    const auto verdicts = run({fragment()});
    EXPECT_EQ(verdicts[0].outcome, ir::Outcome::Unknown);
    EXPECT_EQ(verdicts[0].error->code, Code::RateLimited);
    EXPECT_TRUE(verdicts[0].error->retry_after.has_value());
    EXPECT_EQ(script.count("PATCH " + kDeclare) - sent, writes);
    EXPECT_GE(clock.steady() - before, std::chrono::seconds(6 * 5));
  };
  script.on("GET " + kDeclare, stored({wanted(there)})).on("PATCH " + kDeclare, busy());
  gives_up(6);
  script.on("GET " + kDeclare, missing()).on(kTasks, running());
  gives_up(0);
  EXPECT_EQ(script.count(kTasks), 6U);
  EXPECT_FALSE(writer.touched());
}

TEST_F(TenantWriter, SendsACancelledTaskAnew) {
  script.on("GET " + kDeclare, stored({wanted(there)}));
  script.on("PATCH " + kDeclare,
            {testing::json({{"results", {{{"code", 0}, {"message", "task cancelled"}}}}}), done()});

  EXPECT_EQ(run({fragment()})[0].outcome, ir::Outcome::Applied);
}

TEST_F(TenantWriter, FindsALostWriteByItsMarkOnceNothingRuns) {
  const ir::EdgeFragment one = fragment();
  script.on("GET " + kDeclare,
            {stored({wanted(there)}), stored({wanted(there)}), stored({wanted(there), wanted(one)})});
  script.on("PATCH " + kDeclare, testing::answer(504, "<html>"));
  script.on(kTasks, {running(), idle()});

  EXPECT_EQ(run({one})[0].outcome, ir::Outcome::Applied);
  EXPECT_EQ(script.count("PATCH " + kDeclare), 1U);
  EXPECT_TRUE(writer.touched());
}

TEST_F(TenantWriter, CannotTellByTheMarkWhetherALostRepairTookEffect) {
  const ir::EdgeFragment one = fragment();
  script.on("GET " + kDeclare, stored({wanted(one)}));
  script.on("PATCH " + kDeclare, testing::answer(504, "<html>"));
  script.on(kTasks, idle());

  EXPECT_EQ(run({one})[0].outcome, ir::Outcome::Unknown);
}

TEST_F(TenantWriter, GivesUpLookingWhenTheUnitIsGone) {
  script.on("GET " + kDeclare, {stored({wanted(there)}), testing::answer(503, "<html>")});
  script.on("PATCH " + kDeclare, testing::answer(504, "<html>"));
  const SteadyTime before = clock.steady();

  EXPECT_EQ(run({fragment()})[0].outcome, ir::Outcome::Unknown);

  EXPECT_LT(clock.steady() - before, std::chrono::minutes(2));
}

TEST_F(TenantWriter, TellsARepairFromAWriteThatChangedNothing) {
  const ir::EdgeFragment one = fragment();
  script.on("GET " + kDeclare, stored({wanted(one)}));
  script.on("PATCH " + kDeclare, {done("no change"), done()});

  EXPECT_FALSE(run({one})[0].drift_repaired);
  EXPECT_TRUE(run({one})[0].drift_repaired);
}

TEST_F(TenantWriter, HasTouchedTheDeviceWithEveryWriteThatMayHaveTakenEffect) {
  const auto touches = [&](http::Response answer) {
    script.on("GET " + kDeclare, stored({wanted(there)})).on("PATCH " + kDeclare, std::move(answer));
    script.on(kTasks, idle());
    Writer fresh(as3, clock, {InstanceId("inst0001"), "edge"});
    ir::Verdict verdict;
    const ir::EdgeFragment one = fragment();
    fresh.run({{wanted(one), &verdict}}, {});
    return fresh.touched();
  };
  EXPECT_TRUE(touches(done()));
  EXPECT_TRUE(touches(done("no change"))) << "the declaration is stored anew";
  EXPECT_TRUE(touches(testing::answer(504, "<html>")));
  EXPECT_FALSE(touches(failed("01070734:3: Configuration error")));
  EXPECT_FALSE(touches(testing::answer(422, R"({"code":422,"message":"declaration is invalid","errors":["x"]})")));
  EXPECT_FALSE(touches(busy()));
  EXPECT_FALSE(touches(testing::answer(403, R"({"code":403,"message":"no"})")));
}

TEST_F(TenantWriter, HasTouchedTheDeviceWithAWriteThatWasAcceptedAndThenStopped) {
  script.on("GET " + kDeclare, stored({wanted(there)}));
  script.on("PATCH " + kDeclare, testing::answer(202, R"({"id":"0f","results":[{"code":0}]})"));
  script.on("GET /mgmt/shared/appsvcs/task/0f", testing::answer(200, R"({"id":"0f","results":[{"code":0}]})"));
  std::stop_source stop;
  script.before("GET /mgmt/shared/appsvcs/task/0f", [&] { stop.request_stop(); });
  const ir::EdgeFragment one = fragment();
  ir::Verdict verdict;

  writer.run({{wanted(one), &verdict}}, stop.get_token());

  EXPECT_EQ(verdict.error->code, Code::ShuttingDown);
  EXPECT_TRUE(writer.touched());
}

TEST_F(TenantWriter, BlamesTheNeighbourThatIsRefusedAndNotThoseWhoWaitForIt) {
  const ir::EdgeFragment one = fragment("a", 1);
  const ir::EdgeFragment gone = testing::absent(fragment("b", 2));
  ir::EdgeFragment was = gone;
  was.wish = ir::Wish::Present;
  script.on("GET " + kDeclare, stored({wanted(there), wanted(was)}));
  script.on("PATCH " + kDeclare,
            testing::json({{"code", 422},
                           {"errors", {"/" + kTenant + "/" + there.place.application + "/vs/policyWAF: is not there"}},
                           {"message", "declaration is invalid"}},
                          422));

  for (const ir::Verdict& verdict : run({one, gone})) {
    EXPECT_EQ(verdict.outcome, ir::Outcome::Unknown);
    EXPECT_EQ(verdict.error->where, "");
    EXPECT_THAT(verdict.error->message, ::testing::HasSubstr(there.place.application));
  }
  EXPECT_EQ(script.count("PATCH " + kDeclare), 1U) << "no half of them would fare better";
}

TEST_F(TenantWriter, RejectsAllThatShareARefusedUpstream) {
  const ir::EdgeFragment one = fragment("a", 1);
  ir::EdgeFragment other = fragment("b", 2);
  other.upstream.host = "other.example.net";
  script.on("GET " + kDeclare, stored({wanted(there)}));
  Wanted bad = wanted(other);
  const std::string pool = bad.declared->at("vs").at("pool").get<std::string>();
  script.on("PATCH " + kDeclare, {testing::json({{"code", 422},
                                                 {"errors", {pool + "/members/0/hostname: should match format"}},
                                                 {"message", "declaration is invalid"}},
                                                422),
                                  done()});

  const auto verdicts = run({one, other});

  EXPECT_EQ(verdicts[0].outcome, ir::Outcome::Applied);
  EXPECT_EQ(verdicts[1].outcome, ir::Outcome::Rejected);
  EXPECT_EQ(verdicts[1].error->where, "spec.backends");
}

TEST_F(TenantWriter, BlamesNobodyOfItsOwnForASharedObjectOrANodeThatOnlyANeighbourUses) {
  there.upstream.host = "other.example.net";
  const std::string pool = upstream_names(there).pool;
  script.on("GET " + kDeclare, stored({wanted(there)}));
  for (const std::string& blamed : {"Shared/" + pool, std::string("Shared/somebodys_pool"),
                                    node_prefix(upstream_key(pool)) + there.upstream.host}) {
    const std::size_t before = script.count("PATCH " + kDeclare);
    script.on("PATCH " + kDeclare, failed("01070734:3: /" + kTenant + "/" + blamed + " is in error"));

    for (const ir::Verdict& verdict : run({fragment("a", 1), fragment("b", 2), fragment("c", 3)})) {
      EXPECT_EQ(verdict.outcome, ir::Outcome::Unknown) << blamed;
      EXPECT_THAT(verdict.error->message, ::testing::HasSubstr(blamed + " of the same tenant holds up every change"));
    }
    EXPECT_EQ(script.count("PATCH " + kDeclare) - before, 1U) << "no half of them would fare better";
  }
}

TEST_F(TenantWriter, RejectsTheOneWhoseAddressOrNodeIsRefused) {
  ir::EdgeFragment bad = fragment("b", 2);
  bad.upstream.host = "other.example.net";
  const std::string node = node_prefix(upstream_key(upstream_names(bad).pool)) + bad.upstream.host;
  script.on("GET " + kDeclare, stored({wanted(there)}));
  for (const auto& [blamed, field] :
       std::map<std::string, std::string>{{bad.address, "status.virtualServer.address"}, {node, "spec.backends"}}) {
    const std::size_t before = script.count("PATCH " + kDeclare);
    script.on("PATCH " + kDeclare, {failed("01070734:3: /" + kTenant + "/" + blamed + " is in error"), done()});

    const auto verdicts = run({fragment("a", 1), bad, fragment("c", 3), fragment("d", 4)});

    for (std::size_t i = 0; i < verdicts.size(); ++i)
      EXPECT_EQ(verdicts[i].outcome, i == 1 ? ir::Outcome::Rejected : ir::Outcome::Applied) << blamed << i;
    EXPECT_EQ(verdicts[1].error->where, field);
    EXPECT_EQ(script.count("PATCH " + kDeclare) - before, 2U);
  }
}

TEST_F(TenantWriter, HalvesABatchOfRemovalsWhenWhatTheyLeaveBehindIsRefused) {
  there.upstream.host = "other.example.net";
  const ir::EdgeFragment a = fragment("a", 1);
  const ir::EdgeFragment b = fragment("b", 2);
  const std::string pool = upstream_names(a).pool;
  script.on("GET " + kDeclare, {stored({wanted(there), wanted(a), wanted(b)}),
                                stored({wanted(there), wanted(a), wanted(b)}), stored({wanted(there), wanted(b)})});
  script.on("PATCH " + kDeclare, {failed("01070265:3: /" + kTenant + "/Shared/" + pool + " is in use"), done(),
                                  failed("01070265:3: /" + kTenant + "/Shared/" + pool + " is in use")});

  const auto verdicts = run({testing::absent(a), testing::absent(b)});

  EXPECT_EQ(verdicts[0].outcome, ir::Outcome::Gone) << "no door stays open for the sake of a pool";
  EXPECT_EQ(verdicts[1].outcome, ir::Outcome::Rejected);
}

}  // namespace
}  // namespace sallyport::edge::bigip
