// SPDX-License-Identifier: Apache-2.0
// The program's own subcommands and options as plain values, read from CLI11: completion scripts and the reference page
// are made from it, so that neither can be out of date.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace sallyport::program::cli {

struct OptionNode {
  std::vector<std::string> names{};  ///< "-o", "--output"; empty for a positional
  std::string positional{};          ///< "file"
  std::string doc{};
  std::vector<std::string> values{};  ///< of an option with fixed values
  std::string initial{};              ///< its default, when it has one
  std::string environment{};
  bool takes_value = false;
  bool repeatable = false;
  bool required = false;
};

struct CommandNode {
  std::vector<std::string> path{};  ///< {"audit", "verify"}; empty: the program
  std::string doc{};
  std::string footer{};
  std::vector<OptionNode> options{};
  std::vector<CommandNode> commands{};  ///< without hidden ones, in the order in which they were added
};

[[nodiscard]] CommandNode read_tree(const CLI::App& app);
/// The node and all below it, depth first.
[[nodiscard]] std::vector<const CommandNode*> all_of(const CommandNode& root);

}  // namespace sallyport::program::cli
