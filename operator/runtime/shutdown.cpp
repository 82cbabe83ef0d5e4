// SPDX-License-Identifier: Apache-2.0
#include "operator/runtime/shutdown.hpp"

#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <cerrno>
#include <cstring>

#include "operator/base/check.hpp"
#include "operator/base/log.hpp"

namespace sallyport::runtime {
namespace {

sigset_t our_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, signal);
  return set;
}

bool signals_are_blocked() {
  sigset_t mask;
  return pthread_sigmask(SIG_SETMASK, nullptr, &mask) == 0 && sigismember(&mask, SIGTERM) == 1;
}

}  // namespace

void block_signals() {
  const sigset_t set = our_signals();
  SALLYPORT_CHECK(pthread_sigmask(SIG_BLOCK, &set, nullptr) == 0, "these signals can be blocked");
  SALLYPORT_CHECK(signal(SIGPIPE, SIG_IGN) != SIG_ERR, "SIGPIPE can be ignored");
}

SignalWatch::SignalWatch(SignalActions actions) : actions_(std::move(actions)) {
  SALLYPORT_CHECK(signals_are_blocked(), "block_signals() comes first");
  thread_ = std::jthread([this](std::stop_token ending) { run(std::move(ending)); });
}

SignalWatch::~SignalWatch() {
  thread_.request_stop();
  // To that thread alone: it is blocked there, so sigwait returns it.
  pthread_kill(thread_.native_handle(), SIGHUP);
}

void SignalWatch::run(std::stop_token ending) {
  const sigset_t set = our_signals();
  bool stopping = false;
  while (true) {
    int received = 0;
    if (sigwait(&set, &received) != 0) continue;
    if (ending.stop_requested()) return;
    log::info("signal received", {{"signal", strsignal(received)}});
    if (received == SIGHUP) {
      if (actions_.reload) actions_.reload();
    } else {
      const auto& action = stopping ? actions_.leave : actions_.stop;
      stopping = true;
      if (action) action();
    }
  }
}

Result<void> protect_memory() {
  const rlimit none{0, 0};
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 || setrlimit(RLIMIT_CORE, &none) != 0) {
    return Error{Code::Internal, std::string("cannot forbid core dumps: ") + std::strerror(errno), {}, {}};
  }
  return {};
}

}  // namespace sallyport::runtime
