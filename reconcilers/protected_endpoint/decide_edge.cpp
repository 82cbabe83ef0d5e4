// SPDX-License-Identifier: Apache-2.0
// The gateway's side of the decisions: host, token policy, what goes upstream, certificate.
#include "reconcilers/protected_endpoint/decide_words.hpp"
#include "reconcilers/protected_endpoint/place.hpp"

namespace sallyport::protected_endpoint {
namespace {

using ir::Wish;

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
  if (spec.backends.size() > 1) {
    const Finding why{"NotSupported",
                      "spec.backends: a BIG-IP sends requests to one; use an NGINX gateway and Generated for more"};
    complain(v.accepted, why);
    return hold(why);  // what is there goes on
  }
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

/// Missing holds, a label taken away withdraws. `kind`: what to create, "type kubernetes.io/tls".
Decision decide_secret(Validated& v, const SecretState& state, const std::string& field, const std::string& name,
                       const std::string& kind) {
  const std::string secret = "Secret " + in_quotes(v.found.object->meta.ns + "/" + name);
  if (state.standing == SecretState::Standing::Missing) {
    const Finding why{"SecretNotFound", field + ": there is no " + secret + "; create it (" + kind +
                                            ") with the label sallyport.dev/usable-by: ProtectedEndpoint"};
    complain(v.resolved_refs, why);
    return hold(why);
  }
  if (state.standing == SecretState::Standing::NotUsable) {
    const Finding why{"SecretNotUsable", field + ": " + secret +
                                             " does not carry the label sallyport.dev/usable-by: ProtectedEndpoint; "
                                             "add it"};
    complain(v.resolved_refs, why);
    return withdraw(why);
  }
  return present();
}

/// One principal for all callers is another's power in this team's hands: its workspace's owner has to allow it, and it
/// is never the one by which the operator itself grants.
Decision decide_principal_at(Validated& v, std::size_t index) {
  const Found& found = v.found;
  const std::string& id = spec_of(found).upstream->service_principal->application_id;
  const std::string field = "spec.upstream.servicePrincipal.applicationId";
  const auto& workspace = found.backends[index].workspace;
  const auto& backends = spec_of(found).backends;
  if (!workspace || !found.ns || index >= backends.size() || !backends[index].serving)
    return present();  // the backend's own decision keeps it out of the route
  const std::string connection = "DatabricksWorkspace " + in_quotes(workspace->meta.name);
  const std::string& own = workspace->status.identity;
  if (own.empty()) {
    return hold(
        {"ConnectionNotReady", field + ": as whom the operator signs in at " + connection + " is not known yet"});
  }
  if (own == id) {
    v.token_policy = {"NotAllowed", field + ": " + in_quotes(id) +
                                        " is the operator's own, which may do more than query; name another one"};
    return withdraw(v.token_policy);
  }
  if (v.backends[index].upstream) return present();
  const auto rights = shared::rights(workspace->spec, *found.ns, backends[index].serving->endpoint);
  v.token_policy =
      not_allowed(field, in_quotes(id) + " is not an allowed principal", allow_of(connection, rights.of_namespace));
  return withdraw(v.token_policy);
}

/// It signs in at each of the backends.
Decision decide_principal(Validated& v) {
  for (std::size_t i = 0; i < v.backends.size(); ++i) {
    if (v.backends[i].grant.withdrawn) continue;  // no request goes there
    if (Decision at = decide_principal_at(v, i); at.wish != Wish::Present) return at;
  }
  const api::UpstreamPrincipal& principal = *spec_of(v.found).upstream->service_principal;
  return decide_secret(v, v.found.upstream, "spec.upstream.servicePrincipal.secretName", principal.secret_name,
                       "client_id and client_secret");
}

/// On an NGINX: what it needs to check tokens itself has to be known.
Decision decide_generated(Validated& v) {
  const Found& found = v.found;
  const api::ProtectedEndpointSpec& spec = spec_of(found);
  const auto refuse = [&](const std::string& reason, const std::string& message) {
    v.token_policy = {reason, message};
    return withdraw(v.token_policy);
  };
  if (spec.upstream && spec.upstream->type == api::UpstreamType::ByPolicy)
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
  return spec.upstream && spec.upstream->service_principal ? decide_principal(v) : present();
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

}  // namespace

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
  Decision tls = decide_secret(v, found.tls, "spec.tls.secretName", spec.tls.secret_name, "type kubernetes.io/tls");
  if (tls.wish != Wish::Present) return tls;
  return present_at(v, "spec.gatewayRef.name", connection, *found.gateway,
                    kept_slot(found.object->status, found.gateway->meta.name).has_value());
}

}  // namespace sallyport::protected_endpoint
