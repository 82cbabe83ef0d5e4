// SPDX-License-Identifier: Apache-2.0
#include "operator/runtime/shutdown.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <semaphore>

namespace sallyport::runtime {
namespace {

class SignalWatchTest : public ::testing::Test {
 protected:
  /// Sends to the whole process and waits until the watch has acted on it.
  void send(int signal) {
    ASSERT_EQ(kill(getpid(), signal), 0);
    acted_.acquire();
  }
  struct Blocked {
    Blocked() { block_signals(); }
  };
  Blocked blocked_;  // before the watch
  std::string actions_;
  std::binary_semaphore acted_{0};
  SignalWatch watch_{
      {.stop = [this] { note("stop "); }, .leave = [this] { note("leave "); }, .reload = [this] { note("reload "); }}};

 private:
  void note(const char* action) {
    actions_ += action;
    acted_.release();
  }
};

TEST_F(SignalWatchTest, EndsGracefullyFirstAndAtOnceAfterwards) {
  send(SIGTERM);
  send(SIGINT);
  send(SIGTERM);
  EXPECT_EQ(actions_, "stop leave leave ");
}

TEST_F(SignalWatchTest, ReloadsOnHangUpWithoutStopping) {
  send(SIGHUP);
  send(SIGHUP);
  send(SIGINT);
  EXPECT_EQ(actions_, "reload reload stop ");
}

TEST(SignalWatch, EndsWithoutASignal) {
  block_signals();
  bool reloaded = false;
  {
    const SignalWatch watch({.stop = {}, .leave = {}, .reload = [&] { reloaded = true; }});
  }
  EXPECT_FALSE(reloaded) << "the watch's own wake-up is nobody's signal";
}

TEST(SignalWatch, LeavesBrokenPipesToTheWriter) {
  block_signals();
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  close(ends[0]);
  EXPECT_EQ(write(ends[1], "x", 1), -1);
  EXPECT_EQ(errno, EPIPE);
  close(ends[1]);
}

TEST(ProtectMemory, ForbidsCoreDumps) {
  rlimit before{};
  getrlimit(RLIMIT_CORE, &before);
  const int dumpable = prctl(PR_GET_DUMPABLE);

  ASSERT_TRUE(protect_memory().has_value());

  EXPECT_EQ(prctl(PR_GET_DUMPABLE), 0);
  rlimit after{};
  getrlimit(RLIMIT_CORE, &after);
  EXPECT_EQ(after.rlim_cur, 0U);
  prctl(PR_SET_DUMPABLE, dumpable);  // leak checkers trace their own process
}

}  // namespace
}  // namespace sallyport::runtime
