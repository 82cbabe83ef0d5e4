// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/idp/keycloak/client_document.hpp"

#include <nlohmann/json.hpp>

#include "operator/base/digest.hpp"
#include "operator/base/text.hpp"

namespace sallyport::idp::keycloak {
namespace {

using Json = nlohmann::json;

const std::set<std::string>& own_of_keycloak() {
  static const std::set<std::string> kScopes{"basic", "service_account"};
  return kScopes;
}

std::string text_of(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

Json member(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() ? Json() : *found;
}

std::set<std::string> names_of(const Json& list) {
  std::set<std::string> names;
  if (!list.is_array()) return names;
  for (const Json& item : list) {
    if (item.is_string()) names.insert(item.get<std::string>());
  }
  return names;
}

/// What a machine's client is, whoever it is for. A flow that is off here cannot be used by whoever learns the secret.
Json machine_client() {
  return {{"enabled", true},
          {"protocol", "openid-connect"},
          {"clientAuthenticatorType", "client-secret"},
          {"publicClient", false},
          {"bearerOnly", false},
          {"serviceAccountsEnabled", true},
          {"standardFlowEnabled", false},
          {"implicitFlowEnabled", false},
          {"directAccessGrantsEnabled", false},
          {"fullScopeAllowed", false},
          {"redirectUris", Json::array()},
          {"webOrigins", Json::array()}};
}

/// Further flows, which Keycloak keeps as attributes; absent means off.
Json flows_off() {
  return {{"oauth2.device.authorization.grant.enabled", "false"}, {"oidc.ciba.grant.enabled", "false"}};
}

Json fields_of(const Wanted& wanted) {
  Json fields = machine_client();
  fields["clientId"] = wanted.client_id;
  fields["name"] = wanted.name;
  return fields;
}

Json marked(const Wanted& wanted) {
  Json body = fields_of(wanted);
  body["description"] = wanted.description;
  body["secret"] = wanted.secret.reveal();
  body["attributes"] = flows_off();
  body["attributes"][kInstanceAttribute] = wanted.instance;
  body["attributes"][kUidAttribute] = wanted.uid;
  return body;
}

Json bare_client(const Wanted& wanted) {
  Json body = marked(wanted);
  body["id"] = wanted.id;
  // Without these lists Keycloak attaches the realm's default scopes, which put `aud: account` and roles into tokens.
  body["defaultClientScopes"] = own_of_keycloak();
  body["optionalClientScopes"] = Json::array();
  return body;
}

Json mapper_config(const Wanted& wanted) {
  return {{"included.custom.audience", wanted.audience},
          {"access.token.claim", "true"},
          {"introspection.token.claim", "true"},
          {"id.token.claim", "false"}};
}

Json mapper_of(const Wanted& wanted) {
  return {{"name", kAudienceMapper},
          {"protocol", "openid-connect"},
          {"protocolMapper", "oidc-audience-mapper"},
          {"config", mapper_config(wanted)}};
}

Json new_client(const Wanted& wanted) {
  Json body = bare_client(wanted);
  if (!wanted.audience.empty()) body["protocolMappers"] = Json::array({mapper_of(wanted)});
  for (const std::string& scope : wanted.scopes) body["defaultClientScopes"].push_back(scope);
  return body;
}

Json find_mapper(const Json& document) {
  const Json mappers = member(document, "protocolMappers");
  if (!mappers.is_array()) return {};
  for (const Json& mapper : mappers) {
    if (mapper.is_object() && text_of(mapper, "name") == kAudienceMapper) return mapper;
  }
  return {};
}

Result<Seen> seen_of(const Json& document, const std::string& where) {
  Seen seen;
  if (document.is_object()) {
    seen.id = text_of(document, "id");
    seen.client_id = text_of(document, "clientId");
  }
  if (seen.id.empty() || seen.client_id.empty()) return Error{Code::Unavailable, "the answer is no client", where, {}};
  if (document.value("publicClient", Json(true)) == false) seen.secret = Secret(text_of(document, "secret"));
  const Json attributes = member(document, "attributes");
  if (attributes.is_object()) {
    seen.instance = text_of(attributes, kInstanceAttribute);
    seen.uid = text_of(attributes, kUidAttribute);
  }
  if (const Json mapper = find_mapper(document); mapper.is_object()) seen.mapper_id = text_of(mapper, "id");
  seen.default_scopes = names_of(member(document, "defaultClientScopes"));
  seen.optional_scopes = names_of(member(document, "optionalClientScopes"));
  seen.document = document.dump(-1, ' ', false, Json::error_handler_t::replace);
  return seen;
}

std::vector<std::string> compare_fields(const Wanted& wanted, const Seen& seen, const Json& document) {
  std::vector<std::string> words;
  const Json fields = fields_of(wanted);
  for (const auto& [name, value] : fields.items()) {
    const Json has = member(document, name.c_str());
    if (has == value || (value == Json::array() && has.is_null())) continue;
    words.push_back(name + ": is " + one_line(has.dump(-1, ' ', false, Json::error_handler_t::replace), 100));
  }
  if (seen.secret != wanted.secret && !is_hidden(seen.secret)) {
    words.emplace_back("secret: is not the one that was set");
  }
  const Json attributes = member(document, "attributes");
  const Json off = flows_off();
  for (const auto& [name, value] : off.items()) {
    if (attributes.is_object() && attributes.contains(name) && attributes[name] != value)
      words.push_back(name + ": is on");
  }
  if (seen.instance != wanted.instance || seen.uid != wanted.uid) words.emplace_back("attributes: our mark is missing");
  return words;
}

std::string compare_mapper(const Wanted& wanted, const Json& document) {
  const Json mapper = find_mapper(document);
  if (wanted.audience.empty()) return mapper.is_object() ? "audience: a mapper is there" : "";
  if (!mapper.is_object()) return "audience: the mapper is missing";
  const Json config = member(mapper, "config");
  const bool right_type = text_of(mapper, "protocolMapper") == "oidc-audience-mapper";
  const Json right = mapper_config(wanted);
  for (const auto& [name, value] : right.items()) {
    if (!right_type || !config.is_object() || member(config, name.c_str()) != value)
      return "audience: the mapper is different";
  }
  return "";
}

}  // namespace

Result<Seen> read_client(const std::string& body, const std::string& where) {
  return seen_of(Json::parse(body, nullptr, false), where);
}

Result<std::vector<Seen>> read_clients(const std::string& body, const std::string& where) {
  const Json list = Json::parse(body, nullptr, false);
  if (!list.is_array()) return Error{Code::Unavailable, "the answer is no list of clients", where, {}};
  std::vector<Seen> clients;
  for (const Json& client : list) clients.push_back(TRY(seen_of(client, where)));
  return clients;
}

std::vector<std::string> Gap::words() const {
  std::vector<std::string> all = fields;
  if (!mapper.empty()) all.push_back(mapper);
  for (const std::string& scope : attach) all.push_back("scope '" + one_line(scope, 128) + "' is not attached");
  for (const std::string& scope : detach) all.push_back("scope '" + one_line(scope, 128) + "' is attached");
  return all;
}

bool is_hidden(const Secret& secret) {
  const std::string& text = secret.reveal();
  return !text.empty() && (text.starts_with("${vault.") || text.find_first_not_of('*') == std::string::npos);
}

Result<Gap> compare(const Wanted& wanted, const Seen& seen, const std::set<std::string>* removable) {
  const Json document = Json::parse(seen.document, nullptr, false);
  if (!document.is_object()) return Error{Code::Internal, "a client without its document", {}, {}};
  Gap gap;
  gap.fields = compare_fields(wanted, seen, document);
  gap.mapper = compare_mapper(wanted, document);
  for (const std::string& scope : wanted.scopes) {
    if (!seen.default_scopes.contains(scope)) gap.attach.insert(scope);
  }
  const auto consider = [&](const std::string& scope) {
    if (wanted.scopes.contains(scope)) return;
    if (removable == nullptr ? !own_of_keycloak().contains(scope) : removable->contains(scope))
      gap.detach.insert(scope);
  };
  for (const std::string& scope : seen.default_scopes) consider(scope);
  for (const std::string& scope : seen.optional_scopes) consider(scope);
  return gap;
}

std::string create_body(const Wanted& wanted) {
  return new_client(wanted).dump();
}

std::string update_body(const Wanted& wanted) {
  return marked(wanted).dump();
}

std::string unmark_body() {
  // An empty text deletes an attribute (oidc.md 3.2).
  return Json{{"attributes", {{kInstanceAttribute, ""}, {kUidAttribute, ""}}}}.dump();
}

std::string mapper_body(const Wanted& wanted, const std::string& mapper_id) {
  Json body = mapper_of(wanted);
  if (!mapper_id.empty()) body["id"] = mapper_id;
  return body.dump();
}

std::string for_people(const Wanted& wanted, const std::string& secret_place) {
  Json body = new_client(wanted);
  body["secret"] = "<secret " + secret_place + ">";
  return body.dump(2);
}

std::string hash_of(const Wanted& wanted) {
  Wanted bare = wanted;
  bare.secret = Secret();
  Json body = bare_client(bare);
  body["audience"] = wanted.audience;
  body["scopes"] = wanted.scopes;
  return sha256_hex(body.dump());
}

}  // namespace sallyport::idp::keycloak
