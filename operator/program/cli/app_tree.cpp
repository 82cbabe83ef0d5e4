// SPDX-License-Identifier: Apache-2.0
#include "operator/program/cli/app_tree.hpp"

#include <algorithm>

#include "operator/base/text.hpp"

namespace sallyport::program::cli {
namespace {

/// CLI11 tells a set of values only as part of a type's name: "TEXT:{json,text}".
std::vector<std::string> values_of(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  const std::size_t open = type.find('{');
  const std::size_t close = type.rfind('}');
  if (open == std::string::npos || close == std::string::npos || close < open) return {};
  std::vector<std::string> values = split(type.substr(open + 1, close - open - 1), ',');
  std::sort(values.begin(), values.end());
  return values;
}

OptionNode read_option(const CLI::Option& option) {
  OptionNode node;
  for (const std::string& name : option.get_snames()) node.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) node.names.push_back("--" + name);
  if (node.names.empty()) node.positional = option.get_name();
  node.doc = option.get_description();
  node.values = values_of(option);
  node.initial = option.get_default_str();
  node.environment = option.get_envname();
  node.takes_value = option.get_items_expected_max() > 0;
  node.repeatable = option.get_items_expected_max() > 1;
  node.required = option.get_required();
  return node;
}

CommandNode read_command(const CLI::App& app, std::vector<std::string> path) {
  const CLI::App* parent = app.get_parent();
  const bool inherited = parent != nullptr && parent->get_footer() == app.get_footer();
  CommandNode node{std::move(path), app.get_description(), inherited ? "" : app.get_footer()};
  for (const CLI::Option* option : app.get_options([](const CLI::Option* o) { return !o->get_group().empty(); }))
    node.options.push_back(read_option(*option));
  for (const CLI::App* child : app.get_subcommands([](const CLI::App* a) { return !a->get_group().empty(); })) {
    std::vector<std::string> below = node.path;
    below.push_back(child->get_name());
    node.commands.push_back(read_command(*child, std::move(below)));
  }
  return node;
}

void collect(const CommandNode& node, std::vector<const CommandNode*>& all) {
  all.push_back(&node);
  for (const CommandNode& child : node.commands) collect(child, all);
}

}  // namespace

CommandNode read_tree(const CLI::App& app) {
  return read_command(app, {});
}

std::vector<const CommandNode*> all_of(const CommandNode& root) {
  std::vector<const CommandNode*> all;
  collect(root, all);
  return all;
}

}  // namespace sallyport::program::cli
