// SPDX-License-Identifier: Apache-2.0
#include "operator/http/name_lookup.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>

namespace sallyport::http {
namespace {

using namespace std::chrono_literals;

SteadyTime in(std::chrono::milliseconds time) {
  return std::chrono::steady_clock::now() + time;
}

/// A name server that does not answer while this lives. Questions on their way may outlive it, hence the copies.
class DeadNameServer {
 public:
  NameLookup::Resolve resolve() {
    return [ended = ended_, asked = asked_](const std::string&) -> Result<std::vector<std::string>> {
      ++*asked;
      ended.wait();
      return Error{Code::Unavailable, "gone", {}, {}};
    };
  }
  [[nodiscard]] int asked() const { return *asked_; }

 private:
  std::promise<void> end_;  // its destructor wakes whoever waits
  std::shared_future<void> ended_ = end_.get_future().share();
  std::shared_ptr<std::atomic<int>> asked_ = std::make_shared<std::atomic<int>>(0);
};

TEST(NameLookup, TakesAnAddressForItsOwnAnswerWithoutAsking) {
  DeadNameServer server;
  for (const char* address : {"192.0.2.1", "2001:db8::1"}) {
    const auto found = NameLookup(address, server.resolve()).addresses(in(0ms), {});
    ASSERT_TRUE(found);
    EXPECT_THAT(*found, ::testing::ElementsAre(address));
  }
}

TEST(NameLookup, GivesUpInTimeWhenNoAnswerComes) {
  DeadNameServer server;
  NameLookup lookup("example.invalid", server.resolve());

  const auto found = lookup.addresses(in(50ms), {});

  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Code::Unavailable);
  EXPECT_THAT(found.error().message, ::testing::HasSubstr("did not answer in time"));
}

TEST(NameLookup, AsksOnceHoweverManyWait) {
  DeadNameServer server;
  NameLookup lookup("example.invalid", server.resolve());

  for (int i = 0; i < 3; ++i) EXPECT_FALSE(lookup.addresses(in(20ms), {}));

  EXPECT_LE(server.asked(), 1);
}

TEST(NameLookup, IsNotHeldUpByAnotherHostsDeadNameServer) {
  DeadNameServer server;
  NameLookup hangs("example.invalid", server.resolve());
  ASSERT_FALSE(hangs.addresses(in(20ms), {}));

  const auto found = NameLookup("localhost").addresses(in(20s), {});

  EXPECT_TRUE(found) << found.error().text();
}

TEST(NameLookup, EndsWhenStopped) {
  DeadNameServer server;
  NameLookup lookup("example.invalid", server.resolve());
  std::stop_source stop;
  std::jthread stopper([&] { stop.request_stop(); });

  const auto found = lookup.addresses(in(60s), stop.get_token());

  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Code::ShuttingDown);
}

TEST(NameLookup, PutsThePreferredAddressFirst) {
  NameLookup lookup("localhost");

  const auto found = lookup.addresses(in(20s), {});
  ASSERT_TRUE(found) << found.error().text();
  ASSERT_FALSE(found->empty());
  lookup.prefer(found->back());
  const auto again = lookup.addresses(in(20s), {});

  ASSERT_TRUE(again);
  EXPECT_EQ(again->front(), found->back());
  EXPECT_THAT(*again, ::testing::UnorderedElementsAreArray(*found));
}

TEST(NameLookup, SaysThatANameDoesNotExist) {
  NameLookup lookup("nobody.invalid");

  const auto found = lookup.addresses(in(20s), {});

  ASSERT_FALSE(found);
  EXPECT_THAT(found.error().message, ::testing::HasSubstr("name not found: nobody.invalid"));
}

}  // namespace
}  // namespace sallyport::http
