// SPDX-License-Identifier: Apache-2.0
// Flags of the processes that stand beside an nginx.
#pragma once

#include <CLI/CLI.hpp>

#include "operator/program/start.hpp"

namespace sallyport::program::cli {

inline void add_process_flags(CLI::App& command, ProcessSettings& settings) {
  command.add_option("--log-level", settings.log_level, "Least important lines that are written")
      ->capture_default_str()
      ->check(CLI::IsMember({"debug", "info", "warning", "error"}));
  command.add_option("--log-format", settings.log_format, "For machines or for people")
      ->capture_default_str()
      ->check(CLI::IsMember({"text", "json"}));
  command.add_flag("--allow-core-dumps", settings.allow_core_dumps,
                   "Let others read the memory, which holds credentials: for debugging only");
}

}  // namespace sallyport::program::cli
