// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <iostream>
#include <nlohmann/json.hpp>

#include "operator/program/cli/cli.hpp"
#include "reconcilers/api/v1alpha1/patterns.hpp"

namespace sallyport::program::cli {

void add_version(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("version", "Print the version");
  add_output(*command, context);
  command->callback([&context] {
    if (context.json) {
      std::cout << nlohmann::ordered_json{{"version", SALLYPORT_VERSION},
                                          {"api", std::string(api::kGroup) + "/" + std::string(api::kVersion)}}
                       .dump()
                << "\n";
    } else {
      std::cout << "sallyport " << SALLYPORT_VERSION << " (" << api::kGroup << "/" << api::kVersion << ")\n";
    }
  });
}

void add_output(CLI::App& command, Context& context) {
  command
      .add_option_function<std::string>(
          "-o,--output", [&context](const std::string& format) { context.json = format == "json"; }, "text or json")
      ->check(CLI::IsMember({"text", "json"}));
}

}  // namespace sallyport::program::cli
