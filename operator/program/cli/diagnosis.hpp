// SPDX-License-Identifier: Apache-2.0
// How each connection is, looked at now as the operator looks at it.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <ostream>
#include <string>
#include <vector>

#include "operator/program/cli/material.hpp"
#include "reconcilers/shared/world.hpp"

namespace sallyport::program::cli {

struct Diagnosis {
  std::string kind;  ///< "F5Gateway", ...
  std::string name;
  bool usable = false;
  std::string says;                    ///< what was found, or why it cannot be used and what to do
  std::vector<std::string> details{};  ///< what a person should know besides
};

/// Of each F5Gateway, IdentityProvider and DatabricksWorkspace, in this order and by name. Only reads.
[[nodiscard]] std::vector<Diagnosis> diagnose(Material& material, const shared::Connect& connect);

void print_text(std::ostream& out, const std::vector<Diagnosis>& all);
/// [{"kind", "name", "usable", "says", "details"}]
[[nodiscard]] nlohmann::ordered_json to_json(const std::vector<Diagnosis>& all);

}  // namespace sallyport::program::cli
