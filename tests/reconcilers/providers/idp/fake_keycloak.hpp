// SPDX-License-Identifier: Apache-2.0
// A Keycloak realm in memory with the ways that were measured in 26.7 (oidc.md 3.2): PUT merges, a client without
// `publicClient` becomes public and loses its secret, scopes have places of their own, and errors have three shapes.
// A scope that goes is taken off its clients without a word.
#pragma once

#include <nlohmann/json.hpp>

#include "operator/base/digest.hpp"
#include "operator/base/text.hpp"
#include "tests/reconcilers/providers/idp/idp_testing.hpp"

namespace sallyport::testing {

class FakeKeycloak {
 public:
  using Json = nlohmann::json;
  static constexpr const char* kIssuer = "https://kc.test/auth/realms/r";

  std::map<std::string, Json> clients;   ///< by id
  std::map<std::string, Json> scopes;    ///< of the realm, by name
  std::set<std::string> realm_defaults;  ///< names of scopes that new clients get
  std::string operator_token = "operator-token-1";
  int sign_ins = 0;
  int writes = 0;
  std::vector<std::string> log;  ///< "PUT /clients/x"
  std::vector<http::Request> requests;
  using Intrude =
      std::function<std::optional<Result<http::Response>>(const std::string& method, const std::string& path)>;
  Intrude before;
  Intrude after;

  FakeKeycloak() {
    for (const char* name : {"basic", "service_account", "email"})
      add_scope(name, {{"include.in.token.scope", "false"}});
  }

  Network network() {
    return [this](const std::string& url, const http::Request& request) { return receive(url, request); };
  }
  [[nodiscard]] Json& only() { return clients.begin()->second; }
  void add_scope(const std::string& name, const Json& attributes) {
    scopes[name] = {{"id", "scope-" + short_hash(name)},
                    {"name", name},
                    {"protocol", "openid-connect"},
                    {"attributes", attributes}};
  }

 private:
  static constexpr std::string_view kAdmin = "https://kc.test/auth/admin/realms/r";

  Result<http::Response> receive(const std::string& url, const http::Request& request) {
    requests.push_back(request);
    if (url == std::string(kIssuer) + "/.well-known/openid-configuration") {
      return answer(200, Json{{"issuer", kIssuer}, {"token_endpoint", "https://kc.test/token"}}.dump());
    }
    if (url == "https://kc.test/token") return token(request);
    if (!url.starts_with(kAdmin)) return answer(404, R"({"error":"Unable to find matching target resource method"})");
    const std::string path = url.substr(kAdmin.size());
    log.push_back(request.method + " " + path);
    if (before) {
      if (auto instead = before(request.method, path)) return *instead;
    }
    http::Response response = request.authorization == Secret("Bearer " + operator_token)
                                  ? serve(path, request)
                                  : answer(401, R"({"error":"HTTP 401 Unauthorized"})");
    if (request.method != "GET" && response.ok()) ++writes;
    if (after) {
      if (auto instead = after(request.method, path)) return *instead;
    }
    return response;
  }

  http::Response token(const http::Request& request) {
    ++sign_ins;
    // "operator:operator-secret"
    if (request.authorization != Secret("Basic b3BlcmF0b3I6b3BlcmF0b3Itc2VjcmV0")) {
      return answer(
          401, R"({"error":"unauthorized_client","error_description":"Invalid client or Invalid client credentials"})");
    }
    return answer(200, Json{{"access_token", operator_token}, {"expires_in", 300}}.dump());
  }

  http::Response serve(const std::string& path, const http::Request& request) {
    const std::vector<std::string> parts = split(path.substr(0, path.find('?')), '/');  // "", "clients", id, kind, ...
    const Json body = Json::parse(request.body, nullptr, false);
    if (parts[1] == "client-scopes") return realm_scopes(parts, request.method, body);
    if (parts[1] == "default-default-client-scopes") return answer(200, list_of(realm_defaults).dump());
    if (parts[1] == "default-optional-client-scopes") return answer(200, "[]");
    if (parts.size() == 2) return request.method == "POST" ? create(body) : search(path);
    const auto found = clients.find(parts[2]);
    if (found == clients.end()) return answer(404, R"({"error":"Could not find client"})");
    if (parts.size() == 3) return client(found, request.method, body);
    if (parts[3] == "protocol-mappers") return mappers(found->second, parts, request.method, body);
    return attached(found->second[parts[3].starts_with("default") ? "defaultClientScopes" : "optionalClientScopes"],
                    parts[4], request.method);
  }

  http::Response search(const std::string& path) {
    Json list = Json::array();
    if (path.starts_with("/clients?first=")) {
      const std::size_t first = std::stoul(path.substr(path.find('=') + 1));
      const std::size_t max = std::stoul(path.substr(path.rfind('=') + 1));
      std::size_t at = 0;
      for (const auto& [id, client] : clients) {
        if (at >= first && at < first + max) list.push_back(client);
        ++at;
      }
      return answer(200, list.dump());
    }
    for (const auto& [id, client] : clients) {
      if (path.ends_with("?clientId=" + client.at("clientId").get<std::string>())) list.push_back(client);
    }
    return answer(200, list.dump());
  }

  Json list_of(const std::set<std::string>& names) {
    Json list = Json::array();
    for (const auto& [name, scope] : scopes) {
      if (names.contains(name)) list.push_back(scope);
    }
    return list;
  }

  http::Response create(const Json& body) {
    for (const auto& [id, client] : clients) {
      if (id == body.at("id") || client.at("clientId") == body.at("clientId")) {
        return answer(409, R"({"errorMessage":"Client already exists"})");
      }
    }
    Json& client = clients[body.at("id")];
    client = body;
    client.erase("description");
    client["defaultClientScopes"] = Json::array();
    for (const Json& name : body.value("defaultClientScopes", Json::array())) {
      if (scopes.contains(name)) client["defaultClientScopes"].push_back(name);  // else ignored
    }
    for (Json& mapper : client["protocolMappers"]) mapper["id"] = "mapper-0";
    if (body.value("publicClient", true)) {
      client["publicClient"] = true;
      client.erase("secret");
    }
    return answer(201);
  }

  http::Response client(std::map<std::string, Json>::iterator found, const std::string& method, const Json& body) {
    if (method == "GET") return answer(200, found->second.dump());
    if (method == "DELETE") {
      clients.erase(found);
      return answer(204);
    }
    Json change = body;
    change.erase("defaultClientScopes");
    for (const auto& [name, value] : change.items()) {
      if (name != "attributes") found->second[name] = value;
    }
    const Json attributes = change.value("attributes", Json::object());
    for (const auto& [name, value] : attributes.items()) {
      if (value == "") {
        found->second["attributes"].erase(name);
      } else {
        found->second["attributes"][name] = value;
      }
    }
    return answer(204);
  }

  static http::Response mappers(Json& client, const std::vector<std::string>& parts, const std::string& method,
                                const Json& body) {
    Json& list = client["protocolMappers"];
    if (list.is_null()) list = Json::array();
    if (method == "POST") {
      list.push_back(body);
      list.back()["id"] = "mapper-" + std::to_string(list.size());
      return answer(201);
    }
    for (std::size_t i = 0; i < list.size(); ++i) {
      if (list[i].at("id") != parts.at(5)) continue;
      if (method == "DELETE") {
        list.erase(i);
      } else {
        list[i] = body;
      }
      return answer(204);
    }
    return answer(404, R"({"error":"Model not found"})");
  }

  http::Response attached(Json& names, const std::string& scope_id, const std::string& method) {
    for (const auto& [name, scope] : scopes) {
      if (scope.at("id") != scope_id) continue;
      Json rest = Json::array();
      for (const Json& other : names) {
        if (other != name) rest.push_back(other);
      }
      if (method == "PUT") rest.push_back(name);
      names = rest;
      return answer(204);
    }
    return answer(404, R"({"error":"Client scope not found"})");
  }

  http::Response realm_scopes(const std::vector<std::string>& parts, const std::string& method, const Json& body) {
    if (method == "GET") {
      Json list = Json::array();
      for (const auto& [name, scope] : scopes) list.push_back(scope);
      return answer(200, list.dump());
    }
    if (method == "POST") {
      if (scopes.contains(body.at("name"))) return answer(409, R"({"errorMessage":"Client Scope already exists"})");
      add_scope(body.at("name"), body.at("attributes"));
      return answer(201);
    }
    const auto found =
        std::ranges::find_if(scopes, [&](const auto& scope) { return scope.second.at("id") == parts.at(2); });
    if (found == scopes.end()) return answer(404, R"({"error":"Could not find client scope"})");
    if (method == "PUT") {
      found->second["attributes"].update(body.at("attributes"));
      return answer(204);
    }
    for (auto& [id, client] : clients) {
      attached(client["defaultClientScopes"], parts.at(2), "DELETE");
      attached(client["optionalClientScopes"], parts.at(2), "DELETE");
    }
    scopes.erase(found);
    return answer(204);
  }
};

/// A realm in memory and a provider class that can be "restarted" in front of it.
class KeycloakFixture : public ::testing::Test {
 protected:
  KeycloakFixture() { restart(); }
  void restart() {
    provider_ = *idp::make_idp_provider(connection_, {connect_to(realm_.network()), secrets_, vault_, clock_, random_});
  }
  ir::Verdict converge(ir::Wish wish = ir::Wish::Present) {
    ir::ClientFragment wished = fragment_;
    wished.wish = wish;
    return provider_->converge(wished, {});
  }
  FakeKeycloak realm_;
  ir::IdpConnection connection_ = idp_connection("Keycloak", FakeKeycloak::kIssuer);
  MemorySecrets secrets_{{{"client_id", Secret("operator")}, {"client_secret", Secret("operator-secret")}}};
  MemoryVault vault_;
  FakeClock clock_;
  FakeRandom random_;
  ir::ClientFragment fragment_ = client_fragment();
  std::unique_ptr<idp::IdpProvider> provider_;
};

}  // namespace sallyport::testing
