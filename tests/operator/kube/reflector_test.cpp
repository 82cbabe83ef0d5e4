// SPDX-License-Identifier: Apache-2.0
#include "operator/kube/reflector.hpp"

#include <gmock/gmock.h>

#include "tests/operator/kube/kube_script.hpp"

namespace sallyport::kube {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::answer;
using testing::Answer;
using testing::bookmark;
using testing::client_options;
using testing::end_of_list;
using testing::event;
using testing::kEdges;
using testing::list;
using testing::no_answer;
using testing::object;
using testing::refusal;
using testing::Script;
using std::chrono::milliseconds;

/// A cache of "name@version" and a journal of what was reported.
struct Watched {
  explicit Watched(std::deque<Answer> watches, std::deque<Answer> lists = {})
      : watch_script(std::move(watches)),
        list_script(std::move(lists)),
        watch_client(watch_script.client(), client_options(clock, random)),
        list_client(list_script.client(), client_options(clock, random)),
        reflector(list_client, watch_client, {kEdges}, sink(), options()) {}

  Sink sink() {
    return {[this](std::string_view text) -> Result<void> {
              const auto parsed = nlohmann::json::parse(text, nullptr, false);
              if (parsed["metadata"]["name"] == "poisoned") return Error{Code::InvalidSpec, "poisoned", {}, {}};
              cache[parsed["metadata"]["name"]] = parsed["metadata"]["resourceVersion"];
              return {};
            },
            [this](const std::string&, const std::string& name) { cache.erase(name); },
            [this](const ObjectHead& head, Seen seen) {
              const char* word = seen == Seen::Deleted ? "deleted" : seen == Seen::Initial ? "initial" : "changed";
              journal.push_back(std::string(word) + " " + head.name + "/" + head.uid);
            },
            [this](const std::string& version) { advanced.push_back(version); }};
  }
  ReflectorOptions options() {
    ReflectorOptions made;
    made.clock = &clock;
    made.random = &random;
    made.hooks.watch_ended = [this](std::string_view, WatchEnd why) { endings.emplace_back(to_string(why)); };
    made.hooks.relisted = [this](std::string_view) { ++relists; };
    made.hooks.undecodable = [this](std::string_view) { ++undecodable; };
    return made;
  }
  milliseconds step() { return reflector.step({}); }
  [[nodiscard]] std::string last_watch() const { return watch_script.requests().back().target; }

  sallyport::testing::FakeClock clock;
  sallyport::testing::FakeRandom random;
  Script watch_script;
  Script list_script;
  Client watch_client;
  Client list_client;
  std::map<std::string, std::string> cache;
  std::vector<std::string> journal;
  std::vector<std::string> advanced;
  std::vector<std::string> endings;
  int relists = 0;
  int undecodable = 0;
  Reflector reflector;
};

std::string filled(int version = 10) { return event("ADDED", object("a", 5)) + event("ADDED", object("b", 3)) + end_of_list(version); }

TEST(Reflector, FillsItsCacheFromOneStreamAndIsSyncedOnlyAtTheEndMark) {
  Watched w({answer(200, event("ADDED", object("a", 5))), answer(200, filled())});

  w.step();
  EXPECT_FALSE(w.reflector.synced());
  w.step();

  EXPECT_TRUE(w.reflector.synced());
  EXPECT_EQ(w.reflector.version(), "10");
  EXPECT_THAT(w.journal, ElementsAre("initial a/u1", "initial b/u1"));
  EXPECT_THAT(w.watch_script.requests()[0].target, HasSubstr("sendInitialEvents=true&resourceVersionMatch=NotOlderThan"));
  EXPECT_THAT(w.watch_script.requests()[0].target, Not(HasSubstr("resourceVersion=")));
}

TEST(Reflector, TakesNoVersionFromTheEventsThatStandForAList) {
  Watched w({answer(200, filled())});

  w.step();

  EXPECT_THAT(w.advanced, ElementsAre("10"));
}

TEST(Reflector, GoesOnFromTheLastVersionWhenTheServerEndsTheStream) {
  Watched w({answer(200, filled() + event("MODIFIED", object("a", 11)) + bookmark(20)), answer(200, bookmark(30))});

  EXPECT_EQ(w.step(), milliseconds(0));
  w.step();

  EXPECT_THAT(w.last_watch(), HasSubstr("resourceVersion=20"));
  EXPECT_THAT(w.advanced, ElementsAre("10", "11", "20", "30"));
  EXPECT_THAT(w.endings, ElementsAre("closed", "closed"));
  EXPECT_EQ(w.cache["a"], "11");
}

TEST(Reflector, AsksTheServerToEndAWatchBetweenFiveAndTenMinutes) {
  Watched w({answer(200, filled())});

  w.step();

  EXPECT_THAT(w.last_watch(), HasSubstr("timeoutSeconds=450"));
}

TEST(Reflector, ReadsPagesWhenTheServerRefusesToStreamAndNeverAsksAgain) {
  Watched w({refusal(422, "Invalid"), answer(200, bookmark(11)), answer(410)},
            {answer(200, list(10, {object("a", 5)}, "next")), answer(200, list(10, {object("b", 6)})),
             answer(200, list(20, {object("a", 5), object("b", 6)}))});

  EXPECT_EQ(w.step(), milliseconds(0));
  w.step();
  EXPECT_TRUE(w.reflector.synced());
  w.step();
  w.step();
  w.step();

  EXPECT_EQ(w.reflector.version(), "20");
  EXPECT_THAT(w.list_script.requests()[0].target, HasSubstr("limit=500"));
  EXPECT_THAT(w.list_script.requests()[1].target, HasSubstr("continue=next"));
  EXPECT_THAT(w.journal, ElementsAre("initial a/u1", "initial b/u1"));
  EXPECT_EQ(w.watch_script.requests().size(), 3U);
}

TEST(Reflector, ReadsPagesAfterTwoStreamsWithoutAnEndMark) {
  Watched w({answer(200, event("ADDED", object("a", 5))), answer(200, event("ADDED", object("a", 5)))},
            {answer(200, list(10, {object("a", 5)}))});

  EXPECT_GT(w.step(), milliseconds(0));
  w.step();
  w.step();

  EXPECT_TRUE(w.reflector.synced());
}

TEST(Reflector, ListsAgainInFullWhenAPageTokenExpires) {
  Watched w({refusal(400, "BadRequest")},
            {answer(200, list(10, {object("a", 5), object("gone", 4)}, "next")), refusal(410, "Expired"),
             answer(200, list(12, {object("a", 5), object("b", 6)}))});

  w.step();
  w.step();

  EXPECT_THAT(w.list_script.requests()[2].target, Not(HasSubstr("limit=")));
  EXPECT_THAT(w.journal, ElementsAre("initial a/u1", "initial gone/u1", "initial b/u1", "deleted gone/u1"));
  EXPECT_EQ(w.cache.size(), 2U);
}

TEST(Reflector, IsNotSyncedByHalfAList) {
  Watched w({refusal(400, "BadRequest")}, {answer(200, list(10, {object("a", 5)}, "next")), refusal(403, "Forbidden")});

  w.step();
  EXPECT_GT(w.step(), milliseconds(0));

  EXPECT_FALSE(w.reflector.synced());
  EXPECT_EQ(w.reflector.version(), "");
}

TEST(Reflector, ReportsDeletionsThatItMissedWhileItsVersionWasGone) {
  Watched w({answer(200, filled()), answer(410), answer(200, event("ADDED", object("a", 5)) + end_of_list(50))});

  w.step();
  w.step();
  w.step();

  EXPECT_THAT(w.journal, ElementsAre("initial a/u1", "initial b/u1", "deleted b/u1"));
  EXPECT_THAT(w.endings, ElementsAre("closed", "gone", "closed"));
  EXPECT_EQ(w.relists, 1);
}

TEST(Reflector, ListsAgainWhenTheStreamItselfSaysGone) {
  const nlohmann::json gone{{"kind", "Status"}, {"code", 410}, {"reason", "Expired"}, {"message", "too old"}};
  Watched w({answer(200, filled()), answer(200, event("MODIFIED", object("a", 11)) + event("ERROR", gone)),
             answer(200, event("ADDED", object("a", 12)) + event("ADDED", object("b", 3)) + end_of_list(50))});

  w.step();
  EXPECT_GT(w.step(), milliseconds(0));
  w.step();

  EXPECT_THAT(w.last_watch(), HasSubstr("sendInitialEvents"));
  EXPECT_EQ(w.cache["a"], "12");
  EXPECT_EQ(w.cache["b"], "3");
}

TEST(Reflector, KeepsItsVersionThroughAnErrorEventOtherThanGone) {
  const nlohmann::json broken{{"kind", "Status"}, {"code", 500}, {"message", "etcd"}};
  Watched w({answer(200, filled()), answer(200, event("ERROR", broken)), answer(200, bookmark(12))});

  w.step();
  w.step();
  w.step();

  EXPECT_THAT(w.last_watch(), HasSubstr("resourceVersion=10"));
}

TEST(Reflector, TreatsTheSameNameWithAnotherUidAsDeletedAndAdded) {
  Watched w({answer(200, filled() + event("MODIFIED", object("a", 12, "u2")))});

  w.step();

  EXPECT_THAT(w.journal, ElementsAre("initial a/u1", "initial b/u1", "deleted a/u1", "changed a/u2"));
  EXPECT_EQ(w.cache["a"], "12");
}

TEST(Reflector, TreatsAnotherUidInARelistAsDeletedAndAdded) {
  Watched w({answer(200, filled()), answer(410), answer(200, event("ADDED", object("a", 40, "u2")) + end_of_list(50))});

  w.step();
  w.step();
  w.step();

  EXPECT_THAT(w.journal, ElementsAre("initial a/u1", "initial b/u1", "deleted a/u1", "changed a/u2", "deleted b/u1"));
}

TEST(Reflector, IgnoresTheDeletionOfAnEarlierLife) {
  Watched w({answer(200, filled() + event("MODIFIED", object("a", 12, "u2")) + event("DELETED", object("a", 13, "u1")))});

  w.step();

  EXPECT_EQ(w.cache["a"], "12");
}

TEST(Reflector, AppliesNothingOfALineThatIsCutOff) {
  std::string cut = event("MODIFIED", object("a", 12));
  cut.resize(cut.size() / 2);
  Watched w({answer(200, filled()), answer(200, event("MODIFIED", object("b", 11)) + cut), answer(200, bookmark(13))});

  w.step();
  EXPECT_GT(w.step(), milliseconds(0));
  w.step();

  EXPECT_EQ(w.cache["a"], "5");
  EXPECT_EQ(w.cache["b"], "11");
  EXPECT_THAT(w.last_watch(), HasSubstr("resourceVersion=11"));
}

TEST(Reflector, DoesNotMovePastALineThatItCannotRead) {
  Watched w({answer(200, filled()), answer(200, "{\"type\":\"MODIFIED\",\"obj\n" + event("MODIFIED", object("b", 12))),
             answer(200, bookmark(13))});

  w.step();
  w.step();
  w.step();

  EXPECT_THAT(w.last_watch(), HasSubstr("resourceVersion=10"));
  EXPECT_EQ(w.cache["b"], "3");
}

TEST(Reflector, ListsAgainWhenTheSameVersionFailsThreeTimes) {
  Watched w({answer(200, filled()), refusal(504, "Timeout"), refusal(504, "Timeout"), refusal(504, "Timeout"), answer(200, filled(5))});

  for (int i = 0; i < 5; ++i) w.step();

  EXPECT_THAT(w.last_watch(), HasSubstr("sendInitialEvents"));
  EXPECT_EQ(w.reflector.version(), "5");
}

TEST(Reflector, KeepsItsVersionWhileTheServerIsDownOrBusy) {
  Watched w({answer(200, filled()), no_answer(), refusal(429, "TooManyRequests"), refusal(429, "TooManyRequests"),
             refusal(429, "TooManyRequests"), refusal(429, "TooManyRequests"), no_answer(), answer(200, bookmark(11))});

  for (int i = 0; i < 8; ++i) w.step();

  EXPECT_THAT(w.last_watch(), HasSubstr("resourceVersion=10"));
  EXPECT_EQ(w.relists, 0);
}

TEST(Reflector, WaitsAsLongAsTheServerAsks) {
  Watched w({answer(200, filled()), answer(429, "", {{"Retry-After", "7"}})});

  w.step();

  EXPECT_GE(w.step(), milliseconds(7000));
}

TEST(Reflector, WaitsLongerAndLongerAndStartsOverAfterTwoHealthyMinutes) {
  Watched w({answer(200, filled()), no_answer(), no_answer(), no_answer(), no_answer()});
  w.step();
  std::vector<milliseconds> pauses;

  for (int i = 0; i < 3; ++i) {
    pauses.push_back(w.step());
    w.clock.advance(pauses.back());
  }
  w.clock.advance(std::chrono::minutes(3));
  pauses.push_back(w.step());

  EXPECT_THAT(pauses, ElementsAre(milliseconds(1200), milliseconds(2400), milliseconds(4800), milliseconds(1200)));
}

TEST(Reflector, CountsWatchesThatEndAtOnce) {
  Watched w({answer(200, filled()), answer(200), answer(200)});

  w.step();
  EXPECT_GT(w.step(), milliseconds(0));
  w.step();

  EXPECT_THAT(w.endings, ElementsAre("closed", "very_short", "very_short"));
  EXPECT_THAT(w.last_watch(), HasSubstr("resourceVersion=10"));
}

TEST(Reflector, KeepsWhatItKnewOfAnObjectThatCannotBeDecoded) {
  Watched w({answer(200, event("ADDED", object("a", 5)) + event("ADDED", object("poisoned", 6)) + event("ADDED", object("c", 7)) + end_of_list(10)),
             answer(410), answer(200, event("ADDED", object("a", 5)) + event("ADDED", object("poisoned", 6)) + event("ADDED", object("c", 7)) + end_of_list(20))});

  w.step();
  w.step();
  w.step();

  EXPECT_TRUE(w.reflector.synced());
  EXPECT_THAT(w.journal, ElementsAre("initial a/u1", "initial c/u1"));
  EXPECT_EQ(w.undecodable, 2);
}

TEST(Reflector, NeverTakesARefusedListForAnEmptyOne) {
  Watched w({answer(200, filled()), answer(410), refusal(403, "Forbidden"), refusal(403, "Forbidden"), refusal(404, "NotFound")});

  for (int i = 0; i < 5; ++i) w.step();

  EXPECT_EQ(w.cache.size(), 2U);
  EXPECT_THAT(w.journal, ElementsAre("initial a/u1", "initial b/u1"));
}

TEST(Reflector, AsksForMetadataOnlyWhereThatIsWanted) {
  sallyport::testing::FakeClock clock;
  sallyport::testing::FakeRandom random;
  Script script({answer(200, end_of_list(3))});
  Client client(script.client(), client_options(clock, random));
  Reflector reflector(client, client, {secrets(), "risk", "", "", Form::Metadata},
                      {[](std::string_view) { return Result<void>(); }, [](const auto&, const auto&) {}, [](const auto&, Seen) {}},
                      {&clock, &random});

  (void)reflector.step({});

  EXPECT_EQ(script.requests()[0].headers.at("Accept"), "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1");
  EXPECT_THAT(script.requests()[0].target, HasSubstr("/api/v1/namespaces/risk/secrets?"));
}

/// A transport whose streams fall silent: time passes, then it gives up, as the real one does.
class Silent final : public http::Client {
 public:
  explicit Silent(const sallyport::testing::FakeClock& clock, std::string lines) : clock_(clock), lines_(std::move(lines)) {}
  Result<http::Response> send(const http::Request&, milliseconds, std::stop_token) override { return no_answer(); }
  Result<http::Response> stream(const http::Request&, milliseconds idle, std::stop_token, const OnLine& on_line) override {
    for (std::size_t at = 0, end = 0; (end = lines_.find('\n', at)) != std::string::npos; at = end + 1) {
      TRY(on_line(std::string_view(lines_).substr(at, end - at)));
    }
    lines_.clear();
    idles.push_back(idle);
    clock_.advance(idle);
    return no_answer("idle");
  }
  std::vector<milliseconds> idles;

 private:
  const sallyport::testing::FakeClock& clock_;
  std::string lines_;
};

TEST(Reflector, OpensASilentWatchAgainAtOnceAndGrantsAQuietKindMoreSilence) {
  sallyport::testing::FakeClock clock;
  sallyport::testing::FakeRandom random;
  auto transport = std::make_unique<Silent>(clock, end_of_list(3));
  Silent* silent = transport.get();
  Client client(std::move(transport), client_options(clock, random));
  Reflector reflector(client, client, {kEdges},
                      {[](std::string_view) { return Result<void>(); }, [](const auto&, const auto&) {}, [](const auto&, Seen) {}},
                      {&clock, &random});

  for (int i = 0; i < 5; ++i) EXPECT_EQ(reflector.step({}), milliseconds(0));

  using std::chrono::seconds;
  EXPECT_THAT(silent->idles, ElementsAre(seconds(90), seconds(90), seconds(180), seconds(360), seconds(455)));
}

TEST(Reflector, EndsWhenItIsStopped) {
  Watched w({});
  std::stop_source stop;
  stop.request_stop();

  w.reflector.run(stop.get_token());

  EXPECT_THAT(w.watch_script.requests(), IsEmpty());
}

}  // namespace
}  // namespace sallyport::kube
