// SPDX-License-Identifier: Apache-2.0
#include "operator/http/name_lookup.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

namespace sallyport::http {
namespace {

using namespace std::chrono_literals;

SteadyTime in(std::chrono::milliseconds time) {
  return std::chrono::steady_clock::now() + time;
}

TEST(NameLookup, TakesAnAddressForItsOwnAnswerWithoutAsking) {
  boost::asio::io_context never_run;
  for (const char* address : {"192.0.2.1", "2001:db8::1"}) {
    const auto found = NameLookup(never_run, address).addresses(in(0ms), {});
    ASSERT_TRUE(found);
    EXPECT_THAT(*found, ::testing::ElementsAre(address));
  }
}

TEST(NameLookup, GivesUpInTimeWhenNoAnswerComes) {
  boost::asio::io_context never_run;
  NameLookup lookup(never_run, "example.invalid");

  const auto found = lookup.addresses(in(50ms), {});

  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Code::Unavailable);
  EXPECT_THAT(found.error().message, ::testing::HasSubstr("did not answer in time"));
}

TEST(NameLookup, EndsWhenStopped) {
  boost::asio::io_context never_run;
  NameLookup lookup(never_run, "example.invalid");
  std::stop_source stop;
  std::jthread stopper([&] { stop.request_stop(); });

  const auto found = lookup.addresses(in(60s), stop.get_token());

  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Code::ShuttingDown);
}

TEST(NameLookup, PutsThePreferredAddressFirst) {
  boost::asio::io_context io;
  const auto work = boost::asio::make_work_guard(io);
  std::jthread runner([&] { io.run(); });
  NameLookup lookup(io, "localhost");

  const auto found = lookup.addresses(in(20s), {});
  ASSERT_TRUE(found) << found.error().text();
  ASSERT_FALSE(found->empty());
  lookup.prefer(found->back());
  const auto again = lookup.addresses(in(20s), {});

  ASSERT_TRUE(again);
  EXPECT_EQ(again->front(), found->back());
  EXPECT_THAT(*again, ::testing::UnorderedElementsAreArray(*found));
  io.stop();
}

TEST(NameLookup, SaysThatANameDoesNotExist) {
  boost::asio::io_context io;
  const auto work = boost::asio::make_work_guard(io);
  std::jthread runner([&] { io.run(); });
  NameLookup lookup(io, "nobody.invalid");

  const auto found = lookup.addresses(in(20s), {});

  ASSERT_FALSE(found);
  EXPECT_THAT(found.error().message, ::testing::HasSubstr("name not found: nobody.invalid"));
  io.stop();
}

}  // namespace
}  // namespace sallyport::http
