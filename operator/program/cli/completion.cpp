// SPDX-License-Identifier: Apache-2.0
#include <set>

#include "operator/base/text.hpp"
#include "operator/program/cli/app_tree.hpp"
#include "operator/program/cli/cli.hpp"

namespace sallyport::program::cli {
namespace {

/// Between single quotes of a shell, where only the quote itself has to be taken care of.
std::string in_quotes(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::vector<std::string> words_of(const CommandNode& node) {
  std::vector<std::string> words;
  for (const CommandNode& child : node.commands) words.push_back(child.path.back());
  for (const OptionNode& option : node.options) {
    words.insert(words.end(), option.names.begin(), option.names.end());
    if (option.names.empty()) words.insert(words.end(), option.values.begin(), option.values.end());
  }
  return words;
}

/// Subcommands are told by name alone, wherever they stand; those of one parent have names of their own.
std::string case_of_path(const CommandNode& node) {
  return node.path.empty() ? "''" : in_quotes(join(node.path, " "));
}

/// The path is what follows from the words so far: each that is a subcommand of where one is goes one down.
void print_walk(std::ostream& out, const CommandNode& root, std::string_view word) {
  out << "    case \"$cmdpath $" << word << "\" in\n";
  for (const CommandNode* node : all_of(root)) {
    if (node->path.empty()) continue;
    std::vector<std::string> parent(node->path.begin(), node->path.end() - 1);
    out << "      " << in_quotes(join(parent, " ") + " " + node->path.back())
        << ") cmdpath=" << in_quotes(join(node->path, " ")) << " ;;\n";
  }
  out << "    esac\n";
}

/// One line for each option with a value: `known` in front of the fixed ones, `free` where anything may stand.
void print_values(std::ostream& out, const CommandNode& root, std::string_view known, std::string_view free) {
  for (const CommandNode* node : all_of(root)) {
    for (const OptionNode& option : node->options) {
      if (!option.takes_value || option.names.empty()) continue;
      std::vector<std::string> patterns;
      for (const std::string& name : option.names) patterns.push_back(in_quotes(join(node->path, " ") + " " + name));
      out << "    " << join(patterns, "|") << ") "
          << (option.values.empty() ? std::string(free) : std::string(known) + in_quotes(join(option.values, " ")))
          << " ;;\n";
    }
  }
}

void print_bash(std::ostream& out, const CommandNode& root) {
  out << "# bash completion for sallyport; made by `sallyport completion bash`\n"
         "_sallyport() {\n"
         "  local cur=\"${COMP_WORDS[COMP_CWORD]}\" prev=\"\" cmdpath='' words='' i\n"
         "  [ \"$COMP_CWORD\" -gt 0 ] && prev=\"${COMP_WORDS[COMP_CWORD-1]}\"\n"
         "  COMPREPLY=()\n"
         "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
         "    local word=\"${COMP_WORDS[i]}\"\n";
  print_walk(out, root, "word");
  out << "  done\n"
         "  case \"$cmdpath $prev\" in\n";
  print_values(out, root, "words=", "return");
  out << "  esac\n"
         "  if [ -z \"$words\" ]; then\n"
         "  case \"$cmdpath\" in\n";
  for (const CommandNode* node : all_of(root))
    out << "    " << case_of_path(*node) << ") words=" << in_quotes(join(words_of(*node), " ")) << " ;;\n";
  out << "  esac\n"
         "  fi\n"
         "  COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
         "}\n"
         "complete -o default -F _sallyport sallyport kubectl-sallyport\n";
}

void print_zsh(std::ostream& out, const CommandNode& root) {
  out << "#compdef sallyport kubectl-sallyport\n"
         "# zsh completion for sallyport; made by `sallyport completion zsh`\n"
         "_sallyport() {\n"
         "  local cmdpath='' word prev=\"${words[CURRENT-1]}\" values=''\n"
         "  local -a choices\n"
         "  local -i i\n"
         "  for ((i = 2; i < CURRENT; i++)); do\n"
         "    word=\"${words[i]}\"\n";
  print_walk(out, root, "word");
  out << "  done\n"
         "  case \"$cmdpath $prev\" in\n";
  print_values(out, root, "values=", "_files; return");
  out << "  esac\n"
         "  if [[ -n \"$values\" ]]; then\n"
         "    compadd -- ${=values}\n"
         "    return\n"
         "  fi\n"
         "  case \"$cmdpath\" in\n";
  for (const CommandNode* node : all_of(root)) {
    out << "    " << case_of_path(*node) << ") choices=(";
    for (const CommandNode& child : node->commands) out << " " << in_quotes(child.path.back() + ":" + child.doc);
    for (const OptionNode& option : node->options) {
      for (const std::string& name : option.names) out << " " << in_quotes(name + ":" + option.doc);
      if (!option.names.empty()) continue;
      for (const std::string& value : option.values) out << " " << in_quotes(value + ":" + option.doc);
    }
    out << " ) ;;\n";
  }
  out << "  esac\n"
         "  _describe 'sallyport' choices || _files\n"
         "}\n"
         "if [ \"$funcstack[1]\" = '_sallyport' ]; then _sallyport \"$@\"; else compdef _sallyport sallyport "
         "kubectl-sallyport; fi\n";
}

/// Where a node's words are offered: every word of its path was seen, and no subcommand of it.
std::string fish_condition(const CommandNode& node) {
  std::string condition;
  for (const std::string& word : node.path) condition += "__fish_seen_subcommand_from " + word + "; and ";
  std::vector<std::string> below;
  for (const CommandNode& child : node.commands) below.push_back(child.path.back());
  condition += below.empty() ? "true" : "not __fish_seen_subcommand_from " + join(below, " ");
  return condition;
}

void print_fish(std::ostream& out, const CommandNode& root) {
  out << "# fish completion for sallyport; made by `sallyport completion fish`\n";
  for (const CommandNode* node : all_of(root)) {
    const std::string start = "complete -c sallyport -n " + in_quotes(fish_condition(*node));
    for (const CommandNode& child : node->commands)
      out << start << " -f -a " << child.path.back() << " -d " << in_quotes(child.doc) << "\n";
    for (const OptionNode& option : node->options) {
      out << start;
      for (const std::string& name : option.names)
        out << (name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1));
      if (option.takes_value && !option.names.empty()) out << " -r";
      if (!option.values.empty()) out << " -f -a " << in_quotes(join(option.values, " "));
      out << " -d " << in_quotes(option.doc) << "\n";
    }
  }
  out << "complete -c kubectl-sallyport -w sallyport\n";
}

}  // namespace

void add_completion(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("completion", "Print a completion script for a shell");
  auto shell = std::make_shared<std::string>();
  command->add_option("shell", *shell, "The shell")->required()->check(CLI::IsMember({"bash", "zsh", "fish"}));
  command->footer("Such as: source <(sallyport completion bash)");
  command->callback([shell, &app, &context] {
    const CommandNode root = read_tree(app);
    if (*shell == "bash") print_bash(*context.out, root);
    if (*shell == "zsh") print_zsh(*context.out, root);
    if (*shell == "fish") print_fish(*context.out, root);
  });
}

}  // namespace sallyport::program::cli
