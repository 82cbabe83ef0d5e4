// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "operator/base/log.hpp"
#include "operator/program/cli/cli.hpp"
#include "operator/program/cli/installation.hpp"
#include "operator/program/cli/planning.hpp"
#include "operator/program/cli/still_clients.hpp"

namespace sallyport::program::cli {
namespace {

struct PlanFlags {
  InstallationFlags installation{};
  bool drift = false;
};

/// "plan: clients 3/120" on one line of a terminal; nothing anywhere else.
std::function<void(std::string_view, std::size_t, std::size_t)> progress_on(std::ostream& err) {
  if (!is_watched(err)) return {};
  return [&err](std::string_view what, std::size_t done, std::size_t of) {
    err << kToLineStart;
    if (done < of) err << "plan: " << what << " " << done << "/" << of;
    err << std::flush;
  };
}

Result<std::unique_ptr<Material>> read(PlanFlags& flags, std::ostream& err) {
  InstallationFlags& installation = flags.installation;
  if (installation.from_cluster == !installation.manifests.paths.empty()) {
    return Error{Code::InvalidSpec,
                 "give either --file (credentials come from the Secrets among the manifests) or --cluster",
                 "",
                 {}};
  }
  return read_installation(installation, "plan", err);
}

}  // namespace

void add_plan(CLI::App& app, Context& context) {
  CLI::App* command =
      app.add_subcommand("plan", "Look at the live systems and print what the operator would change; only reads");
  auto flags = std::make_shared<PlanFlags>();
  add_installation_flags(*command, flags->installation);
  command->add_flag("--drift", flags->drift,
                    "Ask gateways by dry runs, too, whether somebody changed by hand what is in place: slow");
  add_output(*command, context);
  command->footer("Exit codes: 0 nothing to do, 2 there are changes, 1 an error: the plan is not whole.");
  command->callback([flags, &context] {
    log::start(log::Level::Error, log::Format::Text);
    http::start_library();
    const auto material = read(*flags, *context.err);
    if (!material) return fail(context, "plan", material.error());
    const PlanOptions options{flags->drift, flags->installation.cluster.ns, {}, progress_on(*context.err)};
    const Plan plan = make_plan(**material, connect_reading, options);
    if (context.json) {
      *context.out << to_json(plan).dump(2) << "\n";
    } else {
      print_text(*context.out, plan);
    }
    context.exit_code = plan.exit_code();
  });
}

}  // namespace sallyport::program::cli
