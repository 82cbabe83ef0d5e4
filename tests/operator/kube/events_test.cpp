// SPDX-License-Identifier: Apache-2.0
#include "operator/kube/events.hpp"

#include <gmock/gmock.h>

#include "tests/operator/kube/kube_script.hpp"

namespace sallyport::kube {
namespace {

using nlohmann::json;
using testing::Answer;
using testing::answer;
using testing::client_options;
using ::testing::HasSubstr;
using testing::refusal;
using ::testing::StartsWith;

struct Fixture {
  explicit Fixture(EventOptions options = {})
      : events(transport(), client_options(clock, random), with_clock(std::move(options))) {}
  std::unique_ptr<http::Client> transport() {
    auto made = std::make_unique<sallyport::testing::FakeHttp>(
        [this](const http::Request& request) { return reply ? reply(request) : Answer(answer(201, "{}")); });
    http = made.get();
    return made;
  }
  EventOptions with_clock(EventOptions options) {
    options.clock = &clock;
    options.on_drop = [this] { ++dropped; };
    return options;
  }
  void post(const std::string& message = "It works", const std::string& uid = "u1") {
    events.post({"sallyport.dev/v1alpha1", "Edge", "risk", "a", uid, "Normal", "Programmed", message});
  }
  void send() {
    while (events.step({})) {
    }
  }
  [[nodiscard]] std::vector<http::Request> sent() const { return http->requests(); }

  sallyport::testing::FakeClock clock;
  sallyport::testing::FakeRandom random;
  std::function<Answer(const http::Request&)> reply;
  sallyport::testing::FakeHttp* http = nullptr;
  int dropped = 0;
  Events events;
};

TEST(Events, SaysWhatHappenedToWhichObject) {
  Fixture f;

  f.post();
  f.send();

  ASSERT_EQ(f.sent().size(), 1U);
  EXPECT_EQ(f.sent()[0].target, "/apis/events.k8s.io/v1/namespaces/risk/events");
  const json body = json::parse(f.sent()[0].body);
  EXPECT_EQ(body["regarding"]["uid"], "u1");
  EXPECT_EQ(body["reason"], "Programmed");
  EXPECT_EQ(body["note"], "It works");
  EXPECT_EQ(body["eventTime"], "2026-11-22T00:00:00.000000Z");
  EXPECT_THAT(body["metadata"]["name"].get<std::string>(), StartsWith("a."));
}

TEST(Events, CountsWhatIsSaidAgainAndTellsTheCountWhenItDoubles) {
  Fixture f;

  for (int i = 0; i < 9; ++i) {
    f.post();
    f.send();
  }

  ASSERT_EQ(f.sent().size(), 4U);  // 1, 2, 4, 8
  EXPECT_EQ(f.sent()[3].method, "PATCH");
  EXPECT_EQ(json::parse(f.sent()[3].body)["series"]["count"], 8);
}

TEST(Events, TellsTheLastCountWhenASeriesEnds) {
  Fixture f;
  for (int i = 0; i < 3; ++i) {
    f.post();
    f.send();
  }

  f.clock.advance(std::chrono::minutes(7));
  f.events.finish_series();
  f.send();
  const std::size_t requests = f.sent().size();

  EXPECT_EQ(json::parse(f.sent().back().body)["series"]["count"], 3);
  EXPECT_EQ(f.events.finish_series(), 1U);
  f.send();
  EXPECT_EQ(f.sent().size(), requests);
}

TEST(Events, TellsAllAgainWhenTheServerHasForgottenTheEvent) {
  Fixture f;
  f.post();
  f.send();
  f.reply = [](const http::Request& request) -> Answer {
    return request.method == "PATCH" ? refusal(404, "NotFound") : answer(201, "{}");
  };

  f.post();
  f.send();

  ASSERT_EQ(f.sent().size(), 3U);
  const json body = json::parse(f.sent()[2].body);
  EXPECT_EQ(body["note"], "It works");
  EXPECT_EQ(body["series"]["count"], 2);
}

TEST(Events, LeavesALastCountUntoldWhenTheServerHasForgottenTheEvent) {
  Fixture f;
  for (int i = 0; i < 3; ++i) {
    f.post();
    f.send();
  }
  f.reply = [](const http::Request&) -> Answer { return refusal(404, "NotFound"); };

  f.clock.advance(std::chrono::minutes(7));
  f.events.finish_series();
  f.send();

  EXPECT_EQ(f.sent().back().method, "PATCH");
  EXPECT_EQ(f.dropped, 1);
}

TEST(Events, BeginsANewSeriesAfterSixMinutes) {
  Fixture f;
  f.post();
  f.send();

  f.clock.advance(std::chrono::minutes(7));
  f.post();
  f.send();

  ASSERT_EQ(f.sent().size(), 2U);
  EXPECT_EQ(f.sent()[1].method, "POST");
  EXPECT_NE(json::parse(f.sent()[0].body)["metadata"]["name"], json::parse(f.sent()[1].body)["metadata"]["name"]);
}

TEST(Events, LetsOneObjectSpeak25TimesAndThenOnceInFiveMinutes) {
  Fixture f;
  for (int i = 0; i < 30; ++i) f.post("message " + std::to_string(i));
  f.send();
  EXPECT_EQ(f.sent().size(), 25U);
  EXPECT_EQ(f.dropped, 5);

  f.post("another object's", "u2");
  f.clock.advance(std::chrono::minutes(5));
  f.post("later");
  f.post("too soon");
  f.send();

  EXPECT_EQ(f.sent().size(), 27U);
}

TEST(Events, DropsWhatDoesNotFitIntoItsQueue) {
  Fixture f({.queue = 2});

  for (int i = 0; i < 5; ++i) f.post("message", "u" + std::to_string(i));
  f.send();

  EXPECT_EQ(f.sent().size(), 2U);
  EXPECT_EQ(f.dropped, 3);
}

TEST(Events, DropsWhatTheServerRefusesAndGoesOn) {
  Fixture f;
  f.reply = [](const http::Request&) -> Answer { return refusal(403, "Forbidden"); };
  f.post();
  f.send();
  f.reply = {};

  f.post("another");
  f.send();

  EXPECT_EQ(f.dropped, 1);
  EXPECT_EQ(f.sent().size(), 2U);
}

TEST(Events, CutsLongMessagesAndPutsClusterScopedObjectsIntoDefault) {
  Fixture f;

  f.events.post({"v1", "Gateway", "", "edge", "u1", "Warning", "Broken", std::string(5000, 'x')});
  f.send();

  EXPECT_THAT(f.sent()[0].target, HasSubstr("/namespaces/default/events"));
  EXPECT_LE(json::parse(f.sent()[0].body)["note"].get<std::string>().size(), 1024U);
}

}  // namespace
}  // namespace sallyport::kube
