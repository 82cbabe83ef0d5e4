// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/protected_endpoint/validate.hpp"

#include <algorithm>

#include "operator/base/text.hpp"
#include "reconcilers/shared/allow.hpp"

namespace sallyport::protected_endpoint {
namespace {

using ir::Wish;

const api::ProtectedEndpointSpec& spec_of(const Found& found) {
  return found.object->spec;
}

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

Decision present() {
  return {Wish::Present, false, {}};
}
Decision hold(Finding why) {
  return {Wish::Hold, false, std::move(why)};
}
Decision withdraw(Finding why) {
  return {Wish::Absent, true, std::move(why)};
}
Decision absent(Finding why) {
  return {Wish::Absent, false, std::move(why)};
}
Decision release(Finding why) {
  return {Wish::Release, false, std::move(why)};
}

/// Keeps the first complaint.
void complain(Finding& finding, const Finding& complaint) {
  if (finding.ok()) finding = complaint;
}

Finding missing_ref(const std::string& field, const std::string& kind, const std::string& name) {
  return {"RefNotFound", field + ": there is no " + kind + " " + in_quotes(name) + "; create it, or correct the name"};
}

// --- the identity provider's side ---------------------------------------------------------------------------------

Decision decide_client(Validated& v) {
  const Found& found = v.found;
  const api::ProtectedEndpointSpec& spec = spec_of(found);
  if (spec.client && !spec.client->manage) return absent({"NotManaged", "spec.client.manage is false"});
  if (!found.provider) {
    const Finding why =
        missing_ref("spec.identity.providerRef.name", "IdentityProvider", spec.identity.provider_ref.name);
    complain(v.resolved_refs, why);
    return hold(why);
  }
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
  const std::vector<api::GrantType> types = spec.client && !spec.client->grant_types.empty()
                                                ? spec.client->grant_types
                                                : std::vector{api::GrantType::ClientCredentials};
  if (!std::all_of(types.begin(), types.end(), [&](api::GrantType type) { return rights.grant_type(type); })) {
    return refuse("spec.client.grantTypes", "client_credentials is not an allowed grant type");
  }
  const auto adopt = found.object->meta.annotations.find(std::string(api::kAdoptClient));
  if (adopt != found.object->meta.annotations.end() && !rights.adopt(adopt->second)) {
    return refuse("metadata.annotations[sallyport.dev/adopt-client]",
                  in_quotes(adopt->second) + " may not be taken over");
  }
  return present();
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
  for (const api::AccessEntry& entry : access.grants)
    (rights.grant(entry) ? v.grants : v.refused_grants).push_back(entry);
  return present();
}

// --- the gateway's side -------------------------------------------------------------------------------------------

Decision decide_policy(Validated& v, const shared::GatewayRights& rights, const std::string& connection) {
  const std::optional<api::Enforcement>& enforcement = spec_of(v.found).identity.enforcement;
  if (!enforcement) {
    v.token_policy = {"NoPolicy",
                      "spec.identity.enforcement: name an access profile and a per-request policy on the device; "
                      "without a token policy nothing is published"};
    return withdraw(v.token_policy);
  }
  const auto refuse = [&](const std::string& field, const std::string& object) {
    v.token_policy =
        not_allowed("spec.identity.enforcement." + field, in_quotes(object) + " is not an allowed reference",
                    allow_of(connection, rights.entries));
    return withdraw(v.token_policy);
  };
  if (!rights.reference(enforcement->access_profile)) return refuse("accessProfile", enforcement->access_profile);
  if (!rights.reference(enforcement->per_request_policy))
    return refuse("perRequestPolicy", enforcement->per_request_policy);
  return present();
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

Decision decide_edge(Validated& v) {
  const Found& found = v.found;
  const api::ProtectedEndpointSpec& spec = spec_of(found);
  if (!found.gateway) {
    const Finding why = missing_ref("spec.gatewayRef.name", "F5Gateway", spec.gateway_ref.name);
    complain(v.resolved_refs, why);
    return hold(why);
  }
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
  if (spec.security && !spec.security->waf_policy.empty() && !rights.reference(spec.security->waf_policy)) {
    return refuse("spec.security.wafPolicy", in_quotes(spec.security->waf_policy) + " is not an allowed reference");
  }
  const Decision policy = decide_policy(v, rights, connection);
  if (policy.wish != Wish::Present) return policy;
  return decide_tls(v);
}

/// The owner of one connection said no: nothing may be reachable that the three do not agree on.
void close_door_on_refusal(Validated& v) {
  for (const Decision* other : {&v.client, &v.grant}) {
    if (other->withdrawn && !v.edge.withdrawn) v.edge = withdraw(other->why);
  }
}

/// A route needs its serving host, and a client decision that holds (its provider is unknown) holds the route, too.
void hold_on_missing_refs(Validated& v) {
  for (const Decision* other : {&v.client, &v.grant}) {
    if (other->wish == Wish::Hold && v.edge.wish == Wish::Present) v.edge = hold(other->why);
  }
}

bool everyone_allows_orphans(const Found& found) {
  if (!found.ns) return false;
  const std::string endpoint = spec_of(found).backends.empty() || !spec_of(found).backends.front().serving
                                   ? ""
                                   : spec_of(found).backends.front().serving->endpoint;
  return found.gateway && shared::rights(found.gateway->spec, *found.ns).orphan() && found.provider &&
         shared::rights(found.provider->spec, *found.ns).orphan() && found.workspace &&
         shared::rights(found.workspace->spec, *found.ns, endpoint).orphan();
}

/// A team that lets nothing be removed (Observe, UpsertOnly) leaves it behind, as with Orphan, if it may. If it may
/// not, the deletion waits: neither the team's word nor that of the connection's owner is broken.
void apply_deletion(Validated& v) {
  const bool keeps = spec_of(v.found).management != api::Management::Enforce;
  const bool orphan = spec_of(v.found).deletion_policy == api::DeletionPolicy::Orphan;
  const bool withdrawn = v.client.withdrawn || v.grant.withdrawn || v.edge.withdrawn;
  v.releasing = (orphan || keeps) && !withdrawn && everyone_allows_orphans(v.found);
  for (Decision* decision : {&v.client, &v.grant, &v.edge}) {
    if (decision->withdrawn) continue;
    if (v.releasing) {
      *decision = release({"Deleting", "the object is being deleted; what it made stays outside"});
    } else if (keeps) {
      *decision = hold(
          {"KeptByManagement",
           "deletion waits: spec.management lets nothing be removed, and not all connections allow it to stay behind; "
           "set spec.management to Enforce"});
    } else {
      *decision = absent({"Deleting", "the object is being deleted"});
    }
  }
}

/// Observe: look, and change nothing. UpsertOnly: make and repair, and take nothing away.
void apply_management(Validated& v) {
  const api::Management management = spec_of(v.found).management;
  if (management == api::Management::Enforce) return;
  for (Decision* decision : {&v.client, &v.grant, &v.edge}) {
    if (decision->withdrawn) continue;
    if (management == api::Management::Observe && decision->wish == Wish::Present) decision->wish = Wish::Observe;
    if (decision->wish == Wish::Absent)
      *decision = hold({"KeptByManagement", "spec.management does not let anything be removed"});
  }
  if (management != api::Management::UpsertOnly || !v.found.object->status.databricks) return;
  for (const api::AccessEntry& held : v.found.object->status.databricks->grants) v.grants.push_back(held);
}

void apply_pause(Validated& v) {
  const Finding why{"Paused", "annotation sallyport.dev/paused is true; remove it to go on"};
  for (Decision* decision : {&v.client, &v.grant, &v.edge}) {
    if (!decision->withdrawn) *decision = hold(why);
  }
}

/// A spec that cannot be read as a whole changes nothing, but what it takes away is still taken away.
void hold_invalid(Validated& v) {
  std::vector<std::string> texts;
  for (const schema::FieldError& error : v.found.object->errors) texts.push_back(error.path + " " + error.reason);
  v.accepted = {"InvalidSpec", join(texts, "; ")};
  const auto touches = [&](std::string_view prefix) {
    return std::any_of(v.found.object->errors.begin(), v.found.object->errors.end(),
                       [&](const schema::FieldError& error) { return error.path.starts_with(prefix); });
  };
  const Finding why = v.accepted;
  if (!(v.client.wish == Wish::Absent && (v.client.withdrawn || !touches("spec.client")))) v.client = hold(why);
  if (!v.edge.withdrawn || touches("spec.identity") || touches("spec.host")) v.edge = hold(why);
  const bool may_shrink = v.grant.wish == Wish::Present && !touches("spec.access") && !touches("spec.backends");
  if (!v.grant.withdrawn && !may_shrink) v.grant = hold(why);
  if (may_shrink) {
    // Only entries that are there already and still wanted: nothing new is granted from a broken spec.
    const auto& held = v.found.object->status.databricks;
    std::erase_if(v.grants, [&](const api::AccessEntry& entry) {
      if (!held) return true;
      return std::none_of(held->grants.begin(), held->grants.end(), [&](const api::AccessEntry& h) {
        return h.principal_type == entry.principal_type && h.principal == entry.principal && h.level == entry.level;
      });
    });
  }
}

}  // namespace

Validated validate(const Found& found) {
  Validated v;
  v.found = found;
  v.deleting = found.object->meta.deletion_timestamp.has_value();
  const auto paused = found.object->meta.annotations.find(std::string(api::kPaused));
  v.paused = paused != found.object->meta.annotations.end() && paused->second == "true";

  v.client = decide_client(v);
  v.grant = decide_grant(v);
  v.edge = decide_edge(v);
  close_door_on_refusal(v);
  hold_on_missing_refs(v);

  const bool orphan_refused =
      spec_of(found).deletion_policy == api::DeletionPolicy::Orphan && !everyone_allows_orphans(found);
  if (orphan_refused) {
    complain(v.accepted,
             {"NotAllowed",
              "spec.deletionPolicy: Orphan is not allowed by all of its connections; deletion will remove everything"});
  }
  if (!found.object->errors.empty() && !v.deleting) hold_invalid(v);
  if (v.deleting) {
    apply_deletion(v);
  } else {
    apply_management(v);
  }
  if (v.paused) apply_pause(v);
  return v;
}

}  // namespace sallyport::protected_endpoint
