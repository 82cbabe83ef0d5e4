// SPDX-License-Identifier: Apache-2.0
// The requests of a pass that have to do with client scopes: the realm's, and which of them the client has.
#include <mutex>

#include "operator/base/digest.hpp"
#include "operator/base/text.hpp"
#include "reconcilers/providers/idp/keycloak/pass.hpp"

namespace sallyport::idp::keycloak {

Result<void> Pass::note_use(const std::set<std::string>& names) {
  const std::size_t before = record_.used.size() + record_.scopes.size();
  record_.used.insert(names.begin(), names.end());
  if (record_.adopted) record_.scopes.insert(names.begin(), names.end());
  return record_.used.size() + record_.scopes.size() == before ? Result<void>{} : save();
}

Result<void> Pass::prepare_scopes_of_new_client() {
  TRY(note_use(wanted_.scopes));
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
    Result<void> attached = change("PUT", path_of("default", name));
    // It went since the list was read: another instance saw nobody use it. The next look makes it anew.
    if (!attached && attached.error().code == Code::NotFound) attached.error().code = Code::Unavailable;
    TRY(attached);
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

Result<void> Pass::remove_unused_scopes(std::set<std::string> names) {
  if (names.empty()) return {};
  const std::unique_lock alone(realm_.scopes_in_use);
  const RealmScopes realm = TRY(list_realm_scopes());
  std::erase_if(names, [&](const std::string& name) {
    const auto found = realm.find(name);
    return found == realm.end() || !found->second.ours;
  });
  TRY(leave_unused(names));
  for (const std::string& name : names) {
    realm_.recent_scopes.drop();
    TRY(change_realm_scope(name, "DELETE", "/client-scopes/" + percent_encode(realm.at(name).id), {}));
    notes_.push_back("client scope '" + one_line(name, 128) + "', which nobody uses any more, was removed");
  }
  return {};
}

Result<void> Pass::leave_unused(std::set<std::string>& names) {
  static constexpr std::size_t kPage = 200;
  for (const char* defaults : {"/default-default-client-scopes", "/default-optional-client-scopes"}) {
    if (names.empty()) return {};
    for (const auto& [name, scope] : TRY(read_scope_list(defaults))) names.erase(name);
  }
  std::string last;
  for (std::size_t first = 0; !names.empty(); first += kPage - 1) {
    const std::string path = "/clients?first=" + std::to_string(first) + "&max=" + std::to_string(kPage);
    const http::Response response = TRY(get(path));
    if (!response.ok()) return failure(response, "GET", path);
    const std::string where = realm_.admin.where("GET", path);
    const std::vector<ScopeUse> page = TRY(read_scope_uses(response.body, where));
    // Pages overlap by one client: by it a list is noticed that has moved, and hides one between two pages.
    if (!last.empty() && (page.empty() || page.front().client != last)) {
      return Error{Code::Unavailable, "the realm's clients changed while they were looked through", where, {}};
    }
    for (const ScopeUse& use : page) {
      if (!use.scopes) names.clear();
      for (const std::string& name : use.scopes.value_or(std::set<std::string>{})) names.erase(name);
    }
    if (page.size() < kPage) return {};
    last = page.back().client;
  }
  return {};
}

Result<void> Pass::change_realm_scope(const std::string& name, const std::string& method, const std::string& path,
                                      std::string body) {
  const Action action = method == "POST" ? Action::Create : method == "PUT" ? Action::Update : Action::Delete;
  http::Change change = change_of(fragment_.owner, realm_.connection.name, "scope " + name, action);
  if (!body.empty()) change.after = sha256_hex(body);
  return send_change(method, path, std::move(body), std::move(change));
}

}  // namespace sallyport::idp::keycloak
