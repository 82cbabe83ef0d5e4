// SPDX-License-Identifier: Apache-2.0
// What every subcommand has in common, and what is made from the tree of them.
#include <gtest/gtest.h>

#include "operator/program/cli/app_tree.hpp"
#include "tests/operator/program/cli/cli_testing.hpp"

namespace sallyport::program::cli {
namespace {

using testing::run_cli;
using testing::Said;

CommandNode tree() {
  Context context;
  return read_tree(*make_app(context));
}

TEST(CommandLine, BehavesTheSameAsAPluginOfKubectl) {
  const Said plugin = run_cli({"version"}, "/usr/local/bin/kubectl-sallyport");
  const Said plain = run_cli({"version", "-o", "json"});
  EXPECT_EQ(plugin.code, 0);
  EXPECT_EQ(plain.code, 0);
  const Said help = run_cli({"--help"}, "/usr/local/bin/kubectl-sallyport");
  EXPECT_EQ(help.code, 0);
  EXPECT_NE(help.out.find("kubectl sallyport"), std::string::npos) << help.out;
}

TEST(CommandLine, RefusesWhatItDoesNotKnowWithExitCodeOne) {
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{},
                                                    {"nonsense"},
                                                    {"render"},
                                                    {"render", "-f", "x", "-o", "xml"},
                                                    {"completion", "tcsh"},
                                                    {"render", "-f", "x", "--instance", "Not An Id"},
                                                    {"run", "--manifests", "x", "--kubeconfig", "y"},
                                                    {"run", "--state", "x"},
                                                    {"plan"},
                                                    {"plan", "--cluster", "-f", "x"}}) {
    const Said said = run_cli(arguments);
    EXPECT_EQ(said.code, 1) << said.out;
    EXPECT_FALSE(said.err.empty());
  }
}

TEST(CommandLine, NamesACommandThatThereIsNot) {
  EXPECT_EQ(run_cli({"nonsense", "--help-me"}).err,
            "sallyport: there is no command 'nonsense'; see sallyport --help\n");
  EXPECT_EQ(run_cli({"audit", "verfy"}).err,
            "sallyport audit: there is no command 'verfy'; see sallyport audit --help\n");
  EXPECT_NE(run_cli({}).err.find("required"), std::string::npos);
  EXPECT_EQ(run_cli({"nonsense", "--help"}).code, 0) << "who asks for help gets it";
}

class Completion : public ::testing::TestWithParam<const char*> {};

TEST_P(Completion, ListsEverySubcommandAndEveryLongOption) {
  const Said said = run_cli({"completion", GetParam()});
  EXPECT_EQ(said.code, 0);
  const bool fish = std::string(GetParam()) == "fish";
  const CommandNode root = tree();
  ASSERT_GE(all_of(root).size(), 10U);
  for (const CommandNode* node : all_of(root)) {
    const std::string last = node->path.empty() ? "" : node->path.back();
    EXPECT_NE(said.out.find(last), std::string::npos) << last;
    for (const OptionNode& option : node->options) {
      for (const std::string& name : option.names) {
        const std::string shown = !fish                    ? name
                                  : name.starts_with("--") ? "-l " + name.substr(2)
                                                           : "-s " + name.substr(1);
        EXPECT_NE(said.out.find(shown), std::string::npos) << name;
      }
      for (const std::string& value : option.values) EXPECT_NE(said.out.find(value), std::string::npos) << value;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Shells, Completion, ::testing::Values("bash", "zsh", "fish"),
                         [](const auto& shell) { return std::string(shell.param); });

TEST(Completion, KnowsTheValuesOfAnOptionThatHasFixedOnes) {
  bool found = false;
  const CommandNode root = tree();
  for (const CommandNode& command : root.commands) {
    if (command.path.back() != "render") continue;
    for (const OptionNode& option : command.options) {
      if (option.names.back() != "--output") continue;
      EXPECT_EQ(option.values, (std::vector<std::string>{"json", "text"}));
      found = true;
    }
  }
  EXPECT_TRUE(found);
}

/// What bash offers after these words, by running the script.
std::string offered_by_bash(const std::string& words) {
  const testing::Folder folder;
  const std::string script = folder.write("completion.bash", run_cli({"completion", "bash"}).out);
  const std::string command = "bash -c 'source " + script + "; COMP_WORDS=(" + words +
                              " \"\"); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _sallyport; echo \"${COMPREPLY[*]}\"'";
  std::string offered;
  FILE* pipe = popen(command.c_str(), "r");
  for (int c = fgetc(pipe); c != EOF; c = fgetc(pipe)) offered += static_cast<char>(c);
  pclose(pipe);
  return offered;
}

TEST(Completion, WorksInBash) {
  EXPECT_NE(offered_by_bash("sallyport").find("render"), std::string::npos);
  EXPECT_NE(offered_by_bash("sallyport").find("plan"), std::string::npos);
  EXPECT_NE(offered_by_bash("sallyport audit").find("verify"), std::string::npos);
  EXPECT_EQ(offered_by_bash("sallyport render -o"), "json text\n");
  EXPECT_EQ(offered_by_bash("sallyport render -f"), "\n");  // files, by the shell itself
  EXPECT_NE(offered_by_bash("kubectl-sallyport completion").find("fish"), std::string::npos);
}

TEST(Reference, HasAChapterForEverySubcommandAndARowForEveryOption) {
  const Said said = run_cli({"reference", "cli"});
  EXPECT_EQ(said.code, 0);
  const CommandNode root = tree();
  for (const CommandNode* node : all_of(root)) {
    if (node->path.empty()) continue;
    std::string name = "sallyport";
    for (const std::string& word : node->path) name += " " + word;
    EXPECT_NE(said.out.find("\n## " + name + "\n"), std::string::npos) << name;
    for (const OptionNode& option : node->options) {
      const std::string shown = option.names.empty() ? option.positional : option.names.back();
      EXPECT_NE(said.out.find("`" + shown + "`"), std::string::npos) << shown;
    }
  }
  EXPECT_EQ(run_cli({"--help"}).out.find("reference pages"), std::string::npos);
}

}  // namespace
}  // namespace sallyport::program::cli
