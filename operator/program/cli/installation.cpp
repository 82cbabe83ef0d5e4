// SPDX-License-Identifier: Apache-2.0
#include "operator/program/cli/installation.hpp"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>

#include "operator/program/directory_backend.hpp"

namespace sallyport::program::cli {
namespace {

void note(std::ostream& err, const std::string& command, const std::string& what) {
  err << "sallyport " << command << ": " << what << "\n";
}

/// What `run --manifests` on the same directory has kept, when no flag says which installation it is about. Marks hold
/// the uids of objects, which manifests alone do not tell: a cluster's installation is looked at with --cluster.
Result<void> find_installation(InstallationFlags& flags, const std::string& command, std::ostream& err) {
  ManifestSource& source = flags.manifests;
  if (!source.state.empty()) return {};
  if (!flags.instance.empty()) {
    note(err, command,
         "without --state every object is a new one, and what is there already counts as another owner's; for a "
         "cluster's installation use --cluster");
    return {};
  }
  std::error_code ec;
  if (source.paths.size() != 1 || !std::filesystem::is_directory(source.paths.front(), ec)) {
    return Error{Code::InvalidSpec,
                 "is needed: the state directory of the `sallyport run --manifests` that these files belong to; for a "
                 "cluster's installation use `sallyport " +
                     command + " --cluster`",
                 "--state",
                 {}};
  }
  const std::string& directory = source.paths.front();
  const std::string state = TRY(default_state(directory));
  if (!std::filesystem::exists(state + "/instance", ec)) {
    note(err, command,
         "no installation has worked on " + directory + " yet, so names carry '" + kExampleInstance +
             "' instead of its id; `sallyport run --manifests " + directory + "` makes one (in " + state +
             "), and for a cluster's there is `sallyport " + command + " --cluster`");
    flags.instance = kExampleInstance;
    return {};
  }
  source.state = state;
  return {};
}

}  // namespace

bool is_watched(const std::ostream& err) {
  return &err == &std::cerr && isatty(STDERR_FILENO) == 1;
}

void add_installation_flags(CLI::App& command, InstallationFlags& flags) {
  command.add_option("-f,--file", flags.manifests.paths, "Files and directories of manifests; - is stdin");
  command.add_flag("--cluster", flags.from_cluster, "The objects of a cluster instead of manifests");
  command.add_option(
      "--state", flags.manifests.state,
      "With --file: the state directory of standalone mode, for what is ours already. Default: where run "
      "--manifests keeps that of the same directory");
  command.add_option("--instance", flags.instance,
                     "Instance id of the installation. Default: the state's, or the cluster's; for a directory on "
                     "which none has worked yet, a placeholder");
  command.add_option("--operator-namespace", flags.operator_namespace, "Namespace of connection credentials")
      ->capture_default_str();
  add_cluster_flags(command, flags.cluster);
}

Result<std::unique_ptr<Material>> read_installation(InstallationFlags& flags, const std::string& command,
                                                    std::ostream& err) {
  if (flags.from_cluster || flags.manifests.paths.empty()) {
    flags.cluster.instance = flags.instance;
    flags.cluster.operator_namespace = flags.operator_namespace;
    // Of every namespace: an endpoint elsewhere may have the host, or a share in the same access list.
    ClusterSource all = flags.cluster;
    all.ns.clear();
    if (is_watched(err)) err << command << ": reading the cluster" << std::flush;
    auto material = read_cluster(all);
    if (is_watched(err)) err << kToLineStart << std::flush;
    return material;
  }
  TRY(find_installation(flags, command, err));
  flags.manifests.instance = flags.instance;
  flags.manifests.operator_namespace = flags.operator_namespace;
  auto material = TRY(read_manifests(flags.manifests));
  if (material->instance.empty())
    return Error{Code::Internal, "holds no instance id; restore it", flags.manifests.state, {}};
  return material;
}

}  // namespace sallyport::program::cli
