// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/edge/bigip/as3.hpp"

#include <gmock/gmock.h>

#include "tests/reconcilers/providers/edge/bigip/fixtures.hpp"
#include "tests/reconcilers/providers/edge/bigip/script.hpp"
#include "tests/testing/fake_clock.hpp"

namespace sallyport::edge::bigip {
namespace {

using ::testing::HasSubstr;

constexpr const char* kPatch = "PATCH /mgmt/shared/appsvcs/declare/T";
constexpr const char* kRead = "GET /mgmt/shared/appsvcs/declare/T";
constexpr const char* kTask = "GET /mgmt/shared/appsvcs/task/0f";
constexpr const char* kRunning = R"({"id":"0f","results":[{"message":"in progress","code":0}]})";
constexpr const char* kDone = R"({"id":"0f","results":[{"message":"success","code":200}]})";

http::Response accepted() {
  return testing::answer(202, R"({"id":"0f","results":[{"message":"Declaration successfully submitted","code":0}]})");
}

http::Response busy() {
  return testing::answer(
      503,
      R"({"code":503,"message":"Error: Configuration operation in progress on device localhost, please try again in 2 minutes"})");
}

class As3Client : public ::testing::Test {
 protected:
  Answer write(Mode mode = Mode::Deploy) { return as3.write("T", {"PATCH", "[1]"}, mode, {}); }

  testing::Script script;
  testing::MemorySecrets secrets;
  sallyport::testing::FakeClock clock;
  sallyport::testing::FakeRandom random;
  Device device{"https://unit", script.client(), {testing::connection().credentials, secrets, clock}};
  As3 as3{device, clock, random};
};

TEST_F(As3Client, FollowsATaskToItsEnd) {
  script.on(kPatch, accepted())
      .on(kTask, {testing::answer(200, kRunning), testing::answer(200, kRunning), testing::answer(200, kDone)});

  EXPECT_EQ(write().meaning, Meaning::Done);
  EXPECT_EQ(script.count(kTask), 3U);
}

TEST_F(As3Client, TellsTheAuditTrailHowATaskEndedWhereItKnows) {
  auto fake = std::make_unique<sallyport::testing::FakeHttp>(std::ref(script));
  const sallyport::testing::FakeHttp& told = *fake;
  Device unit{"https://unit", std::move(fake), {testing::connection().credentials, secrets, clock}};
  const auto ends_after = [&](http::Response last) {
    script.on(kPatch, accepted()).on(kTask, std::move(last));
    (void)As3(unit, clock, random).write("T", {"PATCH", "[1]"}, Mode::Deploy, {});
    return told.endings();
  };
  using ::testing::ElementsAre;
  using ::testing::Pair;
  const auto done = Pair("0f", http::Ending::Done);
  EXPECT_THAT(ends_after(testing::answer(200, kRunning)), ElementsAre());
  EXPECT_THAT(ends_after(testing::answer(200, kDone)), ElementsAre(done));
  EXPECT_THAT(ends_after(testing::answer(
                  200, R"({"id":"0f","results":[{"code":422,"message":"declaration failed","response":"01070734"}]})")),
              ElementsAre(done, Pair("0f", http::Ending::NotDone)));
}

TEST_F(As3Client, AsksForATaskAndLeavesTheSaveForLater) {
  script.on(kPatch, accepted()).on(kTask, testing::answer(200, kDone));
  EXPECT_EQ(write().meaning, Meaning::Done);

  const http::Request& sent = script.asked[1];
  EXPECT_THAT(sent.target, HasSubstr("?async=true"));
  EXPECT_EQ(sent.body, R"({"class":"AS3","action":"patch","persist":false,"patchBody":[1]})");
  EXPECT_EQ(sent.delivery, http::Delivery::OnceAlone);
}

TEST_F(As3Client, AsksForDifferencesInADryRunThatChangesNothing) {
  script.on(kPatch, accepted()).on(kTask, testing::answer(200, kDone));
  EXPECT_EQ(write(Mode::DryRun).meaning, Meaning::Done);

  EXPECT_THAT(script.asked[1].target, HasSubstr("controls.dryRun=true&controls.logLevel=debug"));
  EXPECT_TRUE(script.asked[1].session);
}

TEST_F(As3Client, NeverSendsAWriteTwiceWhoseAnswerWasLost) {
  script.on(kPatch, {Result<http::Response>(Error{Code::Unavailable, "reset", {}, {}})});

  EXPECT_EQ(write().meaning, Meaning::Unclear);
  EXPECT_EQ(script.count(kPatch), 1U);
}

TEST_F(As3Client, GivesUpATaskThatNobodyTellsAbout) {
  script.on(kPatch, accepted()).on(kTask, testing::answer(503, "<html>"));
  EXPECT_EQ(write().meaning, Meaning::Unclear);
  EXPECT_EQ(script.count(kTask), 6U);

  script.on(kTask, testing::answer(404, R"({"message":"No record found with ID of 0f"})"));
  EXPECT_EQ(write().meaning, Meaning::Unclear);
}

TEST_F(As3Client, GivesUpATaskThatNeverEnds) {
  script.on(kPatch, accepted()).on(kTask, testing::answer(200, kRunning));
  const SteadyTime before = clock.steady();

  EXPECT_EQ(write().meaning, Meaning::Unclear);

  EXPECT_LT(clock.steady() - before, std::chrono::minutes(11));
}

TEST_F(As3Client, StopsWhenToldTo) {
  script.on(kPatch, accepted()).on(kTask, testing::answer(200, kRunning));
  std::stop_source stop;
  stop.request_stop();

  const Answer answer = as3.write("T", {"PATCH", "[1]"}, Mode::Deploy, stop.get_token());

  EXPECT_EQ(answer.meaning, Meaning::Failed);
  EXPECT_EQ(answer.error->code, Code::ShuttingDown);
}

TEST_F(As3Client, SendsAWriteToABusyDeviceOnceAndLeavesTheNextToItsCaller) {
  script.on(kPatch, busy());

  const Answer answer = write();

  EXPECT_EQ(answer.meaning, Meaning::Busy);
  EXPECT_EQ(answer.error->code, Code::RateLimited);
  EXPECT_EQ(script.count(kPatch), 1U);
}

TEST_F(As3Client, RepeatsADryRunOnABusyDeviceAFewTimes) {
  script.on(kPatch, busy());
  const SteadyTime before = clock.steady();

  const Answer answer = write(Mode::DryRun);

  EXPECT_EQ(answer.meaning, Meaning::Failed);
  EXPECT_EQ(answer.error->code, Code::RateLimited);
  EXPECT_EQ(script.count(kPatch), 6U);
  EXPECT_GE(clock.steady() - before, std::chrono::seconds(6 * 5));
}

TEST_F(As3Client, WaitsForABusyDeviceBetweenFiveAndThirtySecondsUnlessStopped) {
  const SteadyTime before = clock.steady();
  EXPECT_TRUE(as3.wait_while_busy({}).has_value());
  EXPECT_GE(clock.steady() - before, std::chrono::seconds(5));
  EXPECT_LE(clock.steady() - before, std::chrono::seconds(30));

  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(as3.wait_while_busy(stop.get_token()).error().code, Code::ShuttingDown);
}

TEST_F(As3Client, SendsNothingMoreToAUnitThatHasHandedOver) {
  script.on(kPatch, busy());
  int asked = 0;
  As3 handed_over(device, clock, random, [&](std::stop_token) -> Result<void> {
    ++asked;
    return Error{Code::Unavailable, "another unit has become ACTIVE", {}, {}};
  });

  EXPECT_EQ(handed_over.write("T", {"PATCH", "[1]"}, Mode::Deploy, {}).meaning, Meaning::Busy);
  EXPECT_TRUE(handed_over.wait_while_busy({}).has_value());

  const Answer answer = handed_over.write("T", {"PATCH", "[1]"}, Mode::Deploy, {});

  EXPECT_EQ(answer.meaning, Meaning::Failed);
  EXPECT_EQ(answer.error->code, Code::Unavailable);
  EXPECT_FALSE(answer.sent);
  EXPECT_EQ(asked, 1);
  EXPECT_EQ(script.count(kPatch), 1U) << "the first one followed at once";
}

TEST_F(As3Client, TellsAMissingTenantFromAnUnreadableOne) {
  script.on(kRead, testing::answer(204, ""));
  EXPECT_EQ(as3.read("T", {})->presence, Presence::NothingStored);
  script.on(kRead,
            testing::answer(404, R"({"code":404,"message":"specified Tenant(s) 'T' not found in declaration"})"));
  EXPECT_EQ(as3.read("T", {})->presence, Presence::Missing);
  script.on(kRead, testing::answer(404, R"({"code":404,"message":"declaration in specified path not found"})"));
  EXPECT_EQ(as3.read("T", {})->presence, Presence::NothingStored);
  for (const auto& [status, body] :
       std::vector<std::pair<int, std::string>>{{404, R"({"code":404,"message":"something else"})"},
                                                {200, "<html>"},
                                                {200, "{}"},
                                                {200, R"({"class":"ADC","U":{"class":"Tenant"}})"},
                                                {403, "{}"},
                                                {500, "{}"},
                                                {503, "<html>"},
                                                {404, R"({"code":404,"message":"Public URI path not registered"})"}}) {
    script.on(kRead, testing::answer(status, body));
    EXPECT_FALSE(as3.read("T", {}).has_value()) << status << body;
  }
}

TEST_F(As3Client, ReadsATenantBareOrWrapped) {
  script.on(kRead, testing::answer(200, R"({"class":"ADC","T":{"class":"Tenant","label":"l"}})"));
  EXPECT_EQ(as3.read("T", {})->label(), "l");
  script.on(kRead, testing::answer(
                       200, R"({"class":"AS3","declaration":{"class":"ADC","T":{"class":"Tenant","label":"l"}}})"));
  EXPECT_EQ(as3.read("T", {})->label(), "l");
}

TEST_F(As3Client, SeesWhetherAnythingRuns) {
  const std::string list = "GET /mgmt/shared/appsvcs/task";
  script.on(list, testing::answer(200, std::string(R"({"items":[)") + kDone + "," + kRunning + "]}"));
  EXPECT_TRUE(*as3.is_running("", {}));
  script.on(list, testing::answer(200, std::string(R"({"items":[)") + kDone + "]}"));
  EXPECT_FALSE(*as3.is_running("", {}));
  script.on(list, testing::answer(200, "{}"));
  EXPECT_FALSE(as3.is_running("", {}).has_value());
}

TEST_F(As3Client, SeesWhetherOneTaskRunsWithoutListingAll) {
  script.on(kTask, {testing::answer(200, kRunning), testing::answer(200, kDone),
                    testing::answer(404, R"({"message":"No record found with ID of 0f"})")});

  EXPECT_TRUE(*as3.is_running("0f", {}));
  EXPECT_FALSE(*as3.is_running("0f", {}));
  EXPECT_FALSE(*as3.is_running("0f", {}));
  EXPECT_EQ(script.count("GET /mgmt/shared/appsvcs/task"), 0U);
}

TEST_F(As3Client, TakesATenantForMissingOnlyWhenNoTaskMayBeMakingIt) {
  const http::Response missing =
      testing::answer(404, R"({"message":"specified Tenant(s) 'T' not found in declaration"})");
  const http::Response there = testing::answer(200, R"({"class":"ADC","T":{"class":"Tenant"}})");
  constexpr const char* kTasks = "GET /mgmt/shared/appsvcs/task";
  const http::Response running = testing::answer(200, std::string(R"({"items":[)") + kRunning + "]}");
  const http::Response idle = testing::answer(200, std::string(R"({"items":[)") + kDone + "]}");

  script.on(kRead, missing).on(kTasks, running);
  EXPECT_EQ(as3.read_settled("T", {}).error().code, Code::RateLimited);

  script.on(kRead, {missing, there}).on(kTasks, idle);
  EXPECT_EQ(as3.read_settled("T", {})->presence, Presence::There) << "it ended between the two";

  script.on(kRead, missing);
  EXPECT_EQ(as3.read_settled("T", {})->presence, Presence::Missing);
}

}  // namespace
}  // namespace sallyport::edge::bigip
