// SPDX-License-Identifier: Apache-2.0
// The stage's NGINX: a directory in which the operator publishes, and an agent that takes whatever is there.
#include <filesystem>

#include "reconcilers/delivery/gateways.hpp"
#include "reconcilers/publication/signer.hpp"
#include "tests/effects/stage.hpp"

namespace sallyport::testing {
/// An agent that takes whatever is published.
void Stage::install_published() {
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path)) {
    const std::string sealed = read_text(entry.path().string() + "/manifest");
    if (sealed.empty()) continue;
    const Json manifest = Json::parse(sealed.substr(sealed.find('\n') + 1));
    Json report{{"at", to_rfc3339(clock.now())}, {"serial", manifest["serial"]}, {"running", true}};
    report["endpoints"] = manifest["endpoints"];
    for (Json& endpoint : report["endpoints"]) endpoint["state"] = "Live";
    write_text(entry.path().string() + "/reports/agent.json", report.dump());
  }
}

/// A manifest and the documents that it names.
void Stage::see_publication(const std::string& directory, Outcome& seen) {
  const std::string sealed = read_text(directory + "/manifest");
  if (sealed.empty()) return;
  const std::size_t body = sealed.find('\n') + 1;
  const Json manifest = Json::parse(sealed.substr(body));
  seen["nginx:directory"] = std::filesystem::path(directory).filename().string();
  // Which key it is differs from run to run; whether it is the one that was given does not.
  const auto given =
      publication::Signer::read(store.bytes(store.operator_namespace(), "edge-signing").at("signing.key"));
  seen["nginx:signed_by"] = sealed.find(given->id()) < body ? "edge-signing" : "another";
  const auto until = parse_rfc3339(manifest["useUntil"].get<std::string>());
  const auto made = parse_rfc3339(manifest["madeAt"].get<std::string>());
  seen["nginx:use_for"] = std::to_string((*until - *made).count());
  for (const Json& entry : manifest["endpoints"]) {
    Json document = Json::parse(read_text(directory + "/objects/" + entry["document"].get<std::string>()));
    document.erase("revision");
    flatten(document, "nginx:endpoint", '/', seen);
  }
}

/// Who may fetch it from the operator.
void Stage::see_delivery(Outcome& seen) {
  for (const auto& gateway : delivery::all_delivered(caches, folder_.path)) {
    for (const auto& agent : gateway.agents) seen["delivery:agents"] += agent.ns + "/" + agent.name + " ";
  }
}

}  // namespace sallyport::testing
