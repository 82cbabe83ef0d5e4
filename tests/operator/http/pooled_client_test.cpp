// SPDX-License-Identifier: Apache-2.0
// When a lane is used again and when another is tried, with lanes that do as they are told.
#include "operator/http/pooled_client.hpp"

#include <gtest/gtest.h>

namespace sallyport::http {
namespace {

using namespace std::chrono_literals;

/// What each start() of any lane does; `lane` counts lanes from 1.
using Play = std::function<void(int lane, Exchange& exchange)>;

class PlayedLane final : public Lane {
 public:
  PlayedLane(int number, Play play) : number_(number), play_(std::move(play)) {}
  void start(const Request&, std::shared_ptr<Exchange> exchange) override {
    ++starts_;
    play_(number_, *exchange);
    exchange->mark_released();
  }
  void cancel() override {}
  std::uint64_t bytes_received() const override { return 0; }
  bool reused() const override { return starts_ > 1; }
  std::string tls_refusal() const override { return {}; }

 private:
  int number_;
  Play play_;
  int starts_ = 0;
};

class PlayedLanes final : public LaneSource {
 public:
  PlayedLanes(Play play, int& opened) : play_(std::move(play)), opened_(opened) {}
  std::unique_ptr<Lane> open(const std::string&) override { return std::make_unique<PlayedLane>(++opened_, play_); }

 private:
  Play play_;
  int& opened_;
};

class PooledClientTest : public ::testing::Test {
 protected:
  PooledClient client(Play play) {
    const Url base{"http", "192.0.2.1", 80, ""};
    return PooledClient({}, base, std::make_unique<NameLookup>(base.host),
                        std::make_unique<PlayedLanes>(std::move(play), opened_));
  }
  static void answer(Exchange& exchange) {
    exchange.mark_sent();
    exchange.mark_answered(200, {});
    exchange.mark_finished(std::nullopt);
  }
  static void fail(Exchange& exchange, Exchange::Failure failure) { exchange.mark_finished(std::move(failure)); }

  int opened_ = 0;
};

TEST_F(PooledClientTest, UsesACleanLaneAgain) {
  PooledClient pooled = client([](int, Exchange& exchange) { answer(exchange); });

  for (int i = 0; i < 3; ++i) ASSERT_TRUE(pooled.send({.target = "/"}, 20s, {}));

  EXPECT_EQ(opened_, 1);
}

TEST_F(PooledClientTest, TakesAFreshLaneForEveryRequestThatGoesAlone) {
  PooledClient pooled = client([](int, Exchange& exchange) { answer(exchange); });

  for (int i = 0; i < 3; ++i)
    ASSERT_TRUE(pooled.send({.target = "/", .body = "{}", .delivery = Delivery::OnceAlone}, 20s, {}));
  ASSERT_TRUE(pooled.send({.target = "/", .delivery = Delivery::Once}, 20s, {})) << "without a body it goes alone, too";

  EXPECT_EQ(opened_, 4);
}

TEST_F(PooledClientTest, UsesACleanLaneForARequestWithABodyThatMayArriveOnce) {
  PooledClient pooled = client([](int, Exchange& exchange) { answer(exchange); });

  for (int i = 0; i < 3; ++i)
    ASSERT_TRUE(pooled.send({.target = "/", .body = "{}", .delivery = Delivery::Once}, 20s, {}));

  EXPECT_EQ(opened_, 1);
}

TEST_F(PooledClientTest, DropsALaneAfterAnyFailure) {
  PooledClient pooled = client([](int lane, Exchange& exchange) {
    if (lane == 1) return fail(exchange, {.text = "Failed to read response body"});
    answer(exchange);
  });

  EXPECT_FALSE(pooled.send({.target = "/"}, 20s, {}));
  EXPECT_TRUE(pooled.send({.target = "/"}, 20s, {}));

  EXPECT_EQ(opened_, 2);
}

TEST_F(PooledClientTest, TriesOnceMoreWhenAPooledConnectionTurnsOutToBeDead) {
  int starts = 0;
  PooledClient pooled = client([&](int lane, Exchange& exchange) {
    ++starts;
    if (lane == 1 && starts == 2) return fail(exchange, {.text = "dead", .stale = true});
    answer(exchange);
  });
  ASSERT_TRUE(pooled.send({.target = "/"}, 20s, {}));

  EXPECT_TRUE(pooled.send({.target = "/"}, 20s, {}));

  EXPECT_EQ(starts, 3);
  EXPECT_EQ(opened_, 2);
}

TEST_F(PooledClientTest, TriesNothingMoreWhenTheRequestMayHaveArrived) {
  int starts = 0;
  PooledClient pooled = client([&](int, Exchange& exchange) {
    ++starts;
    exchange.mark_sent();
    fail(exchange, {.text = "Failed to read HTTP status line"});
  });

  EXPECT_FALSE(pooled.send({.target = "/"}, 20s, {}));

  EXPECT_EQ(starts, 1);
}

}  // namespace
}  // namespace sallyport::http
