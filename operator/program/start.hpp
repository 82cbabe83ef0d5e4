// SPDX-License-Identifier: Apache-2.0
// What every process of ours that goes on running does first.
#pragma once

#include <string>

namespace sallyport::program {

struct ProcessSettings {
  std::string log_level = "info";   ///< debug, info, warning or error
  std::string log_format = "json";  ///< text or json
  bool allow_core_dumps = false;
};

/// Before any thread: signals are taken by one thread, memory holds credentials and is not dumped.
void start_process(const ProcessSettings& settings);

}  // namespace sallyport::program
