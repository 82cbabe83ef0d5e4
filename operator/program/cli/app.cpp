// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <filesystem>

#include "operator/program/cli/cli.hpp"

namespace sallyport::program::cli {
namespace {

constexpr const char* kPlugin = "kubectl-sallyport";

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
  add_audit(*app, context);
  add_crds(*app, context);
  add_completion(*app, context);
  add_reference(*app, context);
  add_version(*app, context);
  return app;
}

int run_command_line(int argc, const char* const* argv, Context& context) {
  const std::unique_ptr<CLI::App> app = make_app(context);
  if (argc > 0 && std::filesystem::path(argv[0]).filename() == kPlugin) app->name("kubectl sallyport");
  try {
    app->parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // CLI11 would say that one is required, and not that this is none.
    const std::vector<std::string> unknown = app->remaining();
    if (error.get_exit_code() != 0 && app->get_subcommands().empty() && !unknown.empty() &&
        !unknown.front().starts_with("-")) {
      *context.err << app->get_name() << ": there is no command '" << unknown.front() << "'; see " << app->get_name()
                   << " --help\n";
      return 1;
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
