// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>

#include "operator/program/authorizer_process.hpp"
#include "operator/program/cli/cli.hpp"
#include "operator/program/cli/process_flags.hpp"

namespace sallyport::program::cli {

void add_authorizer(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("authorizer", "Decide on each request of the nginx on this machine");
  auto settings = std::make_shared<AuthorizerSettings>();
  command->add_option("--installed", settings->installed, "Directory in which the agent installs")->required();
  command
      ->add_option("--trusted-keys", settings->trusted_keys,
                   "File with the operator's public keys (JWK set): only what they signed is believed")
      ->required();
  command
      ->add_option("--state", settings->state,
                   "File of its own, which the agent's user may not write: what was followed last")
      ->required();
  command->add_option("--socket", settings->socket, "Path of the Unix socket on which nginx asks")->required();
  command->add_option("--user", settings->users,
                      "User whose processes are answered, besides root and our own: nginx's; may be repeated");
  command->add_option("--group", settings->group, "Group of the socket, whose mode is 0660");
  command->add_option("--probe-address", settings->probe_address, "address:port of metrics and probes");
  command->add_option("--threads", settings->threads, "Threads that answer")
      ->capture_default_str()
      ->check(CLI::Range(1, 64));
  add_process_flags(*command, settings->process);
  command->callback([settings, &context] { context.exit_code = run_authorizer(*settings); });
}

}  // namespace sallyport::program::cli
