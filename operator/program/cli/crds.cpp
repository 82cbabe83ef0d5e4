// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <iostream>
#include <nlohmann/json.hpp>

#include "operator/program/cli/cli.hpp"
#include "operator/schema/crd.hpp"
#include "operator/schema/reference.hpp"
#include "operator/schema/yaml.hpp"
#include "reconcilers/api/kinds.hpp"

namespace sallyport::program::cli {

void add_crds(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("crds", "Print the custom resource definitions, to be applied with kubectl");
  auto kind = std::make_shared<std::string>();
  auto reference = std::make_shared<bool>(false);
  command->add_option("kind", *kind, "Only this kind, such as ProtectedEndpoint");
  command->add_flag("--reference", *reference, "The reference page in Markdown instead");
  add_output(*command, context);
  command->callback([kind, reference, &context] {
    std::vector<nlohmann::ordered_json> documents;
    std::string pages;
    const auto add = [&](auto tag) {
      using K = typename decltype(tag)::Kind;
      if (!kind->empty() && *kind != schema::Kind<K>::name.kind) return;
      documents.push_back(schema::crd_document<K>());
      pages += schema::reference_page<K>();
    };
    std::apply([&](auto... tag) { (add(tag), ...); }, api::kAllKinds);
    if (documents.empty()) {
      std::cerr << "there is no kind '" << *kind << "'\n";
      context.exit_code = 1;
    } else if (*reference) {
      std::cout << pages;
    } else if (context.json) {
      std::cout << nlohmann::ordered_json(documents).dump(2) << "\n";
    } else {
      std::cout << schema::to_yaml_stream(documents);
    }
  });
}

}  // namespace sallyport::program::cli
