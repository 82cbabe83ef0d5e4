// SPDX-License-Identifier: Apache-2.0
// Which installation a command looks at that asks live systems: a cluster's, or that of standalone mode on a directory.
#pragma once

#include <memory>
#include <ostream>
#include <string>

#include "operator/program/cli/material.hpp"

namespace sallyport::program::cli {

struct InstallationFlags {
  ManifestSource manifests{};
  ClusterSource cluster{};
  std::string instance{};
  std::string operator_namespace = "sallyport-system";
  bool from_cluster = false;
};
/// --file, --cluster, --state, --instance, --operator-namespace, and those of a cluster.
void add_installation_flags(CLI::App& command, InstallationFlags& flags);

/// The cluster's when no files are given, or it is asked for. What is assumed is told on `err`.
[[nodiscard]] Result<std::unique_ptr<Material>> read_installation(InstallationFlags& flags, const std::string& command,
                                                                  std::ostream& err);

/// Somebody looks at the terminal: progress may be shown, on one line.
[[nodiscard]] bool is_watched(const std::ostream& err);
inline constexpr const char* kToLineStart = "\r\033[K";

}  // namespace sallyport::program::cli
