// SPDX-License-Identifier: Apache-2.0
#include "operator/runtime/deadlines.hpp"

#include <gtest/gtest.h>

#include "tests/testing/fake_clock.hpp"

namespace sallyport::runtime {
namespace {
using std::chrono::seconds;

TEST(Deadlines, StopsOnlyWhatIsOverdue) {
  testing::FakeClock clock;
  Deadlines deadlines(seconds(10), clock);
  const Deadlines::Watch early(deadlines, {});
  clock.advance(seconds(9));
  const Deadlines::Watch late(deadlines, {});
  clock.advance(seconds(1));

  deadlines.expire_overdue();

  EXPECT_TRUE(early.token().stop_requested());
  EXPECT_TRUE(early.expired());
  EXPECT_FALSE(late.token().stop_requested());
  EXPECT_FALSE(late.expired());
}

TEST(Deadlines, PassesAStopOnWithoutCallingItADeadline) {
  testing::FakeClock clock;
  Deadlines deadlines(seconds(10), clock);
  std::stop_source outer;
  const Deadlines::Watch watch(deadlines, outer.get_token());
  outer.request_stop();
  EXPECT_TRUE(watch.token().stop_requested());
  EXPECT_FALSE(watch.expired());
}

TEST(Deadlines, ForgetsWorkThatEndedInTime) {
  testing::FakeClock clock;
  Deadlines deadlines(seconds(10), clock);
  std::stop_token token;
  {
    const Deadlines::Watch watch(deadlines, {});
    token = watch.token();
  }
  clock.advance(seconds(60));
  deadlines.expire_overdue();
  EXPECT_FALSE(token.stop_requested());
}

TEST(Deadlines, KeepsTimeByItsOwnThread) {
  Deadlines deadlines(std::chrono::milliseconds(20), system_clock());
  const Deadlines::Watch watch(deadlines, {});
  EXPECT_FALSE(system_clock().sleep(seconds(60), watch.token())) << "the sleep is cut short by the deadline";
  EXPECT_TRUE(watch.expired());
}

}  // namespace
}  // namespace sallyport::runtime
