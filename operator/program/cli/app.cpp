// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <filesystem>

#include "operator/program/cli/cli.hpp"

namespace sallyport::program::cli {
namespace {

constexpr const char* kPlugin = "kubectl-sallyport";

/// CLI11 would say that a command is required, and not that the word is none. Empty where that is not what is wrong.
std::string words_on_unknown_command(const CLI::App& app) {
  const CLI::App* at = &app;
  std::string path = app.get_name();
  while (!at->get_subcommands().empty()) {
    at = at->get_subcommands().front();
    path += " " + at->get_name();
  }
  const bool wants_one = !at->get_subcommands([](const CLI::App*) { return true; }).empty();
  const std::vector<std::string> unknown = at->remaining();
  if (!wants_one || unknown.empty() || unknown.front().starts_with("-")) return {};
  return path + ": there is no command '" + unknown.front() + "'; see " + path + " --help";
}

}  // namespace

std::unique_ptr<CLI::App> make_app(Context& context) {
  auto app = std::make_unique<CLI::App>(
      "Sallyport: model serving endpoints behind F5, with identity and access, from one object", "sallyport");
  app->require_subcommand(1);
  app->set_version_flag("--version", SALLYPORT_VERSION, "Print the version and leave");
  app->footer("Exit codes: 0 all is well, 1 an error (told on stderr), 2 (plan) there are changes.");
  add_run(*app, context);
  add_render(*app, context);
  add_plan(*app, context);
  add_status(*app, context);
  add_explain(*app, context);
  add_doctor(*app, context);
  add_audit(*app, context);
  add_token(*app, context);
  add_crds(*app, context);
  add_completion(*app, context);
  add_reference(*app, context);
  add_authorizer(*app, context);
  add_nginx_agent(*app, context);
  add_version(*app, context);
  return app;
}

int run_command_line(int argc, const char* const* argv, Context& context) {
  const std::unique_ptr<CLI::App> app = make_app(context);
  if (argc > 0 && std::filesystem::path(argv[0]).filename() == kPlugin) app->name("kubectl sallyport");
  try {
    app->parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() != 0) {
      if (const std::string words = words_on_unknown_command(*app); !words.empty()) {
        *context.err << words << "\n";
        return 1;
      }
    }
    return app->exit(error, *context.out, *context.err) == 0 ? 0 : 1;
  }
  return context.exit_code;
}

void fail(Context& context, std::string_view command, const Error& error) {
  *context.err << "sallyport " << command << ": " << error.text() << "\n";
  context.exit_code = 1;
}

}  // namespace sallyport::program::cli
