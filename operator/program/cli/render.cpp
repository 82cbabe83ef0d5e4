// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <algorithm>
#include <nlohmann/json.hpp>

#include "operator/program/cli/cli.hpp"
#include "operator/program/cli/rendering.hpp"

namespace sallyport::program::cli {
void add_render(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand(
      "render", "Print what would be sent to each system for these manifests, and what would be refused; offline");
  auto source = std::make_shared<ManifestSource>();
  source->instance = kExampleInstance;
  source->undeclared = Undeclared::Assumed;
  command->add_option("-f,--file", source->paths, "Files and directories of manifests; - is stdin")->required();
  command->add_option("--instance", source->instance, "Instance id of the installation, part of outside names")
      ->check(CLI::Validator(
          [](const std::string& text) {
            const bool good = text.size() == 8 && std::all_of(text.begin(), text.end(), [](char c) {
                                return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
                              });
            return good ? std::string() : "'" + text + "' is not 8 lower-case letters and digits";
          },
          ""))
      ->capture_default_str();
  command->add_option("--operator-namespace", source->operator_namespace, "Namespace of connection credentials")
      ->capture_default_str();
  add_output(*command, context);
  command->footer(
      "Secrets and namespaces that no manifest declares are taken to be there, and listed as assumed. "
      "Exit codes: 0 everything would be accepted, 1 something would be refused.");
  command->callback([source, &context] {
    const auto material = read_manifests(*source);
    if (!material) return fail(context, "render", material.error());
    const Rendering rendering = render(**material);
    if (rendering.endpoints.empty() && rendering.problems.empty())
      return fail(
          context, "render",
          {Code::NotFound, "no ProtectedEndpoint among these manifests; name the files that declare one", "-f", {}});
    if (context.json) {
      *context.out << to_json(rendering).dump(2) << "\n";
    } else {
      print_text(*context.out, rendering);
    }
    context.exit_code = rendering.refused() ? 1 : 0;
  });
}

}  // namespace sallyport::program::cli
