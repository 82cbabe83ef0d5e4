// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/protected_endpoint/decide.hpp"

#include <algorithm>

#include "operator/base/text.hpp"
#include "reconcilers/protected_endpoint/place.hpp"
#include "reconcilers/shared/allow.hpp"

namespace sallyport::protected_endpoint {
namespace {

using ir::Wish;

std::string in_quotes(const std::string& text) {
  return "'" + text + "'";
}

/// Where its owner would have to add something: the entries that speak of the namespace already, by their names.
template <class Entries>
std::string allow_of(const std::string& connection, const Entries& entries) {
  constexpr std::size_t kMostNames = 5;
  std::vector<std::string> names;
  for (const auto* entry : entries) {
    if (names.size() < kMostNames) names.push_back(in_quotes(entry->name));
  }
  const std::string place = names.empty() ? "" : " (entry " + join(names, ", ") + ")";
  return "the owner of " + connection + " to add it to spec.allow" + place;
}

Finding not_allowed(const std::string& field, const std::string& what, const std::string& whom) {
  return {"NotAllowed", field + ": " + what + "; ask " + whom};
}

Finding missing_ref(const std::string& field, const std::string& kind, const std::string& name) {
  if (name.empty()) return {"RefNotFound", field + ": must name the " + kind};
  return {"RefNotFound", field + ": there is no " + kind + " " + in_quotes(name) + "; create it, or correct the name"};
}

/// Its owner has declared the system gone for good: nothing is wanted of it any more, and what it held is dropped.
template <class Connection>
std::optional<Decision> hold_on_released(Validated& v, const std::string& field, const std::string& kind,
                                         const Connection& connection) {
  if (!shared::is_released(connection.meta)) return std::nullopt;
  const Finding why{"ConnectionReleased", field + ": " + kind + " " + in_quotes(connection.meta.name) +
                                              " is declared gone for good by its owner; name another one"};
  complain(v.resolved_refs, why);
  return hold(why);
}

/// Wanted. What has not come to be there yet may be waiting for the connection, and the connection says why. One that
/// is being deleted takes nothing new, or it would never be rid of its users.
template <class Connection>
Decision present_at(Validated& v, const std::string& field, const std::string& name, const Connection& connection,
                    bool placed) {
  if (connection.meta.deletion_timestamp && !placed) {
    const Finding why{"ConnectionDeleting",
                      field + ": " + name + " is being deleted and takes nothing new; name another one"};
    complain(v.resolved_refs, why);
    return hold(why);
  }
  Decision decision = present();
  decision.why = not_ready(name, connection.status.conditions);
  return decision;
}

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

/// On a BIG-IP: policies that exist there, and nothing that nobody would see to.
Decision decide_reference(Validated& v, const shared::GatewayRights& rights, const std::string& connection) {
  const api::ProtectedEndpointSpec& spec = spec_of(v.found);
  const api::Enforcement& enforcement = *spec.identity.enforcement;
  const auto refuse = [&](const std::string& field, const std::string& object) {
    v.token_policy =
        not_allowed("spec.identity.enforcement." + field, in_quotes(object) + " is not an allowed reference",
                    allow_of(connection, rights.entries));
    return withdraw(v.token_policy);
  };
  const std::string profile = enforcement.access_profile.value_or("");
  const std::string policy = enforcement.per_request_policy.value_or("");
  if (!rights.reference(profile)) return refuse("accessProfile", profile);
  if (!rights.reference(policy)) return refuse("perRequestPolicy", policy);
  const auto unseen = [&](const std::string& field, const std::string& why) {
    v.token_policy = {"NotEnforced", field + ": " + why + "; leave it out, or use an NGINX gateway and Generated"};
    return withdraw(v.token_policy);
  };
  if (!spec.identity.required_groups.empty())
    return unseen("spec.identity.requiredGroups", "Sallyport cannot see to what a referenced policy checks");
  if (spec.identity.cache_window)
    return unseen("spec.identity.cacheWindow", "Sallyport cannot see to how long a referenced policy remembers");
  if (spec.traffic && spec.traffic->rate_limit)
    return unseen("spec.traffic.rateLimit", "on a BIG-IP Sallyport does not know who is asking");
  if (spec.upstream && spec.upstream->type != api::UpstreamType::ByPolicy)
    return unseen("spec.upstream.type", "with enforcement Reference the policy sees to what goes upstream (ByPolicy)");
  return present();
}

/// On an NGINX: what it needs to check tokens itself has to be known.
Decision decide_generated(Validated& v) {
  const Found& found = v.found;
  const api::ProtectedEndpointSpec& spec = spec_of(found);
  const auto refuse = [&](const std::string& reason, const std::string& message) {
    v.token_policy = {reason, message};
    return withdraw(v.token_policy);
  };
  if (spec.upstream && spec.upstream->type != api::UpstreamType::TokenExchange)
    return refuse("NotEnforced", "spec.upstream.type: there is no policy that could see to it; use TokenExchange");
  if (spec.security && !spec.security->waf_policy.empty())
    return refuse("NotEnforced", "spec.security.wafPolicy: an NGINX gateway has none; leave it out, or use a BIG-IP");
  if (!found.provider || !found.ns) return present();  // the client's decision holds the route
  if (v.audience.empty()) {
    return refuse("NoAudience",
                  "spec.identity.audience: is needed, here or as spec.tokens.audience of IdentityProvider " +
                      in_quotes(found.provider->meta.name) + ": a token for anybody would be let in");
  }
  if (found.provider->status.jwks_uri.empty()) {
    const std::string provider = "IdentityProvider " + in_quotes(found.provider->meta.name);
    const Finding why = not_ready(provider, found.provider->status.conditions);
    return hold(why.ok() ? Finding{"ConnectionNotReady", provider + ": its keys have not been discovered yet"} : why);
  }
  return present();
}

Decision decide_policy(Validated& v, const shared::GatewayRights& rights, const std::string& connection) {
  const std::optional<api::Enforcement>& enforcement = spec_of(v.found).identity.enforcement;
  const bool is_nginx = v.found.gateway->spec.type == api::GatewayType::Nginx;
  if (!enforcement) {
    const std::string what =
        is_nginx ? "say type Generated" : "name an access profile and a per-request policy on the device";
    v.token_policy = {"NoPolicy",
                      "spec.identity.enforcement: " + what + "; without a token policy nothing is published"};
    return withdraw(v.token_policy);
  }
  if (is_nginx != api::is_generated(spec_of(v.found).identity)) {
    v.token_policy = {"NotEnforced", "spec.identity.enforcement.type: " + connection +
                                         (is_nginx ? " is an NGINX, which checks tokens itself: use Generated"
                                                   : " is a BIG-IP, which checks tokens by policies: use Reference")};
    return withdraw(v.token_policy);
  }
  return is_nginx ? decide_generated(v) : decide_reference(v, rights, connection);
}

Decision decide_tls(Validated& v) {
  const std::string name = spec_of(v.found).tls.secret_name;
  const std::string& ns = v.found.object->meta.ns;
  if (v.found.tls.standing == SecretState::Standing::Missing) {
    const Finding why{
        "SecretNotFound",
        "spec.tls.secretName: there is no Secret " + in_quotes(ns + "/" + name) +
            "; create it (type kubernetes.io/tls) with the label sallyport.dev/usable-by: ProtectedEndpoint"};
    complain(v.resolved_refs, why);
    return hold(why);
  }
  if (v.found.tls.standing == SecretState::Standing::NotUsable) {
    const Finding why{"SecretNotUsable",
                      "spec.tls.secretName: Secret " + in_quotes(ns + "/" + name) +
                          " does not carry the label sallyport.dev/usable-by: ProtectedEndpoint; add it"};
    complain(v.resolved_refs, why);
    return withdraw(why);
  }
  return present();
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

Decision decide_grant(Validated& v) {
  const Found& found = v.found;
  const api::ProtectedEndpointSpec& spec = spec_of(found);
  if (spec.backends.empty() || !spec.backends.front().serving)
    return hold({"InvalidSpec", "spec.backends is incomplete"});
  const api::Backend& backend = spec.backends.front();
  if (!found.workspace) {
    const Finding why =
        missing_ref("spec.backends[0].workspaceRef.name", "DatabricksWorkspace", backend.workspace_ref.name);
    complain(v.resolved_refs, why);
    return hold(why);
  }
  if (auto held = hold_on_released(v, "spec.backends[0].workspaceRef.name", "DatabricksWorkspace", *found.workspace))
    return *held;
  if (!found.ns) return hold({"NamespaceUnknown", "the namespace has not been seen yet"});
  const std::string connection = "DatabricksWorkspace " + in_quotes(found.workspace->meta.name);
  const shared::WorkspaceRights rights = shared::rights(found.workspace->spec, *found.ns, backend.serving->endpoint);
  const auto refuse = [&](const std::string& field, const std::string& what) {
    const Finding why = not_allowed(field, what, allow_of(connection, rights.of_namespace));
    complain(v.accepted, why);
    return withdraw(why);
  };
  if (rights.of_namespace.empty()) {
    return refuse("spec.backends[0].workspaceRef", "namespace " + in_quotes(found.ns->name) + " may not use it");
  }
  if (rights.entries.empty()) {
    return refuse("spec.backends[0].serving.endpoint",
                  in_quotes(backend.serving->endpoint) + " is not an allowed serving endpoint");
  }
  const api::Access access = spec.access.value_or(api::Access{});
  if (!rights.mode(access.mode)) return refuse("spec.access.mode", "Additive is not an allowed mode");
  for (const api::AccessEntry& entry : access.grants) {
    auto& list = !rights.grant(entry) ? v.refused_grants : has_ended(entry, found.now) ? v.ended_grants : v.grants;
    list.push_back(entry);
  }
  const bool placed = placement_of(found.object->status, found.workspace->meta.name,
                                   grant_placement_id(backend.serving->endpoint)) != nullptr;
  if (found.workspace_winner && !placed) {
    const Finding why{"Conflicted", "spec.backends[0].workspaceRef.name: DatabricksWorkspace " +
                                        in_quotes(found.workspace_winner->meta.name) +
                                        " is older and speaks for the same workspace; name that one"};
    complain(v.resolved_refs, why);
    return hold(why);
  }
  return present_at(v, "spec.backends[0].workspaceRef.name", connection, *found.workspace, placed);
}

// --- the gateway's side -------------------------------------------------------------------------------------------

Decision decide_edge(Validated& v) {
  const Found& found = v.found;
  const api::ProtectedEndpointSpec& spec = spec_of(found);
  if (!found.gateway) {
    const Finding why = missing_ref("spec.gatewayRef.name", "F5Gateway", spec.gateway_ref.name);
    complain(v.resolved_refs, why);
    return hold(why);
  }
  if (auto held = hold_on_released(v, "spec.gatewayRef.name", "F5Gateway", *found.gateway)) return *held;
  if (!found.ns) return hold({"NamespaceUnknown", "the namespace has not been seen yet"});
  const std::string connection = "F5Gateway " + in_quotes(found.gateway->meta.name);
  const shared::GatewayRights rights = shared::rights(found.gateway->spec, *found.ns);
  const auto refuse = [&](const std::string& field, const std::string& what) {
    const Finding why = not_allowed(field, what, allow_of(connection, rights.entries));
    complain(v.accepted, why);
    return withdraw(why);
  };
  if (rights.entries.empty())
    return refuse("spec.gatewayRef", "namespace " + in_quotes(found.ns->name) + " may not use it");
  if (!rights.host(spec.host)) return refuse("spec.host", in_quotes(spec.host) + " is not an allowed host");
  if (found.host_winner) {
    v.conflicted = {"HostClaimed", "spec.host: " + in_quotes(spec.host) + " belongs to " + found.host_winner->meta.ns +
                                       "/" + found.host_winner->meta.name +
                                       ", which is older; this one is served when that one goes"};
    return withdraw(v.conflicted);
  }
  const bool has_waf = found.gateway->spec.type == api::GatewayType::BigIp && spec.security;
  if (has_waf && !spec.security->waf_policy.empty() && !rights.reference(spec.security->waf_policy)) {
    return refuse("spec.security.wafPolicy", in_quotes(spec.security->waf_policy) + " is not an allowed reference");
  }
  Decision policy = decide_policy(v, rights, connection);
  if (policy.wish != Wish::Present) return policy;
  Decision tls = decide_tls(v);
  if (tls.wish != Wish::Present) return tls;
  return present_at(v, "spec.gatewayRef.name", connection, *found.gateway,
                    kept_slot(found.object->status, found.gateway->meta.name).has_value());
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

bool holds_grants_at(const api::ProtectedEndpointStatus& status, const api::Backend& backend) {
  if (!backend.serving) return false;
  const api::Placement* place =
      placement_of(status, backend.workspace_ref.name, grant_placement_id(backend.serving->endpoint));
  return place != nullptr && !place->hash.empty();
}

std::vector<api::AccessEntry> held_and_allowed(const Validated& v) {
  const api::ProtectedEndpointSpec& spec = spec_of(v.found);
  const auto& databricks = v.found.object->status.databricks;
  const bool known = v.found.workspace && v.found.ns && !spec.backends.empty() && spec.backends.front().serving;
  if (!databricks || !known || !holds_grants_at(v.found.object->status, spec.backends.front())) return {};
  const auto rights = shared::rights(v.found.workspace->spec, *v.found.ns, spec.backends.front().serving->endpoint);
  std::vector<api::AccessEntry> allowed;
  std::copy_if(databricks->grants.begin(), databricks->grants.end(), std::back_inserter(allowed),
               [&](const api::AccessEntry& entry) { return rights.grant(entry) && !has_ended(entry, v.found.now); });
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
  if (found.object->status.databricks) consider(found.object->status.databricks->grants);
  return next;
}

}  // namespace sallyport::protected_endpoint
