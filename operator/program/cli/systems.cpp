// SPDX-License-Identifier: Apache-2.0
#include "operator/program/cli/systems.hpp"

#include <algorithm>

#include "reconcilers/databricks_workspace/connection.hpp"
#include "reconcilers/f5_gateway/connection.hpp"
#include "reconcilers/identity_provider/connection.hpp"
#include "reconcilers/protected_endpoint/decide.hpp"
#include "reconcilers/shared/addresses.hpp"
#include "reconcilers/shared/connection.hpp"

namespace sallyport::program::cli {
namespace {

using protected_endpoint::Finding;
using protected_endpoint::Validated;

/// What the connection reconciler does before it makes a provider, in the same order.
template <class Traits>
Result<typename Traits::Description> describe(const Material& material, const std::string& name) {
  const std::string kind(Traits::kKind);
  const auto object = Traits::cache(material.caches).get("", name);
  if (!object) return Error{Code::NotFound, "there is none of that name", kind + " " + name, {}};
  const auto in_it = [&](Error error) {
    error.where = kind + " " + name + ": " + error.where;
    return error;
  };
  if (!object->errors.empty()) return in_it(schema::to_error(object->errors));
  const shared::CredentialsName credentials = Traits::credentials(name, object->spec);
  const ir::SecretHandle handle = shared::credentials_handle(*material.store, credentials.secret);
  auto description = Traits::build(name, object->spec, handle, material.instance);
  bool made_when_missing = false;
  if constexpr (requires { Traits::new_credentials(description); })
    made_when_missing = Traits::new_credentials(description).has_value();
  if (!credentials.secret.empty() && handle.name.empty() && !made_when_missing)
    return in_it(shared::missing_credentials(*material.store, credentials.secret, credentials.field));
  return description;
}

template <class Map, class Make>
auto once(Map& made, const std::string& name, Make make) -> Result<decltype(made.at(name)->get())> {
  auto found = made.find(name);
  if (found == made.end()) found = made.emplace(name, make()).first;
  if (!found->second) return found->second.error();
  return found->second->get();
}

std::string words_of(const api::AccessEntry& entry) {
  static constexpr std::array kTypes{"User", "Group", "ServicePrincipal"};
  static constexpr std::array kLevels{"CanView", "CanQuery", "CanManage"};
  return std::string(kTypes.at(static_cast<std::size_t>(entry.principal_type))) + " '" + entry.principal + "' at " +
         kLevels.at(static_cast<std::size_t>(entry.level));
}

}  // namespace

Systems::Systems(Material& material, shared::Connect connect)
    : material_(material),
      connect_(std::move(connect)),
      secrets_(*material.store),
      vault_(*material.store),
      ledgers_(*material.store, material.caches) {}

Systems::~Systems() {
  close();
}

void Systems::close() {
  for (auto& [name, gateway] : gateways_)
    if (gateway) (*gateway)->close({});
  gateways_.clear();
}

Result<edge::EdgeProvider*> Systems::gateway(const std::string& name) {
  return once(gateways_, name, [&]() -> Result<std::unique_ptr<edge::EdgeProvider>> {
    const auto connection = TRY(describe<f5_gateway::Traits>(material_, name));
    return edge::make_edge_provider(
        connection,
        {connect_, secrets_, system_clock(), system_random(), {}, f5_gateway::placed_on(material_.caches, name)});
  });
}

Result<idp::IdpProvider*> Systems::provider(const std::string& name) {
  return once(providers_, name, [&]() -> Result<std::unique_ptr<idp::IdpProvider>> {
    const auto connection = TRY(describe<identity_provider::Traits>(material_, name));
    idp::Surroundings around{connect_, secrets_, vault_, system_clock(), system_random()};
    around.can_keep = false;
    return idp::make_idp_provider(connection, std::move(around));
  });
}

Result<data::DataProvider*> Systems::workspace(const std::string& name) {
  return once(workspaces_, name, [&]() -> Result<std::unique_ptr<data::DataProvider>> {
    const auto connection = TRY(describe<databricks_workspace::Traits>(material_, name));
    return data::make_data_provider(connection, {connect_, secrets_, ledgers_, system_clock(), system_random()});
  });
}

std::vector<protected_endpoint::KnownServing> Systems::serving(Validated& v) {
  const auto at = [&](std::size_t index) -> protected_endpoint::KnownServing {
    const api::Backend& backend = v.found.object->spec.backends[index];
    const ServingRef ref = serving_of(backend);
    if (ref.endpoint.empty() || !v.found.backends[index].workspace) return {};
    auto known = serving_.find(ref);
    if (known == serving_.end()) {
      data::ServingEndpoint found;
      if (const auto system = workspace(ref.workspace)) {
        if (const auto resolved = (*system)->resolve(ref.endpoint, {})) found = *resolved;
      }
      known = serving_.emplace(ref, std::move(found)).first;
    }
    if (!known->second.invocations_url.empty())
      return {known->second.invocations_url, known->second.authorization_details};
    const api::DatabricksStatus* told = protected_endpoint::told_of(v.found.object->status, backend);
    return told == nullptr ? protected_endpoint::KnownServing{}
                           : protected_endpoint::KnownServing{told->invocations_url, told->authorization_details};
  };
  std::vector<protected_endpoint::KnownServing> all;
  std::vector<bool> open;
  for (std::size_t i = 0; i < v.found.object->spec.backends.size(); ++i) {
    all.push_back(at(i));
    open.push_back(!all.back().invocations_url.empty());
  }
  protected_endpoint::close_door_on_refusal(v, open);
  return all;
}

std::vector<Complaint> complaints_of(const Validated& v) {
  std::vector<Complaint> complaints;
  const auto add = [&](Complaint complaint) {
    if (complaint.reason.empty() || std::find(complaints.begin(), complaints.end(), complaint) != complaints.end())
      return;
    complaints.push_back(std::move(complaint));
  };
  for (const schema::FieldError& error : v.found.object->errors) add({"InvalidSpec", error.path + " " + error.reason});
  for (const Finding* finding : {&v.accepted, &v.resolved_refs, &v.token_policy, &v.conflicted}) {
    if (finding->reason != "InvalidSpec") add({finding->reason, finding->message});
  }
  for (std::size_t i = 0; i < v.backends.size(); ++i) {
    const auto& workspace = v.found.backends[i].workspace;
    for (const api::AccessEntry& entry : v.backends[i].refused) {
      add({"NotAllowed", "spec.access.grants: " + words_of(entry) +
                             " is not allowed; ask the owner of DatabricksWorkspace '" +
                             (workspace ? workspace->meta.name : "") + "' to add it to spec.allow"});
    }
  }
  return complaints;
}

std::vector<std::string> connection_faults(const shared::Caches& caches) {
  std::vector<std::string> faults;
  const auto add = [&](std::string_view kind, const auto& cache) {
    for (const auto& object : cache.list()) {
      for (const schema::FieldError& error : object->errors)
        faults.push_back(std::string(kind).append(" ").append(object->meta.name) + ": " + error.path + " " +
                         error.reason);
    }
  };
  add("F5Gateway", caches.gateways);
  add("IdentityProvider", caches.providers);
  add("DatabricksWorkspace", caches.workspaces);
  return faults;
}

Slots::Slots(const Material& material)
    : slots_(material.caches, material.instance), on_device_(std::make_shared<const std::set<std::string>>()) {}

void Slots::take_addresses(const std::set<std::string>& in_use) {
  std::set<std::string> all = *on_device_;
  all.insert(in_use.begin(), in_use.end());
  on_device_ = std::make_shared<const std::set<std::string>>(std::move(all));
}

Result<std::optional<protected_endpoint::Slot>> Slots::slot_for(const Validated& v) {
  const auto& object = v.found.object;
  if (auto kept = protected_endpoint::kept_slot(object->status, object->spec.gateway_ref.name)) return kept;
  const bool wants_one = v.edge.wish == ir::Wish::Present || v.edge.wish == ir::Wish::Observe;
  if (!wants_one || !v.found.gateway) return std::optional<protected_endpoint::Slot>{};
  return std::optional{TRY(slots_.reserve(object, v.found.gateway->spec, on_device_))};
}

ServingRef serving_of(const api::Backend& backend) {
  return {backend.workspace_ref.name, backend.serving ? backend.serving->endpoint : ""};
}

}  // namespace sallyport::program::cli
