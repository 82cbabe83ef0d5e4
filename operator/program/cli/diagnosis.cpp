// SPDX-License-Identifier: Apache-2.0
#include "operator/program/cli/diagnosis.hpp"

#include <nlohmann/json.hpp>

#include "operator/base/text.hpp"
#include "operator/program/cli/systems.hpp"
#include "operator/program/cli/table.hpp"
#include "reconcilers/identity_provider/identity_config.hpp"
#include "reconcilers/shared/connection.hpp"

namespace sallyport::program::cli {
namespace {

constexpr std::size_t kLongestLine = 600;

Diagnosis unusable(std::string_view kind, const std::string& name, const Error& error) {
  std::string text = error.text();
  const std::string itself = std::string(kind).append(" ").append(name).append(": ");
  if (text.starts_with(itself)) text.erase(0, itself.size());
  return {std::string(kind), name, false, text + shared::advice_on(error, "its spec"), {}};
}

Diagnosis of_gateway(Systems& systems, const std::string& name) {
  constexpr std::string_view kKind = "F5Gateway";
  const auto gateway = systems.gateway(name);
  if (!gateway) return unusable(kKind, name, gateway.error());
  const Result<edge::Condition> condition = (*gateway)->check({});
  if (!condition) return unusable(kKind, name, condition.error());
  const std::string version = condition->version.empty() ? "" : condition->version + " ";
  const std::string unit = condition->active_unit.empty() ? "" : "at " + condition->active_unit + ", which is ACTIVE";
  std::string says = version + unit;
  if (says.empty()) says = "what is published can be read";
  if (condition->incomplete) says = "what was published is not seen from here; it is on the operator's own volume";
  return {std::string(kKind), name, true, says, condition->notes};
}

/// Judged as the operator does: keys that verify nothing make it useless, though it answers.
Diagnosis of_provider(Systems& systems, const store::Object<api::IdentityProvider>& object, SystemTime now) {
  constexpr std::string_view kKind = "IdentityProvider";
  const std::string& name = object.meta.name;
  const auto provider = systems.provider(name);
  if (!provider) return unusable(kKind, name, provider.error());
  const Result<idp::Discovery> found = (*provider)->discover({});
  if (!found) return unusable(kKind, name, found.error());
  api::IdentityProviderStatus status = object.status;
  identity_provider::tell_identity_config(std::optional{found}, object.spec, now, status);
  const schema::Condition* current = schema::find_condition(status.conditions, "IdentityConfigCurrent");
  Diagnosis diagnosis{std::string(kKind),
                      name,
                      current->status == schema::ConditionStatus::True,
                      current->message,
                      {"tokens from " + found->token_endpoint, "keys at " + found->jwks_uri}};
  if (found->registration_endpoint.empty()) return diagnosis;
  diagnosis.details.push_back("clients are registered at " + found->registration_endpoint);
  return diagnosis;
}

Diagnosis of_workspace(Systems& systems, const std::string& name) {
  constexpr std::string_view kKind = "DatabricksWorkspace";
  const auto workspace = systems.workspace(name);
  if (!workspace) return unusable(kKind, name, workspace.error());
  const Result<std::string> identity = (*workspace)->check({});
  if (!identity) return unusable(kKind, name, identity.error());
  return {std::string(kKind), name, true, "signs in as " + *identity, {}};
}

}  // namespace

std::vector<Diagnosis> diagnose(Material& material, const shared::Connect& connect) {
  Systems systems(material, connect);
  std::vector<Diagnosis> all;
  for (const auto& gateway : material.caches.gateways.list()) all.push_back(of_gateway(systems, gateway->meta.name));
  for (const auto& provider : material.caches.providers.list())
    all.push_back(of_provider(systems, *provider, system_clock().now()));
  for (const auto& workspace : material.caches.workspaces.list())
    all.push_back(of_workspace(systems, workspace->meta.name));
  return all;
}

void print_text(std::ostream& out, const std::vector<Diagnosis>& all) {
  const bool colour = may_colour(out);
  for (const Diagnosis& one : all) {
    out << paint(one.usable ? "ok" : "!!", one.usable ? Tone::Good : Tone::Bad, colour) << "  " << one.kind << " "
        << one_line(one.name) << ": " << one_line(one.says, kLongestLine) << "\n";
    for (const std::string& detail : one.details) out << "      " << one_line(detail, kLongestLine) << "\n";
  }
  if (all.empty()) out << "no connections are declared\n";
}

nlohmann::ordered_json to_json(const std::vector<Diagnosis>& all) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const Diagnosis& one : all) {
    list.push_back(
        {{"kind", one.kind}, {"name", one.name}, {"usable", one.usable}, {"says", one.says}, {"details", one.details}});
  }
  return list;
}

}  // namespace sallyport::program::cli
