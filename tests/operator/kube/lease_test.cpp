// SPDX-License-Identifier: Apache-2.0
#include "operator/kube/lease.hpp"

#include <gmock/gmock.h>

#include <random>

#include "tests/operator/kube/kube_script.hpp"

namespace sallyport::kube {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::Answer;
using testing::answer;
using testing::client_options;
using testing::no_answer;
using testing::refusal;

/// One Lease object with the API server's rules: create once, replace only the version that was read.
class LeaseServer {
 public:
  Answer serve(const http::Request& request) {
    ++requests;
    if (request.method == "GET") return object.is_null() ? refusal(404, "NotFound") : answer(200, object.dump());
    json body = json::parse(request.body);
    if (request.method == "POST") {
      if (!object.is_null()) return refusal(409, "AlreadyExists");
    } else {
      if (object.is_null()) return refusal(404, "NotFound");
      if (body["metadata"]["resourceVersion"] != object["metadata"]["resourceVersion"]) return refusal(409, "Conflict");
    }
    body["metadata"]["resourceVersion"] = std::to_string(++version);
    object = body;
    return answer(200, object.dump());
  }
  json object;
  int version = 0;
  int requests = 0;
};

struct Candidate {
  using Through = std::function<Answer(const http::Request&, LeaseServer&)>;
  Candidate(LeaseServer& server, const Clock& clock, std::string name, Through way = {}) : through(std::move(way)) {
    LeaseOptions options;
    options.ns = "sallyport-system";
    options.identity = std::move(name);
    options.on_acquired = [this] { ++acquired; };
    options.on_lost = [this] { ++lost; };
    auto http = std::make_unique<sallyport::testing::FakeHttp>([this, &server](const http::Request& request) {
      return through ? through(request, server) : server.serve(request);
    });
    ClientOptions client = client_options(clock, random);
    client.hooks.lease_read_again = [this] { ++read_again; };
    lease = *Lease::create(std::move(http), std::move(client), options);
  }
  bool may_write() const { return lease->may_write().has_value(); }
  void step() { lease->step({}); }

  Through through;
  sallyport::testing::FakeRandom random;
  int acquired = 0;
  int lost = 0;
  int read_again = 0;
  std::unique_ptr<Lease> lease;
};

TEST(Lease, IsCreatedAndHeldByTheFirstWhoAsks) {
  sallyport::testing::FakeClock clock;
  LeaseServer server;
  Candidate a(server, clock, "a");
  Candidate b(server, clock, "b");

  EXPECT_FALSE(a.may_write());
  a.step();
  b.step();

  EXPECT_TRUE(a.may_write());
  EXPECT_FALSE(b.may_write());
  EXPECT_EQ(a.acquired, 1);
  EXPECT_EQ(server.object["spec"]["holderIdentity"], "a");
  EXPECT_EQ(server.object["spec"]["leaseDurationSeconds"], 15);
}

TEST(Lease, IsTakenOnlyAfterItStoodUnchangedForItsWholeDuration) {
  sallyport::testing::FakeClock clock;
  LeaseServer server;
  Candidate a(server, clock, "a");
  Candidate b(server, clock, "b");
  a.step();
  clock.advance(seconds(1000));  // when it was written does not count, only how long b has watched it

  b.step();
  clock.advance(milliseconds(14999));
  b.step();
  EXPECT_FALSE(b.may_write());
  clock.advance(milliseconds(1));
  b.step();

  EXPECT_TRUE(b.may_write());
  EXPECT_EQ(server.object["spec"]["leaseTransitions"], 2);
}

TEST(Lease, ForbidsWritesBeforeOthersCouldTakeIt) {
  sallyport::testing::FakeClock clock;
  LeaseServer server;
  Candidate a(server, clock, "a");
  a.step();

  clock.advance(milliseconds(11999));
  EXPECT_TRUE(a.may_write());
  clock.advance(milliseconds(1));

  ASSERT_FALSE(a.may_write());
  EXPECT_EQ(a.lease->may_write().error().code, Code::ShuttingDown);
}

TEST(Lease, CountsFromWhenTheRenewalWasBegunAndNotFromItsAnswer) {
  sallyport::testing::FakeClock clock;
  LeaseServer server;
  Candidate slow(server, clock, "slow", [&clock](const http::Request& request, LeaseServer& real) {
    auto given = real.serve(request);
    if (request.method != "GET") clock.advance(seconds(13));
    return given;
  });

  slow.step();

  EXPECT_FALSE(slow.may_write());
}

TEST(Lease, IsLostAfterAPauseAndNeverRenewedThen) {
  sallyport::testing::FakeClock clock;
  LeaseServer server;
  Candidate a(server, clock, "a");
  a.step();
  const int before = server.requests;

  clock.advance(seconds(20));  // as SIGSTOP does
  EXPECT_FALSE(a.may_write());
  a.step();

  EXPECT_EQ(a.lease->standing(), Lease::Standing::Lost);
  EXPECT_EQ(a.lost, 1);
  EXPECT_EQ(server.requests, before);
}

TEST(Lease, IsLostWhenItCannotBeRenewedUntilTheDeadline) {
  sallyport::testing::FakeClock clock;
  LeaseServer server;
  Candidate a(server, clock, "a");
  a.step();
  a.through = [](const http::Request&, LeaseServer&) -> Answer { return refusal(500, "InternalError"); };

  for (int i = 0; i < 4; ++i) {
    clock.advance(seconds(2));
    a.step();
    EXPECT_EQ(a.lease->standing(), Lease::Standing::Holding);
  }
  clock.advance(seconds(2));
  a.step();

  EXPECT_EQ(a.lost, 1);
  EXPECT_FALSE(a.may_write());
}

TEST(Lease, SurvivesARenewalWhoseAnswerWasLost) {
  sallyport::testing::FakeClock clock;
  LeaseServer server;
  Candidate a(server, clock, "a");
  a.step();
  bool lose = true;
  a.through = [&lose](const http::Request& request, LeaseServer& real) -> Answer {
    auto given = real.serve(request);
    if (std::exchange(lose, false)) return no_answer();
    return given;
  };

  clock.advance(seconds(2));
  a.step();
  clock.advance(seconds(2));
  a.step();

  EXPECT_EQ(a.lease->standing(), Lease::Standing::Holding);
  EXPECT_EQ(a.read_again, 1);
  clock.advance(seconds(11));
  EXPECT_TRUE(a.may_write());
}

TEST(Lease, IsLostAtOnceWhenAnotherHoldsIt) {
  sallyport::testing::FakeClock clock;
  LeaseServer server;
  Candidate a(server, clock, "a");
  a.step();
  server.object["spec"]["holderIdentity"] = "b";
  server.object["metadata"]["resourceVersion"] = std::to_string(++server.version);

  a.step();

  EXPECT_EQ(a.lost, 1);
  EXPECT_EQ(server.object["spec"]["holderIdentity"], "b");
}

TEST(Lease, IsFreeAtOnceAfterARelease) {
  sallyport::testing::FakeClock clock;
  LeaseServer server;
  Candidate a(server, clock, "a");
  Candidate b(server, clock, "b");
  a.step();
  b.step();

  a.lease->release();
  EXPECT_FALSE(a.may_write());
  b.step();

  EXPECT_TRUE(b.may_write());
  EXPECT_EQ(a.lost, 0);
}

TEST(Lease, IsReleasedWhenItsThreadIsStopped) {
  sallyport::testing::FakeClock clock;
  LeaseServer server;
  std::stop_source stop;
  Candidate a(server, clock, "a", [&stop](const http::Request& request, LeaseServer& real) {
    auto given = real.serve(request);
    if (real.version == 3) stop.request_stop();
    return given;
  });

  a.lease->run(stop.get_token());

  EXPECT_FALSE(server.object["spec"].contains("holderIdentity"));
  EXPECT_EQ(server.object["spec"]["leaseDurationSeconds"], 1);
}

TEST(Lease, RefusesTimesThatCannotWork) {
  sallyport::testing::FakeClock clock;
  sallyport::testing::FakeRandom random;
  LeaseOptions options;
  options.duration = seconds(10);

  const auto made = Lease::create(nullptr, client_options(clock, random), options);

  ASSERT_FALSE(made.has_value());
  EXPECT_EQ(made.error().code, Code::InvalidSpec);
}

/// Three candidates, a network that loses requests and answers and delays them, and processes that stop for a while:
/// whatever happens, at most one of them may write at any moment.
class LeaseUnderFaults : public ::testing::TestWithParam<unsigned> {};

TEST_P(LeaseUnderFaults, NeverLetsTwoWrite) {
  sallyport::testing::FakeClock clock;
  LeaseServer server;
  std::mt19937 dice(GetParam());
  const auto chance = [&dice](int percent) { return static_cast<int>(dice() % 100) < percent; };
  const Candidate::Through network = [&](const http::Request& request, LeaseServer& real) -> Answer {
    if (chance(10)) return no_answer();
    if (chance(5)) clock.advance(seconds(dice() % 20));
    auto given = real.serve(request);
    if (chance(10)) clock.advance(milliseconds(dice() % 6000));
    if (chance(10)) return no_answer();
    return given;
  };
  std::vector<std::unique_ptr<Candidate>> all;
  std::vector<int> paused(3, 0);
  int born = 0;
  for (int i = 0; i < 3; ++i)
    all.push_back(std::make_unique<Candidate>(server, clock, std::to_string(born++), network));
  int led = 0;

  for (int round = 0; round < 600; ++round) {
    const std::size_t turn = dice() % all.size();
    if (paused[turn] > 0) {
      --paused[turn];
    } else {
      all[turn]->step();
      if (chance(3)) paused[turn] = static_cast<int>(dice() % 30);
      if (chance(2)) all[turn]->lease->release();
      if (all[turn]->lease->standing() == Lease::Standing::Lost) {
        all[turn] = std::make_unique<Candidate>(server, clock, std::to_string(born++), network);
      }
    }
    clock.advance(milliseconds(dice() % 1500));
    int writers = 0;
    for (const auto& candidate : all) writers += candidate->may_write() ? 1 : 0;
    ASSERT_LE(writers, 1) << "round " << round;
    led += writers;
  }

  EXPECT_GT(led, 60) << "somebody should lead most of the time";
}

INSTANTIATE_TEST_SUITE_P(Seeds, LeaseUnderFaults, ::testing::Range(1U, 21U));

}  // namespace
}  // namespace sallyport::kube
