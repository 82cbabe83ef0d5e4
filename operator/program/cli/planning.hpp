// SPDX-License-Identifier: Apache-2.0
// What the operator would change outside, found by looking at the live systems and changing nothing.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <ostream>
#include <string>
#include <vector>

#include "operator/program/cli/systems.hpp"

namespace sallyport::program::cli {

enum class Action { Nothing, Create, Change, Remove, Error };
[[nodiscard]] std::string_view to_string(Action action);  ///< "nothing", "create", ...

/// One object at one system.
struct PlanItem {
  api::PlacementSystem system = api::PlacementSystem::F5;
  std::string connection;
  std::string what;  ///< its name there
  Action action = Action::Nothing;
  bool in_place = true;  ///< false: nothing is to be done, and it is not there, or not in force, all the same
  std::vector<std::string> details{};  ///< fields and entries that differ; for an error, its words
};

struct EndpointPlan {
  std::string ns;
  std::string name;
  std::vector<Complaint> refused{};
  std::vector<PlanItem> items{};
};

struct Plan {
  std::vector<EndpointPlan> endpoints;
  std::vector<std::string> problems;  ///< of documents and connections
  [[nodiscard]] int count(Action action) const;
  /// Refused endpoints and problems are errors, too.
  [[nodiscard]] int errors() const;
  /// 0 nothing to do, 2 changes, 1 at least one error: then the plan is not whole.
  [[nodiscard]] int exit_code() const;
};

struct PlanOptions {
  bool look_for_drift = false;  ///< dry runs for what carries the right mark: slow, a minute and more a tenant
  std::string ns{};             ///< only endpoints of this namespace are told of; what others want counts all the same
  std::string name{};           ///< and of this name
  /// Called before each look, and once more (`done` == `of`) at the end of each kind of look.
  std::function<void(std::string_view what, std::size_t done, std::size_t of)> progress{};
};

[[nodiscard]] Plan make_plan(Material& material, shared::Connect connect, const PlanOptions& options);

/// What a verdict of a comparison says is to be done. For what is wanted there: nothing when it is Applied.
[[nodiscard]] PlanItem judge_client(const ir::ClientFragment& fragment, const std::string& connection,
                                    const ir::Verdict& verdict);
[[nodiscard]] PlanItem judge_grant(const ir::GrantFragment& fragment, const std::string& connection,
                                   const ir::Verdict& verdict);

void print_text(std::ostream& out, const Plan& plan);
/// {"endpoints": [{"namespace", "name", "refused": [{"reason", "message"}], "items": [{"system", "connection", "what",
/// "action", "details"}]}], "problems", "summary": {"create", "change", "remove", "nothing", "errors"}}
[[nodiscard]] nlohmann::ordered_json to_json(const Plan& plan);

}  // namespace sallyport::program::cli
