// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "operator/kube/reflector.hpp"
#include "tests/operator/kube/reflector_script.hpp"

namespace sallyport::kube {
namespace {

using std::chrono::milliseconds;
using testing::answer;
using testing::bookmark;
using testing::client_options;
using ::testing::ElementsAre;
using testing::end_of_list;
using testing::event;
using testing::filled;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::kEdges;
using testing::no_answer;
using testing::object;
using testing::refusal;
using testing::Script;
using testing::Watched;

TEST(ReflectorUnderFaults, AppliesNothingOfALineThatIsCutOff) {
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

TEST(ReflectorUnderFaults, DoesNotMovePastALineThatItCannotRead) {
  Watched w({answer(200, filled()), answer(200, "{\"type\":\"MODIFIED\",\"obj\n" + event("MODIFIED", object("b", 12))),
             answer(200, bookmark(13))});

  w.step();
  w.step();
  w.step();

  EXPECT_THAT(w.last_watch(), HasSubstr("resourceVersion=10"));
  EXPECT_EQ(w.cache["b"], "3");
}

TEST(ReflectorUnderFaults, ListsAgainWhenTheSameVersionFailsThreeTimes) {
  Watched w({answer(200, filled()), refusal(504, "Timeout"), refusal(504, "Timeout"), refusal(504, "Timeout"),
             answer(200, filled(5))});

  for (int i = 0; i < 5; ++i) w.step();

  EXPECT_THAT(w.last_watch(), HasSubstr("sendInitialEvents"));
  EXPECT_EQ(w.reflector.version(), "5");
}

TEST(ReflectorUnderFaults, KeepsItsVersionWhileTheServerIsDownOrBusy) {
  Watched w({answer(200, filled()), no_answer(), refusal(429, "TooManyRequests"), refusal(429, "TooManyRequests"),
             refusal(429, "TooManyRequests"), refusal(429, "TooManyRequests"), no_answer(), answer(200, bookmark(11))});

  for (int i = 0; i < 8; ++i) w.step();

  EXPECT_THAT(w.last_watch(), HasSubstr("resourceVersion=10"));
  EXPECT_EQ(w.relists, 0);
}

TEST(ReflectorUnderFaults, WaitsAsLongAsTheServerAsks) {
  Watched w({answer(200, filled()), answer(429, "", {{"Retry-After", "7"}})});

  w.step();

  EXPECT_GE(w.step(), milliseconds(7000));
}

TEST(ReflectorUnderFaults, WaitsLongerAndLongerAndStartsOverAfterTwoHealthyMinutes) {
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

TEST(ReflectorUnderFaults, CountsWatchesThatEndAtOnce) {
  Watched w({answer(200, filled()), answer(200), answer(200)});

  w.step();
  EXPECT_GT(w.step(), milliseconds(0));
  w.step();

  EXPECT_THAT(w.endings, ElementsAre("closed", "very_short", "very_short"));
  EXPECT_THAT(w.last_watch(), HasSubstr("resourceVersion=10"));
}

TEST(ReflectorUnderFaults, KeepsWhatItKnewOfAnObjectThatCannotBeDecoded) {
  Watched w({answer(200, event("ADDED", object("a", 5)) + event("ADDED", object("poisoned", 6)) +
                             event("ADDED", object("c", 7)) + end_of_list(10)),
             answer(410),
             answer(200, event("ADDED", object("a", 5)) + event("ADDED", object("poisoned", 6)) +
                             event("ADDED", object("c", 7)) + end_of_list(20))});

  w.step();
  w.step();
  w.step();

  EXPECT_TRUE(w.reflector.synced());
  EXPECT_THAT(w.journal, ElementsAre("initial a/u1", "initial c/u1"));
  EXPECT_EQ(w.undecodable, 2);
}

TEST(ReflectorUnderFaults, NeverTakesARefusedListForAnEmptyOne) {
  Watched w({answer(200, filled()), answer(410), refusal(403, "Forbidden"), refusal(403, "Forbidden"),
             refusal(404, "NotFound")});

  for (int i = 0; i < 5; ++i) w.step();

  EXPECT_EQ(w.cache.size(), 2U);
  EXPECT_THAT(w.journal, ElementsAre("initial a/u1", "initial b/u1"));
}

TEST(ReflectorUnderFaults, AsksForMetadataOnlyWhereThatIsWanted) {
  sallyport::testing::FakeClock clock;
  sallyport::testing::FakeRandom random;
  Script script({answer(200, end_of_list(3))});
  Client client(script.client(), client_options(clock, random));
  Reflector reflector(
      client, client, {secrets(), "risk", "", "", Form::Metadata},
      {[](std::string_view) { return Result<void>(); }, [](const auto&, const auto&) {}, [](const auto&, Seen) {}},
      {&clock, &random});

  (void)reflector.step({});

  EXPECT_EQ(script.requests()[0].headers.at("Accept"), "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1");
  EXPECT_THAT(script.requests()[0].target, HasSubstr("/api/v1/namespaces/risk/secrets?"));
}

/// A transport whose streams fall silent: time passes, then it gives up, as the real one does.
class Silent final : public http::Client {
 public:
  explicit Silent(const sallyport::testing::FakeClock& clock, std::string lines)
      : clock_(clock), lines_(std::move(lines)) {}
  Result<http::Response> send(const http::Request&, milliseconds, std::stop_token) override { return no_answer(); }
  Result<http::Response> stream(const http::Request&, milliseconds idle, std::stop_token,
                                const OnLine& on_line) override {
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

TEST(ReflectorUnderFaults, OpensASilentWatchAgainAtOnceAndGrantsAQuietKindMoreSilence) {
  sallyport::testing::FakeClock clock;
  sallyport::testing::FakeRandom random;
  auto transport = std::make_unique<Silent>(clock, end_of_list(3));
  Silent* silent = transport.get();
  Client client(std::move(transport), client_options(clock, random));
  Reflector reflector(
      client, client, {kEdges},
      {[](std::string_view) { return Result<void>(); }, [](const auto&, const auto&) {}, [](const auto&, Seen) {}},
      {&clock, &random});

  for (int i = 0; i < 5; ++i) EXPECT_EQ(reflector.step({}), milliseconds(0));

  using std::chrono::seconds;
  EXPECT_THAT(silent->idles, ElementsAre(seconds(90), seconds(90), seconds(180), seconds(360), seconds(455)));
}

TEST(ReflectorUnderFaults, EndsWhenItIsStopped) {
  Watched w({});
  std::stop_source stop;
  stop.request_stop();

  w.reflector.run(stop.get_token());

  EXPECT_THAT(w.watch_script.requests(), IsEmpty());
}

}  // namespace
}  // namespace sallyport::kube
