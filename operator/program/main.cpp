// SPDX-License-Identifier: Apache-2.0
// The program: puts the subcommands together and hands over.
#include "operator/program/cli/cli.hpp"

int main(int argc, char** argv) {
  sallyport::program::cli::Context context;
  return sallyport::program::cli::run_command_line(argc, argv, context);
}
