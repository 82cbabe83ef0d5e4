// SPDX-License-Identifier: Apache-2.0
#include "operator/kube/client.hpp"

#include <gmock/gmock.h>

#include "tests/operator/kube/kube_script.hpp"

namespace sallyport::kube {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::Answer;
using testing::answer;
using testing::client_options;
using ::testing::HasSubstr;
using testing::kEdges;
using testing::no_answer;
using testing::refusal;
using testing::Script;

const Ref kEdge{kEdges, "risk", "a"};

struct Fixture {
  explicit Fixture(std::deque<Answer> answers, std::function<Result<void>()> may_write = {})
      : script(std::move(answers)), client(script.client(), options(std::move(may_write))) {}
  ClientOptions options(std::function<Result<void>()> may_write) {
    Config config;
    config.token = Secret("t0ken");
    ClientOptions made = client_options(clock, random, config);
    made.may_write = std::move(may_write);
    made.hooks.repeated = [this](std::string_view verb, int code) {
      repeated.push_back(std::string(verb) + " " + std::to_string(code));
    };
    return made;
  }
  [[nodiscard]] milliseconds passed() const { return std::chrono::duration_cast<milliseconds>(clock.steady() - begin); }

  sallyport::testing::FakeClock clock;
  sallyport::testing::FakeRandom random;
  SteadyTime begin = clock.steady();
  std::vector<std::string> repeated;
  Script script;
  Client client;
};

TEST(KubeClient, SignsInWithTheToken) {
  Fixture f({answer(200, "{}")});

  ASSERT_TRUE(f.client.get(kEdge, Form::Whole, {}).has_value());

  const auto sent = f.script.requests()[0];
  EXPECT_EQ(sent.authorization->reveal(), "Bearer t0ken");
  EXPECT_EQ(sent.target, "/apis/sallyport.dev/v1alpha1/namespaces/risk/edges/a");
}

TEST(KubeClient, EncodesNamesForThePath) {
  Fixture f({answer(200, "{}")});

  ASSERT_TRUE(f.client.get({kEdges, "risk", "../../x?y"}, Form::Whole, {}).has_value());

  EXPECT_EQ(f.script.requests()[0].target, "/apis/sallyport.dev/v1alpha1/namespaces/risk/edges/..%2F..%2Fx%3Fy");
}

TEST(KubeClient, AppliesOnTheServerWithItsFieldManagerAndForce) {
  Fixture f({answer(200, "{}")});

  ASSERT_TRUE(f.client.apply(kEdge, {"sallyport-status", "{}", Apply::Part::Status}, {}).has_value());

  const auto sent = f.script.requests()[0];
  EXPECT_EQ(sent.method, "PATCH");
  EXPECT_THAT(sent.target, HasSubstr("/edges/a/status?fieldManager=sallyport-status&force=true"));
  EXPECT_EQ(sent.headers.at("Content-Type"), "application/apply-patch+yaml");
}

TEST(KubeClient, AsksForNoMoreOfWhatItWroteThanTheMetadataButTakesAllOfIt) {
  Fixture f({answer(200, "{}"), answer(201, "{}"), answer(200, "{}"), answer(201, "{}")});

  ASSERT_TRUE(f.client.apply(kEdge, {"sallyport", "{}"}, {}).has_value());
  ASSERT_TRUE(f.client.create(kEdge, "{}", {}).has_value());
  ASSERT_TRUE(f.client.json_patch(kEdge, "[]", "m", {}).has_value());
  ASSERT_TRUE(f.client.create(kEdge, "{}", {}, Form::Whole).has_value());

  const auto accept = [&](std::size_t index) { return f.script.requests()[index].headers.at("Accept"); };
  for (const std::size_t index : {0U, 1U, 2U})
    EXPECT_EQ(accept(index), "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1, application/json");
  EXPECT_EQ(accept(3), "application/json");
}

TEST(KubeClient, DeletesOnlyTheUidThatItWasGiven) {
  Fixture f({answer(200, "{}")});

  ASSERT_TRUE(f.client.remove(kEdge, Uid("u1"), {}).has_value());

  EXPECT_EQ(json::parse(f.script.requests()[0].body)["preconditions"]["uid"], "u1");
}

TEST(KubeClient, TakesADeletionOfWhatIsGoneForDone) {
  Fixture f({refusal(404, "NotFound")});

  EXPECT_TRUE(f.client.remove(kEdge, Uid("u1"), {}).has_value());
}

TEST(KubeClient, RepeatsReadsThatFailForTheMoment) {
  Fixture f({refusal(503, "ServiceUnavailable"), no_answer(), refusal(500, "InternalError"), answer(200, "{}")});

  EXPECT_TRUE(f.client.get(kEdge, Form::Whole, {}).has_value());
  EXPECT_EQ(f.script.requests().size(), 4U);
}

TEST(KubeClient, TellsOfEveryRequestThatItSendsAgain) {
  Fixture f({refusal(503, "ServiceUnavailable"), no_answer(), answer(401, ""), answer(200, "{}")});

  ASSERT_TRUE(f.client.get(kEdge, Form::Whole, {}).has_value());

  EXPECT_EQ(f.repeated, (std::vector<std::string>{"GET 503", "GET 0", "GET 401"}));
}

TEST(KubeClient, GivesUpAfterFourAttempts) {
  Fixture f({no_answer(), no_answer(), no_answer(), no_answer()});

  const auto got = f.client.get(kEdge, Form::Whole, {});

  ASSERT_FALSE(got.has_value());
  EXPECT_EQ(got.error().code, Code::Unavailable);
  EXPECT_THAT(got.error().text(), HasSubstr("Edge risk/a"));
}

TEST(KubeClient, WaitsAtLeastAsLongAsRetryAfterSays) {
  Fixture f({answer(429, "", {{"Retry-After", "3"}}), answer(200, "{}")});

  ASSERT_TRUE(f.client.get(kEdge, Form::Whole, {}).has_value());

  EXPECT_GE(f.passed(), seconds(3));
}

TEST(KubeClient, HandsALongRetryAfterToItsCallerInsteadOfSleeping) {
  Fixture f({answer(429, "", {{"Retry-After", "7"}})});

  const auto got = f.client.get(kEdge, Form::Whole, {});

  ASSERT_FALSE(got.has_value());
  EXPECT_EQ(got.error().code, Code::RateLimited);
  EXPECT_EQ(got.error().retry_after, seconds(7));
  EXPECT_EQ(f.passed(), milliseconds(0));
}

TEST(KubeClient, RepeatsAnApplyWhoseAnswerWasLost) {
  Fixture f({no_answer(), answer(200, "{}")});

  EXPECT_TRUE(f.client.apply(kEdge, {"sallyport", "{}"}, {}).has_value());
}

TEST(KubeClient, DoesNotRepeatWhatMayHaveHadItsEffect) {
  Fixture create({no_answer()});
  Fixture replace({refusal(500, "InternalError")});
  Fixture patch({refusal(504, "Timeout")});

  EXPECT_FALSE(create.client.create(kEdge, "{}", {}).has_value());
  EXPECT_FALSE(replace.client.replace(kEdge, "{}", {}).has_value());
  EXPECT_FALSE(patch.client.json_patch(kEdge, "[]", "m", {}).has_value());
  EXPECT_EQ(create.script.requests()[0].delivery, http::Delivery::Once);
  EXPECT_EQ(replace.script.requests()[0].delivery, http::Delivery::Once);
}

TEST(KubeClient, RepeatsAnyWriteThatTheServerWasTooBusyFor) {
  Fixture f({refusal(429, "TooManyRequests"), answer(201, "{}")});

  EXPECT_TRUE(f.client.create(kEdge, "{}", {}).has_value());
}

TEST(KubeClient, AsksBeforeEachAttemptWhetherItMayWrite) {
  int allowed = 1;
  Fixture f({refusal(429, "TooManyRequests")}, [&allowed]() -> Result<void> {
    if (allowed-- > 0) return {};
    return Error{Code::ShuttingDown, "lease lost", {}, {}};
  });

  const auto applied = f.client.apply(kEdge, {"sallyport", "{}"}, {});

  ASSERT_FALSE(applied.has_value());
  EXPECT_EQ(applied.error().code, Code::ShuttingDown);
  EXPECT_EQ(f.script.requests().size(), 1U);
}

TEST(KubeClient, ReadsWithoutAskingWhetherItMayWrite) {
  Fixture f({answer(200, "{}")}, []() -> Result<void> { return Error{Code::ShuttingDown, "no", {}, {}}; });

  EXPECT_TRUE(f.client.get(kEdge, Form::Whole, {}).has_value());
}

TEST(KubeClient, ReadsTheTokenAgainAfterA401AndAsksOnceMore) {
  Fixture good({answer(401), answer(201, "{}")});
  Fixture bad({answer(401), answer(401)});

  EXPECT_TRUE(good.client.create(kEdge, "{}", {}).has_value());
  const auto refused = bad.client.get(kEdge, Form::Whole, {});

  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Code::Unauthorized);
}

TEST(KubeClient, TellsAnExpiredPageFromAnError) {
  Fixture f({refusal(410, "Expired")});

  const auto page = f.client.list_page({kEdges}, "token", 500, {});

  ASSERT_TRUE(page.has_value());
  EXPECT_TRUE(page->expired);
}

TEST(KubeClient, StopsWaitingWhenItIsStopped) {
  std::stop_source stop;
  stop.request_stop();
  Fixture f({no_answer()});

  const auto got = f.client.get(kEdge, Form::Whole, stop.get_token());

  ASSERT_FALSE(got.has_value());
  EXPECT_EQ(got.error().code, Code::ShuttingDown);
}

}  // namespace
}  // namespace sallyport::kube
