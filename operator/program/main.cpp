// SPDX-License-Identifier: Apache-2.0
// The program: puts the subcommands together and hands over.
#include "operator/program/cli/cli.hpp"

int main(int argc, char** argv) {
  namespace cli = sallyport::program::cli;
  CLI::App app{"Sallyport: model serving endpoints behind F5, with identity and access, from one object"};
  app.require_subcommand(1);
  app.set_version_flag("--version", SALLYPORT_VERSION);
  cli::Context context;
  cli::add_run(app, context);
  cli::add_crds(app, context);
  cli::add_version(app, context);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 1;
  }
  return context.exit_code;
}
