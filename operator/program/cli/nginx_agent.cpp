// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cctype>

#include "operator/program/cli/cli.hpp"
#include "operator/program/cli/process_flags.hpp"
#include "operator/program/nginx_agent_process.hpp"

namespace sallyport::program::cli {
namespace {

std::string host_name() {
  std::array<char, 256> host{};
  return gethostname(host.data(), host.size() - 1) == 0 && host[0] != 0 ? host.data() : "agent";
}

}  // namespace

void add_nginx_agent(CLI::App& app, Context& context) {
  CLI::App* command =
      app.add_subcommand("nginx-agent", "Install what the operator publishes on the nginx of this machine");
  auto settings = std::make_shared<NginxAgentSettings>();
  nginx_agent::Machine& machine = settings->machine;
  command
      ->add_option("--source", settings->source,
                   "Directory of the publication: manifest and objects/; or where the operator hands it out: "
                   "https://HOST:PORT/gateways/NAME")
      ->required();
  command->add_option("--enrol-token", settings->enrol_token,
                      "With https: file with a service account's token for the audience sallyport, bound to this pod");
  command->add_option("--operator-ca", settings->operator_ca,
                      "With https: file with the certificates (PEM) that the operator's server is believed by");
  command
      ->add_option("--trusted-keys", settings->trusted_keys,
                   "File with the operator's public keys (JWK set): only what they signed is installed")
      ->required();
  command->add_option("--reports", settings->reports,
                      "With a directory: where a copy of the report goes, reports/ of the publication, where the "
                      "operator looks");
  settings->name = host_name();
  command->add_option("--name", settings->name, "With a directory: name of this agent among those of its gateway")
      ->default_str("the host's name")
      ->check([](const std::string& name) {
        const bool plain = std::ranges::all_of(
            name, [](unsigned char c) { return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.'; });
        return plain && !name.empty() && name.front() != '.' ? "" : "is no name of letters, digits, '-', '_' and '.'";
      });
  command
      ->add_option("--installed", machine.installed,
                   "Directory to install in; nginx is run with -c DIR/current/nginx.conf")
      ->required();
  command->add_option("--authorizer", machine.authorizer, "Path of the authorizer's Unix socket")->required();
  command->add_option("--nginx", settings->nginx, "Program that tests a configuration")->capture_default_str();
  command->add_option("--nginx-user", machine.user,
                      "user or user:group of nginx's workers, when it is started as root");
  command->add_option("--listen", machine.listen,
                      "address or address:port on which nginx listens, in place of every address");
  command
      ->add_option("--status-address", machine.status_address, "Loopback address on which nginx tells its generation")
      ->capture_default_str();
  command->add_option("--access-log", machine.access_log, "File of the decision log")->capture_default_str();
  command->add_option("--error-log", machine.error_log, "nginx's error log")->capture_default_str();
  command
      ->add_option("--system-trust", machine.system_trust,
                   "File with the certificates that are trusted where an endpoint names none; nginx loads it once per "
                   "backend, so a small one saves memory")
      ->capture_default_str();
  add_process_flags(*command, settings->process);
  command->callback([settings, &context] { context.exit_code = run_nginx_agent(*settings); });
}

}  // namespace sallyport::program::cli
