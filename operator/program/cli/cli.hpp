// SPDX-License-Identifier: Apache-2.0
// The command line: one file per subcommand, each of which adds itself to the program. A subcommand's callback sets the
// exit code: 0 all is well; 1 an error, told on stderr; 2 (plan) there are changes.
#pragma once

#include <CLI/CLI.hpp>

namespace sallyport::program::cli {

/// What subcommands share.
struct Context {
  int exit_code = 0;
  bool json = false;  ///< `-o json`: for machines, on stdout and nothing else
};

void add_run(CLI::App& app, Context& context);
void add_crds(CLI::App& app, Context& context);
void add_version(CLI::App& app, Context& context);

/// `-o text|json` for a subcommand that prints a result.
void add_output(CLI::App& command, Context& context);

}  // namespace sallyport::program::cli
