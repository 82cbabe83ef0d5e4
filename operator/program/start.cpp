// SPDX-License-Identifier: Apache-2.0
#include "operator/program/start.hpp"

#include <sys/resource.h>

#include <algorithm>

#include "operator/base/log.hpp"
#include "operator/http/client.hpp"
#include "operator/program/memory.hpp"
#include "operator/runtime/shutdown.hpp"

namespace sallyport::program {
namespace {

/// Nothing in the transport blocks, and every further thread is one more to wake for each step of a request.
constexpr int kTransportThreads = 2;

constexpr rlim_t kOpenFiles = 65536;

log::Level level_of(const std::string& text) {
  if (text == "debug") return log::Level::Debug;
  if (text == "warning") return log::Level::Warning;
  if (text == "error") return log::Level::Error;
  return log::Level::Info;
}

/// A connection is a file, and the usual soft limit of 1,024 is below what we mean to hold.
void raise_open_files() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, kOpenFiles);
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

void start_process(const ProcessSettings& settings) {
  keep_memory_small();
  runtime::block_signals();
  log::start(level_of(settings.log_level), settings.log_format == "json" ? log::Format::Json : log::Format::Text);
  if (!settings.allow_core_dumps) {
    if (const Result<void> done = runtime::protect_memory(); !done)
      log::warning("core dumps stay possible", {{"error", done.error().text()}});
  }
  raise_open_files();
  http::start_library(kTransportThreads);
}

}  // namespace sallyport::program
