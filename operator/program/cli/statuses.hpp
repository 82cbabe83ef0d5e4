// SPDX-License-Identifier: Apache-2.0
// What objects say of themselves, from a cluster or from standalone mode's state directory, and how it is shown.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <ostream>
#include <string>
#include <vector>

#include "operator/program/cli/material.hpp"

namespace sallyport::program::cli {

struct Statuses {
  shared::Caches caches;
  std::vector<std::string> problems{};  ///< what could not be read, and why
};

/// GET of each kind's list, once. Kinds that may not be listed are told in `problems`; when that are all, it is an
/// Error. With `ns`, endpoints of that namespace only.
[[nodiscard]] Result<std::unique_ptr<Statuses>> read_cluster_statuses(const ClusterSource& source);
/// The namespace that kubectl would use.
[[nodiscard]] Result<std::string> default_namespace(const ClusterSource& source);
/// What the operator keeps in its state directory.
[[nodiscard]] Result<std::unique_ptr<Statuses>> read_state_statuses(const std::string& state);

/// Which objects are shown.
struct Choice {
  std::string name{};  ///< empty: all, those that are not Ready in detail
  std::string ns{};    ///< empty: all
};
/// Whether anything of that name is there.
[[nodiscard]] bool has_any(const Statuses& statuses, const Choice& choice);

/// Tables: endpoints and connections, then details of what is not Ready, or of what was asked for by name.
void print_text(std::ostream& out, const Statuses& statuses, const Choice& choice, SystemTime now);
/// {"endpoints": [{"kind", "namespace", "name", "generation", "deleting", "status"}], "connections": [...], "problems"}
[[nodiscard]] nlohmann::ordered_json to_json(const Statuses& statuses, const Choice& choice);

/// "in 40s", "3m ago", "2d ago".
[[nodiscard]] std::string relative(SystemTime time, SystemTime now);

}  // namespace sallyport::program::cli
