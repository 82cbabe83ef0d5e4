// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "operator/base/log.hpp"
#include "operator/base/text.hpp"
#include "operator/program/cli/cli.hpp"
#include "operator/program/cli/diagnosis.hpp"
#include "operator/program/cli/installation.hpp"
#include "operator/program/cli/still_clients.hpp"

namespace sallyport::program::cli {

void add_doctor(CLI::App& app, Context& context) {
  CLI::App* command =
      app.add_subcommand("doctor",
                         "Look at every connection as the operator does: is it reached, does it sign in, may "
                         "it do what it has to; only reads");
  auto flags = std::make_shared<InstallationFlags>();
  add_installation_flags(*command, *flags);
  add_output(*command, context);
  command->footer("Exit code 1 when one cannot be used.");
  command->callback([flags, &context] {
    log::start(log::Level::Error, log::Format::Text);
    http::start_library();
    const auto material = read_installation(*flags, "doctor", *context.err);
    if (!material) return fail(context, "doctor", material.error());
    const std::vector<Diagnosis> all = diagnose(**material, connect_reading);
    if (context.json) {
      *context.out << to_json(all).dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
    } else {
      print_text(*context.out, all);
    }
    for (const std::string& problem : (*material)->problems)
      *context.err << "sallyport doctor: " << one_line(problem, 2048) << "\n";
    for (const Diagnosis& one : all) {
      if (!one.usable) context.exit_code = 1;
    }
  });
}

}  // namespace sallyport::program::cli
