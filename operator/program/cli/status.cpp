// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "operator/base/log.hpp"
#include "operator/base/text.hpp"
#include "operator/http/client.hpp"
#include "operator/program/cli/cli.hpp"
#include "operator/program/cli/statuses.hpp"

namespace sallyport::program::cli {
namespace {

struct StatusFlags {
  ClusterSource cluster{};
  Choice choice{};
  bool all_namespaces = false;
  std::string manifests{};
  std::string state{};
};

Result<std::unique_ptr<Statuses>> read(StatusFlags& flags) {
  if (!flags.manifests.empty() && flags.state.empty()) {
    return Error{Code::InvalidSpec,
                 "is needed with --manifests: the state directory that the operator was started with",
                 "--state",
                 {}};
  }
  flags.choice.ns = flags.cluster.ns;
  if (!flags.state.empty()) return read_state_statuses(flags.state);
  if (flags.all_namespaces) {
    flags.choice.ns.clear();
  } else if (flags.choice.ns.empty()) {
    flags.choice.ns = TRY(default_namespace(flags.cluster));
  }
  flags.cluster.ns = flags.choice.ns;
  return read_cluster_statuses(flags.cluster);
}

void tell(Context& context, const Statuses& statuses, const StatusFlags& flags) {
  for (const std::string& problem : statuses.problems)
    *context.err << "sallyport status: " << one_line(problem, 2048) << "\n";
  const std::string place = flags.choice.ns.empty() ? "" : " in namespace " + flags.choice.ns + " (-A: all namespaces)";
  if (context.json) {
    *context.out << to_json(statuses, flags.choice).dump(2) << "\n";
  } else {
    print_text(*context.out, statuses, flags.choice, system_clock().now());
  }
  if (has_any(statuses, flags.choice)) return;
  if (!flags.choice.name.empty())
    return fail(context, "status", {Code::NotFound, "there is no object '" + flags.choice.name + "'" + place, "", {}});
  if (!context.json) *context.err << "nothing is declared" << place << "\n";
}

}  // namespace

void add_status(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand(
      "status", "How endpoints and connections are: conditions, places outside, the next try and why");
  auto flags = std::make_shared<StatusFlags>();
  command->add_option("name", flags->choice.name, "Only the object of this name, in detail");
  command->add_flag("-A,--all-namespaces", flags->all_namespaces, "All namespaces");
  add_cluster_flags(*command, flags->cluster);
  command->add_option("--manifests", flags->manifests, "Standalone mode's directory of manifests; wants --state");
  command->add_option("--state", flags->state, "Standalone mode's state directory, instead of a cluster");
  add_output(*command, context);
  command->footer(
      "Without a name, what is not Ready is shown in detail. In a cluster, the context's namespace counts.");
  command->callback([flags, &context] {
    log::start(log::Level::Error, log::Format::Text);
    http::start_library();
    const auto statuses = read(*flags);
    if (!statuses) return fail(context, "status", statuses.error());
    tell(context, **statuses, *flags);
  });
}

}  // namespace sallyport::program::cli
