// SPDX-License-Identifier: Apache-2.0
// The command line: one file per subcommand, each of which adds itself to the program. A subcommand's callback sets the
// exit code: 0 all is well; 1 an error, told on stderr; 2 (plan) there are changes.
#pragma once

#include <iostream>
#include <memory>

#include "operator/base/error.hpp"

namespace CLI {  // NOLINT(readability-identifier-naming): CLI11, which costs a .cpp that needs it some seconds
class App;
}

namespace sallyport::program::cli {

/// What subcommands share.
struct Context {
  int exit_code = 0;
  bool json = false;               ///< `-o json`: for machines, on stdout and nothing else
  std::ostream* out = &std::cout;  ///< the result
  std::ostream* err = &std::cerr;  ///< errors and progress
};

void add_run(CLI::App& app, Context& context);
void add_authorizer(CLI::App& app, Context& context);
void add_nginx_agent(CLI::App& app, Context& context);
void add_crds(CLI::App& app, Context& context);
void add_version(CLI::App& app, Context& context);
void add_render(CLI::App& app, Context& context);
void add_plan(CLI::App& app, Context& context);
void add_status(CLI::App& app, Context& context);
void add_explain(CLI::App& app, Context& context);
void add_doctor(CLI::App& app, Context& context);
void add_audit(CLI::App& app, Context& context);
void add_token(CLI::App& app, Context& context);
void add_completion(CLI::App& app, Context& context);
void add_reference(CLI::App& app, Context& context);

/// The whole program with all of its subcommands. `context` outlives it.
[[nodiscard]] std::unique_ptr<CLI::App> make_app(Context& context);

/// Reads the arguments, runs what they ask for and returns the exit code. `kubectl-sallyport` as the first one makes
/// the help say `kubectl sallyport`, for kubectl runs a program of that name as its plugin.
[[nodiscard]] int run_command_line(int argc, const char* const* argv, Context& context);

/// `-o text|json` for a subcommand that prints a result.
void add_output(CLI::App& command, Context& context);

/// Tells an error on stderr, what to do included, and makes the exit code 1.
void fail(Context& context, std::string_view command, const Error& error);

}  // namespace sallyport::program::cli
