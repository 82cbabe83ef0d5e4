// SPDX-License-Identifier: Apache-2.0
#include "operator/http/exchange.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace sallyport::http {
namespace {

using namespace std::chrono_literals;

TEST(Exchange, KeepsABodyBackUntilItsStatusIsKnown) {
  Exchange exchange;
  ASSERT_EQ(exchange.add("early", {}), Exchange::Room::Enough);

  EXPECT_EQ(exchange.take().bytes, "");
  exchange.mark_answered(200, {{"A", "b"}});

  EXPECT_EQ(exchange.take().bytes, "early");
  EXPECT_EQ(exchange.take().bytes, "");
  EXPECT_EQ(exchange.headers().at("a"), "b");
}

TEST(Exchange, LetsASenderGoOnWhenItsBytesAreTaken) {
  Exchange exchange;
  exchange.mark_answered(200, {});
  std::optional<bool> resumed;
  ASSERT_EQ(exchange.add(std::string(1U << 20U, 'x'), [&](bool go_on) { resumed = go_on; }), Exchange::Room::Full);
  EXPECT_EQ(resumed, std::nullopt);

  EXPECT_EQ(exchange.take().bytes.size(), 1U << 20U);

  EXPECT_EQ(resumed, true);
}

TEST(Exchange, TurnsASenderAwayWhenTheCallerIsGone) {
  Exchange exchange;
  std::optional<bool> resumed;
  ASSERT_EQ(exchange.add(std::string(1U << 20U, 'x'), [&](bool go_on) { resumed = go_on; }), Exchange::Room::Full);

  exchange.abandon();

  EXPECT_EQ(resumed, false);
  EXPECT_EQ(exchange.add("more", {}), Exchange::Room::Refused);
}

TEST(Exchange, WakesTheCallerForNewsAndForStop) {
  Exchange exchange;
  std::jthread library([&] { exchange.mark_finished(Exchange::Failure{.text = "broken"}); });
  exchange.wait(std::chrono::steady_clock::now() + 20s, {});
  EXPECT_TRUE(exchange.take().finished);

  std::stop_source stop;
  std::jthread stopper([&] { stop.request_stop(); });
  exchange.wait(std::chrono::steady_clock::now() + 20s, stop.get_token());
  EXPECT_TRUE(stop.stop_requested());
}

TEST(Exchange, TellsWhenTheLibraryHasLetGo) {
  Exchange exchange;
  EXPECT_FALSE(exchange.await_release(0ms));
  std::jthread library([&] { exchange.mark_released(); });
  EXPECT_TRUE(exchange.await_release(20s));
}

}  // namespace
}  // namespace sallyport::http
