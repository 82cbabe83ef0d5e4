// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/protected_endpoint/decide.hpp"

#include <algorithm>

#include "reconcilers/protected_endpoint/decide_words.hpp"
#include "reconcilers/protected_endpoint/place.hpp"

namespace sallyport::protected_endpoint {
namespace {

/// Whether the client at this provider is that one already: it was taken over when it was allowed, and that the owner
/// tidies the list afterwards takes nothing back.
bool has_adopted(const Found& found, const std::string& client_id) {
  const api::ProtectedEndpointStatus& status = found.object->status;
  const api::Placement* place =
      placement_of(status, found.provider->meta.name, client_placement_id(found.object->meta.uid));
  return status.client && status.client->id == client_id && place != nullptr && !place->hash.empty();
}

/// A wrong annotation asks for another client than the one that works: nobody loses that one by it.
std::optional<Decision> hold_on_adoption(Validated& v, const shared::IdentityRights& rights,
                                         const std::string& connection) {
  const auto& annotations = v.found.object->meta.annotations;
  const auto adopt = annotations.find(std::string(api::kAdoptClient));
  if (adopt == annotations.end() || rights.adopt(adopt->second) || has_adopted(v.found, adopt->second))
    return std::nullopt;
  const Finding why =
      not_allowed("metadata.annotations[sallyport.dev/adopt-client]",
                  in_quotes(adopt->second) + " may not be taken over", allow_of(connection, rights.entries));
  complain(v.accepted, why);
  return hold(why);
}

}  // namespace

Finding not_ready(const std::string& connection, const std::vector<schema::Condition>& conditions) {
  const schema::Condition* ready = schema::find_condition(conditions, "Ready");
  if (ready == nullptr || ready->status != schema::ConditionStatus::False) return {};
  return {"ConnectionNotReady", connection + " is not ready: " + ready->reason + ": " + ready->message};
}

// --- the identity provider's side ---------------------------------------------------------------------------------

Decision decide_client(Validated& v) {
  const Found& found = v.found;
  const api::ProtectedEndpointSpec& spec = spec_of(found);
  if (!found.provider) {
    const Finding why =
        missing_ref("spec.identity.providerRef.name", "IdentityProvider", spec.identity.provider_ref.name);
    complain(v.resolved_refs, why);
    return hold(why);
  }
  if (auto held = hold_on_released(v, "spec.identity.providerRef.name", "IdentityProvider", *found.provider))
    return *held;
  if (!found.ns) return hold({"NamespaceUnknown", "the namespace has not been seen yet"});
  const std::string connection = "IdentityProvider " + in_quotes(found.provider->meta.name);
  const shared::IdentityRights rights = shared::rights(found.provider->spec, *found.ns);
  const auto refuse = [&](const std::string& field, const std::string& what) {
    const Finding why = not_allowed(field, what, allow_of(connection, rights.entries));
    complain(v.accepted, why);
    return withdraw(why);
  };
  if (rights.entries.empty())
    return refuse("spec.identity.providerRef", "namespace " + in_quotes(found.ns->name) + " may not use it");
  v.audience = spec.identity.audience;
  if (v.audience.empty() && found.provider->spec.tokens) v.audience = found.provider->spec.tokens->audience;
  if (!v.audience.empty() && !rights.audience(v.audience)) {
    return refuse("spec.identity.audience", in_quotes(v.audience) + " is not an allowed audience");
  }
  for (std::size_t i = 0; i < spec.identity.required_scopes.size(); ++i) {
    const std::string& scope = spec.identity.required_scopes[i];
    if (!rights.scope(scope)) {
      return refuse("spec.identity.requiredScopes[" + std::to_string(i) + "]",
                    in_quotes(scope) + " is not an allowed scope");
    }
  }
  // Whoever sees to the client: tokens of this provider open the door.
  if (spec.client && !spec.client->manage) return absent({"NotManaged", "spec.client.manage is false"});
  const std::vector<api::GrantType> types = spec.client && !spec.client->grant_types.empty()
                                                ? spec.client->grant_types
                                                : std::vector{api::GrantType::ClientCredentials};
  if (!std::all_of(types.begin(), types.end(), [&](api::GrantType type) { return rights.grant_type(type); })) {
    return refuse("spec.client.grantTypes", "client_credentials is not an allowed grant type");
  }
  if (auto held = hold_on_adoption(v, rights, connection)) return *held;
  return present_at(v, "spec.identity.providerRef.name", connection, *found.provider,
                    placement_of(found.object->status, found.provider->meta.name,
                                 client_placement_id(found.object->meta.uid)) != nullptr);
}

// --- the workspace's side -----------------------------------------------------------------------------------------

namespace {

/// Fills in, too, whom the backend is to let in.
Decision decide_grant(Validated& v, std::size_t index, BackendDecision& decided) {
  const Found& found = v.found;
  const api::ProtectedEndpointSpec& spec = spec_of(found);
  if (index >= spec.backends.size() || !spec.backends[index].serving)
    return hold({"InvalidSpec", "spec.backends is incomplete"});
  const api::Backend& backend = spec.backends[index];
  const auto& [workspace, winner] = found.backends[index];
  const std::string ref = backend_field(index) + ".workspaceRef.name";
  if (!workspace) {
    const Finding why = missing_ref(ref, "DatabricksWorkspace", backend.workspace_ref.name);
    complain(v.resolved_refs, why);
    return hold(why);
  }
  if (auto held = hold_on_released(v, ref, "DatabricksWorkspace", *workspace)) return *held;
  if (!found.ns) return hold({"NamespaceUnknown", "the namespace has not been seen yet"});
  const std::string connection = "DatabricksWorkspace " + in_quotes(workspace->meta.name);
  const shared::WorkspaceRights rights = shared::rights(workspace->spec, *found.ns, backend.serving->endpoint);
  const auto refuse = [&](const std::string& field, const std::string& what) {
    const Finding why = not_allowed(field, what, allow_of(connection, rights.of_namespace));
    complain(v.accepted, why);
    return withdraw(why);
  };
  if (rights.of_namespace.empty()) {
    return refuse(backend_field(index) + ".workspaceRef", "namespace " + in_quotes(found.ns->name) + " may not use it");
  }
  if (rights.entries.empty()) {
    return refuse(backend_field(index) + ".serving.endpoint",
                  in_quotes(backend.serving->endpoint) + " is not an allowed serving endpoint");
  }
  const api::Access access = spec.access.value_or(api::Access{});
  if (!rights.mode(access.mode)) return refuse("spec.access.mode", "Additive is not an allowed mode");
  for (const api::AccessEntry& entry : access.grants) {
    auto& list = !rights.grant(entry) ? decided.refused : has_ended(entry, found.now) ? decided.ended : decided.grants;
    list.push_back(entry);
  }
  if (spec.upstream && spec.upstream->service_principal) {
    const api::AccessEntry upstream{api::GrantPrincipalType::ServicePrincipal,
                                    spec.upstream->service_principal->application_id, api::AccessLevel::CanQuery};
    if (rights.grant(upstream)) decided.upstream = upstream;
  }
  const bool placed = placement_of(found.object->status, workspace->meta.name,
                                   grant_placement_id(backend.serving->endpoint)) != nullptr;
  if (winner && !placed) {
    const Finding why{"Conflicted", ref + ": DatabricksWorkspace " + in_quotes(winner->meta.name) +
                                        " is older and speaks for the same workspace; name that one"};
    complain(v.resolved_refs, why);
    return hold(why);
  }
  return present_at(v, ref, connection, *workspace, placed);
}

}  // namespace

std::string backend_field(std::size_t index) {
  return "spec.backends[" + std::to_string(index) + "]";
}

BackendDecision decide_backend(Validated& v, std::size_t index) {
  BackendDecision decided;
  decided.grant = decide_grant(v, index, decided);
  return decided;
}

// --- what the ledger has ------------------------------------------------------------------------------------------

OwnersWord owners_word(const Found& found, const api::Placement& placement) {
  const auto say = [&](const auto& connections, const auto& rights_at) {
    const auto connection = connections.find(placement.connection);
    if (connection == connections.end() || !connection->second || !found.ns) return OwnersWord::Unknown;
    const auto rights = rights_at(connection->second->spec);
    if (rights.entries.empty()) return OwnersWord::Refused;
    return rights.orphan() ? OwnersWord::MayStay : OwnersWord::Allowed;
  };
  const auto of_namespace = [&](const auto& spec) { return shared::rights(spec, *found.ns); };
  switch (placement.system) {
    case api::PlacementSystem::F5:
      return say(found.placed_at.gateways, of_namespace);
    case api::PlacementSystem::OIDC:
      return say(found.placed_at.providers, of_namespace);
    case api::PlacementSystem::Databricks:
      break;
  }
  return say(found.placed_at.workspaces, [&](const api::DatabricksWorkspaceSpec& spec) {
    return shared::rights(spec, *found.ns, parse_grant_placement(placement.id));
  });
}

const api::DatabricksStatus* told_of(const api::ProtectedEndpointStatus& status, const api::Backend& backend) {
  const auto told = std::ranges::find_if(status.databricks, [&](const api::DatabricksStatus& one) {
    return backend.serving && one.workspace == backend.workspace_ref.name &&
           one.serving_endpoint == backend.serving->endpoint;
  });
  return told == status.databricks.end() ? nullptr : &*told;
}

bool holds_grants_at(const api::ProtectedEndpointStatus& status, const api::Backend& backend) {
  if (!backend.serving) return false;
  const api::Placement* place =
      placement_of(status, backend.workspace_ref.name, grant_placement_id(backend.serving->endpoint));
  return place != nullptr && !place->hash.empty();
}

std::vector<api::AccessEntry> held_and_allowed(const Found& found, std::size_t index) {
  const api::ProtectedEndpointSpec& spec = spec_of(found);
  const auto& workspace = found.backends[index].workspace;
  if (!workspace || !found.ns || index >= spec.backends.size()) return {};
  const api::Backend& backend = spec.backends[index];
  const api::DatabricksStatus* told = told_of(found.object->status, backend);
  if (told == nullptr || !holds_grants_at(found.object->status, backend)) return {};
  const auto rights = shared::rights(workspace->spec, *found.ns, backend.serving->endpoint);
  std::vector<api::AccessEntry> allowed;
  std::ranges::copy_if(told->grants, std::back_inserter(allowed), [&](const api::AccessEntry& entry) {
    return rights.grant(entry) && !has_ended(entry, found.now);
  });
  return allowed;
}

bool has_ended(const api::AccessEntry& entry, SystemTime now) {
  if (entry.until.empty()) return false;
  const Result<SystemTime> until = parse_rfc3339(entry.until);
  return !until || *until <= now;  // a time that cannot be read gives nothing
}

std::optional<SystemTime> next_end(const Found& found) {
  std::optional<SystemTime> next;
  const auto consider = [&](const std::vector<api::AccessEntry>& entries) {
    for (const api::AccessEntry& entry : entries) {
      if (entry.until.empty()) continue;
      const Result<SystemTime> until = parse_rfc3339(entry.until);
      if (until && *until > found.now && (!next || *until < *next)) next = *until;
    }
  };
  if (spec_of(found).access) consider(spec_of(found).access->grants);
  for (const api::DatabricksStatus& told : found.object->status.databricks) consider(told.grants);
  return next;
}

}  // namespace sallyport::protected_endpoint
