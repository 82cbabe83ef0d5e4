// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "operator/base/log.hpp"
#include "operator/program/cli/cli.hpp"
#include "operator/program/cli/planning.hpp"
#include "operator/program/cli/still_clients.hpp"
#include "operator/program/directory_backend.hpp"

namespace sallyport::program::cli {
namespace {

struct PlanFlags {
  ManifestSource manifests{};
  ClusterSource cluster{};
  std::string instance{};
  std::string operator_namespace = "sallyport-system";
  bool from_cluster = false;
  bool drift = false;
};

constexpr const char* kToLineStart = "\r\033[K";

bool is_watched(const std::ostream& err) {
  return &err == &std::cerr && isatty(STDERR_FILENO) == 1;
}

/// "plan: clients 3/120" on one line of a terminal; nothing anywhere else.
std::function<void(std::string_view, std::size_t, std::size_t)> progress_on(std::ostream& err) {
  if (!is_watched(err)) return {};
  return [&err](std::string_view what, std::size_t done, std::size_t of) {
    err << kToLineStart;
    if (done < of) err << "plan: " << what << " " << done << "/" << of;
    err << std::flush;
  };
}

void note(std::ostream& err, const std::string& what) {
  err << "sallyport plan: " << what << "\n";
}

/// What `run --manifests` on the same directory has kept, when no flag says which installation it is about. Marks hold
/// the uids of objects, which manifests alone do not tell: a cluster's installation is planned with --cluster.
Result<void> find_installation(PlanFlags& flags, std::ostream& err) {
  ManifestSource& source = flags.manifests;
  if (!source.state.empty()) return {};
  if (!flags.instance.empty()) {
    note(err,
         "without --state every object is a new one, and what is there already counts as another owner's; for a "
         "cluster's installation use --cluster");
    return {};
  }
  std::error_code ec;
  if (source.paths.size() != 1 || !std::filesystem::is_directory(source.paths.front(), ec)) {
    return Error{Code::InvalidSpec,
                 "is needed: the state directory of the `sallyport run --manifests` that these files belong to; for a "
                 "cluster's installation use `sallyport plan --cluster`",
                 "--state",
                 {}};
  }
  const std::string& directory = source.paths.front();
  const std::string state = TRY(default_state(directory));
  if (!std::filesystem::exists(state + "/instance", ec)) {
    note(err, "no installation has worked on " + directory + " yet, so names carry '" + kExampleInstance +
                  "' instead of its id; `sallyport run --manifests " + directory + "` makes one (in " + state +
                  "), and for a cluster's there is `sallyport plan --cluster`");
    flags.instance = kExampleInstance;
    return {};
  }
  source.state = state;
  return {};
}

Result<std::unique_ptr<Material>> read(PlanFlags& flags, std::ostream& err) {
  if (flags.from_cluster == !flags.manifests.paths.empty()) {
    return Error{Code::InvalidSpec,
                 "give either --file (credentials come from the Secrets among the manifests) or --cluster",
                 "",
                 {}};
  }
  if (flags.from_cluster) {
    flags.cluster.instance = flags.instance;
    flags.cluster.operator_namespace = flags.operator_namespace;
    // Of every namespace: an endpoint elsewhere may have the host, or a share in the same access list.
    ClusterSource all = flags.cluster;
    all.ns.clear();
    if (is_watched(err)) err << "plan: reading the cluster" << std::flush;
    auto material = read_cluster(all);
    if (is_watched(err)) err << kToLineStart << std::flush;
    return material;
  }
  TRY(find_installation(flags, err));
  flags.manifests.instance = flags.instance;
  flags.manifests.operator_namespace = flags.operator_namespace;
  auto material = TRY(read_manifests(flags.manifests));
  if (material->instance.empty())
    return Error{Code::Internal, "holds no instance id; restore it", flags.manifests.state, {}};
  return material;
}

}  // namespace

void add_plan(CLI::App& app, Context& context) {
  CLI::App* command =
      app.add_subcommand("plan", "Look at the live systems and print what the operator would change; only reads");
  auto flags = std::make_shared<PlanFlags>();
  command->add_option("-f,--file", flags->manifests.paths, "Files and directories of manifests; - is stdin");
  command->add_flag("--cluster", flags->from_cluster, "The objects of a cluster instead of manifests");
  command->add_option(
      "--state", flags->manifests.state,
      "With --file: the state directory of standalone mode, for what is ours already. Default: where run "
      "--manifests keeps that of the same directory");
  command->add_option("--instance", flags->instance,
                      "Instance id of the installation. Default: the state's, or the cluster's; for a directory on "
                      "which none has worked yet, a placeholder");
  command->add_option("--operator-namespace", flags->operator_namespace, "Namespace of connection credentials")
      ->capture_default_str();
  command->add_flag("--drift", flags->drift,
                    "Ask gateways by dry runs, too, whether somebody changed by hand what is in place: slow");
  add_cluster_flags(*command, flags->cluster);
  add_output(*command, context);
  command->footer("Exit codes: 0 nothing to do, 2 there are changes, 1 an error: the plan is not whole.");
  command->callback([flags, &context] {
    log::start(log::Level::Error, log::Format::Text);
    http::start_library();
    const auto material = read(*flags, *context.err);
    if (!material) return fail(context, "plan", material.error());
    const PlanOptions options{flags->drift, flags->cluster.ns, progress_on(*context.err)};
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
