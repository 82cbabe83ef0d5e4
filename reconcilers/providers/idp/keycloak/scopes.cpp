// SPDX-License-Identifier: Apache-2.0
// The requests of a pass that have to do with client scopes: the realm's, and which of them the client has.
#include "operator/base/digest.hpp"
#include "reconcilers/providers/idp/keycloak/pass.hpp"

namespace sallyport::idp::keycloak {

Result<void> Pass::prepare_scopes_of_new_client() {
  if (realm_.recent_scopes.have(wanted_.scopes)) return {};
  TRY(make_missing_scopes(wanted_.scopes, TRY(list_realm_scopes())));
  return {};
}

Result<void> Pass::set_scopes(const Seen& seen, const Gap& gap) {
  // PUT of the client ignores its scopes: they have places of their own (oidc.md 3.2).
  RealmScopes realm = TRY(list_realm_scopes());
  if (TRY(make_missing_scopes(gap.attach, realm))) realm = TRY(list_realm_scopes());
  const auto path_of = [&](const char* kind, const std::string& name) {
    const auto found = realm.find(name);
    return "/clients/" + record_.id + "/" + kind + "-client-scopes/" +
           percent_encode(found == realm.end() ? "" : found->second.id);
  };
  for (const std::string& name : gap.detach) {
    const char* kind = seen.default_scopes.contains(name) ? "default" : "optional";
    if (realm.contains(name)) TRY(change("DELETE", path_of(kind, name)));
  }
  for (const std::string& name : gap.attach) {
    // Attaching one that is optional as a default answers 204 and does nothing (measured with 26.7).
    if (seen.optional_scopes.contains(name)) TRY(change("DELETE", path_of("optional", name)));
    TRY(change("PUT", path_of("default", name)));
  }
  return {};
}

Result<RealmScopes> Pass::list_realm_scopes() {
  RealmScopes scopes = TRY(read_scope_list("/client-scopes"));
  realm_.recent_scopes.keep(scopes);
  return scopes;
}

Result<RealmScopes> Pass::read_scope_list(const std::string& path) {
  const http::Response response = TRY(get(path));
  if (!response.ok()) return failure(response, "GET", path);
  return read_realm_scopes(response.body, realm_.admin.where("GET", path), wanted_.instance);
}

Result<bool> Pass::make_missing_scopes(const std::set<std::string>& needed, const RealmScopes& realm) {
  bool made = false;
  for (const std::string& name : needed) {
    const auto found = realm.find(name);
    if (found != realm.end() && found->second.is_usable()) continue;
    if (found != realm.end() && (!found->second.ours || found->second.protocol != "openid-connect")) {
      return needs_a_person("the realm's client scope '" + name +
                                "' is not put into tokens; its owner has to switch on \"Include in token scope\"",
                            realm_.admin.where("GET", "/client-scopes/" + found->second.id));
    }
    TRY(make_realm_scope(name, found == realm.end() ? "" : found->second.id));
    made = true;
  }
  return made;
}

Result<void> Pass::make_realm_scope(const std::string& name, const std::string& existing) {
  realm_.recent_scopes.drop();
  std::string body = realm_scope_body(name, wanted_.instance);
  if (!existing.empty()) return change_realm_scope(name, "PUT", "/client-scopes/" + percent_encode(existing), body);
  Result<void> made = change_realm_scope(name, "POST", "/client-scopes", std::move(body));
  // Another client's pass was quicker.
  if (!made && made.error().code == Code::Conflict) return {};
  return made;
}

Result<void> Pass::change_realm_scope(const std::string& name, const std::string& method, const std::string& path,
                                      std::string body) {
  const Action action = method == "POST" ? Action::Create : Action::Update;
  http::Change change = change_of(fragment_.owner, realm_.connection.name, "scope " + name, action);
  change.after = sha256_hex(body);
  return send_change(method, path, std::move(body), std::move(change));
}

}  // namespace sallyport::idp::keycloak
