// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>

#include "operator/base/text.hpp"
#include "operator/program/cli/cli.hpp"
#include "operator/program/wiring.hpp"
#include "operator/schema/duration.hpp"

namespace sallyport::program::cli {
namespace {

std::string environment_name(std::string_view flag) {
  std::string name = "SALLYPORT_" + std::string(flag);
  for (char& c : name) c = c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return name;
}

template <class M>
CLI::Option* add(CLI::App& command, const Flag<M>& flag, Settings& settings) {
  M& value = settings.*flag.member;
  const std::string name = "--" + std::string(flag.name);
  const std::string doc(flag.doc);
  if constexpr (std::is_same_v<M, bool>) {
    return command.add_flag(name + ",!--no-" + std::string(flag.name), value, doc);
  } else if constexpr (std::is_same_v<M, std::chrono::milliseconds>) {
    return command
        .add_option_function<std::string>(
            name,
            [&value, name](const std::string& text) {
              const auto duration = schema::parse_duration(text);
              if (!duration || duration->count() <= 0)
                throw CLI::ValidationError(name, "'" + text + "' is not a duration above zero such as 90s or 10m");
              value = *duration;
            },
            doc)
        ->default_str(schema::write_duration(value));
  } else {
    return command.add_option(name, value, doc)->capture_default_str();
  }
}

}  // namespace

void add_run(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("run", "Run the operator");
  auto settings = std::make_shared<Settings>();
  std::apply([&](const auto&... flag) { (add(*command, flag, *settings)->envname(environment_name(flag.name)), ...); },
             kFlags);
  command->get_option("--log-level")->check(CLI::IsMember({"debug", "info", "warning", "error"}));
  command->get_option("--log-format")->check(CLI::IsMember({"text", "json"}));
  CLI::Option* manifests = command->get_option("--manifests");
  for (const char* of_a_cluster : {"--kubeconfig", "--context"}) manifests->excludes(command->get_option(of_a_cluster));
  command->get_option("--state")->needs(manifests);
  command->get_option("--workers")->check(CLI::Range(1, 256));
  command->callback([settings, &context] { context.exit_code = run_operator(*settings); });
}

}  // namespace sallyport::program::cli
