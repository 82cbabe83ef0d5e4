// SPDX-License-Identifier: Apache-2.0
// The requests of a pass to Keycloak, reads and changes.
#include <nlohmann/json.hpp>

#include "reconcilers/providers/idp/keycloak/pass.hpp"

namespace sallyport::idp::keycloak {
namespace {

using Json = nlohmann::json;

std::string text_of(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace

Result<void> Pass::create() {
  Result<void> made = change("POST", "/clients", create_body(wanted_));
  if (made || made.error().code != Code::Conflict) return made;
  // Either the answer to an earlier try was lost, or the clientId is somebody else's.
  if (TRY(observe(record_.id))) return {};
  return needs_a_person("client '" + record_.client_id +
                            "' exists in the realm and is not ours; to take it over, annotate the object with "
                            "sallyport.dev/adopt-client",
                        made.error().where);
}

Result<void> Pass::repair(const Seen& seen, const Gap& gap) {
  if (record_.adopted && !gap.attach.empty()) {
    // Before they are attached, so that a later wish without them takes them off.
    const std::size_t before = record_.scopes.size();
    record_.scopes.insert(gap.attach.begin(), gap.attach.end());
    if (record_.scopes.size() != before) TRY(save());
  }
  if (!gap.fields.empty()) TRY(change("PUT", "/clients/" + record_.id, update_body(wanted_)));
  if (!gap.mapper.empty()) TRY(set_mapper(seen));
  if (!gap.attach.empty() || !gap.detach.empty()) TRY(set_scopes(seen, gap));
  return {};
}

Result<void> Pass::set_mapper(const Seen& seen) {
  const std::string models = "/clients/" + record_.id + "/protocol-mappers/models";
  const std::string one = models + "/" + percent_encode(seen.mapper_id);
  if (wanted_.audience.empty()) return change("DELETE", one);
  if (seen.mapper_id.empty()) return change("POST", models, mapper_body(wanted_, ""));
  return change("PUT", one, mapper_body(wanted_, seen.mapper_id));
}

Result<void> Pass::set_scopes(const Seen& seen, const Gap& gap) {
  // PUT of the client ignores its scopes: they have places of their own (oidc.md 3.2).
  const std::string client = "/clients/" + record_.id;
  const RealmScopes realm = TRY(prepare_realm_scopes(gap.attach));
  const auto path_of = [&](const char* kind, const std::string& name) {
    const auto found = realm.find(name);
    return client + "/" + kind + "-client-scopes/" + percent_encode(found == realm.end() ? "" : found->second.id);
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

Result<Pass::RealmScopes> Pass::prepare_realm_scopes(const std::set<std::string>& needed) {
  RealmScopes realm = TRY(read_realm_scopes());
  bool made = false;
  for (const std::string& name : needed) {
    const auto found = realm.find(name);
    if (found == realm.end()) {
      TRY(make_realm_scope(name, nullptr));
      made = true;
      continue;
    }
    const RealmScope& scope = found->second;
    if (scope.protocol == "openid-connect" && scope.in_token) continue;
    if (!scope.ours || scope.protocol != "openid-connect") {
      return needs_a_person("the realm's client scope '" + name +
                                "' is not put into tokens; its owner has to switch on \"Include in token scope\"",
                            realm_.admin.where("GET", "/client-scopes/" + scope.id));
    }
    TRY(make_realm_scope(name, &scope));
  }
  return made ? read_realm_scopes() : Result<RealmScopes>(realm);
}

Result<Pass::RealmScopes> Pass::read_realm_scopes() {
  const http::Response response = TRY(get("/client-scopes"));
  if (!response.ok()) return failure(response, "GET", "/client-scopes");
  const Json list = Json::parse(response.body, nullptr, false);
  const std::string where = realm_.admin.where("GET", "/client-scopes");
  if (!list.is_array()) return Error{Code::Unavailable, "the answer is no list of client scopes", where, {}};
  RealmScopes scopes;
  for (const Json& item : list) {
    if (!item.is_object()) continue;
    RealmScope scope;
    scope.id = text_of(item, "id");
    scope.protocol = text_of(item, "protocol");
    if (const auto attributes = item.find("attributes"); attributes != item.end() && attributes->is_object()) {
      scope.in_token = text_of(*attributes, "include.in.token.scope") != "false";
      scope.ours = text_of(*attributes, kInstanceAttribute) == wanted_.instance;
    }
    scopes[text_of(item, "name")] = scope;
  }
  return scopes;
}

Result<void> Pass::make_realm_scope(const std::string& name, const RealmScope* existing) {
  const Json body{{"name", name},
                  {"protocol", "openid-connect"},
                  {"description", "Made by Sallyport, instance " + wanted_.instance},
                  {"attributes",
                   {{"include.in.token.scope", "true"},
                    {"display.on.consent.screen", "false"},
                    {kInstanceAttribute, wanted_.instance}}}};
  if (existing != nullptr) return change("PUT", "/client-scopes/" + percent_encode(existing->id), body.dump());
  Result<void> made = change("POST", "/client-scopes", body.dump());
  // Another client's pass was quicker.
  if (!made && made.error().code == Code::Conflict) return {};
  return made;
}

Result<void> Pass::change(const std::string& method, const std::string& path, std::string body) {
  http::Request request;
  request.method = method;
  if (!body.empty()) request.headers["Content-Type"] = "application/json";
  request.body = std::move(body);
  const bool is_client = path == "/clients" || (path.starts_with("/clients/") && path.rfind('/') == 8);
  Action action = Action::Update;
  if (method == "POST" && is_client) action = Action::Create;
  if (method == "DELETE" && is_client) action = Action::Delete;
  http::Change change = change_of(fragment_.owner, realm_.connection.name, wanted_.client_id, action);
  change.before = action == Action::Create ? "" : record_.asked_hash;
  change.after = action == Action::Delete ? "" : asked_hash_;
  request.changes = {std::move(change)};
  const http::Response response = TRY(realm_.admin.send(request, path, realm_.issuer, stop_));
  const bool gone = method == "DELETE" && response.status == 404 && !error_code(response).empty();
  if (response.ok() || gone) return {};
  return failure(response, method, path);
}

Result<http::Response> Pass::get(const std::string& path) {
  return realm_.admin.send({}, path, realm_.issuer, stop_);
}

Error Pass::failure(const http::Response& response, const std::string& method, const std::string& path) const {
  return error_of(response, realm_.admin.where(method, path), {record_.client_secret});
}

}  // namespace sallyport::idp::keycloak
