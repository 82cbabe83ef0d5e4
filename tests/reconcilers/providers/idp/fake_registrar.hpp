// SPDX-License-Identifier: Apache-2.0
// A provider with RFC 7591 and 7592 in memory, as strict as npm oidc-provider was measured to be (oidc.md 1.2, Annex
// B), and with the freedoms that the RFCs give a server.
#pragma once

#include <nlohmann/json.hpp>
#include <set>

#include "operator/base/digest.hpp"
#include "tests/reconcilers/providers/idp/idp_testing.hpp"

namespace sallyport::testing {

class FakeRegistrar {
 public:
  using Json = nlohmann::json;
  static constexpr const char* kIssuer = "https://idp.test";
  std::string issuer = kIssuer;  ///< what discovery says

  struct Client {
    Json metadata;
    std::string secret;
    std::string token;  ///< of the registration
  };
  std::map<std::string, Client> clients;
  std::set<std::string> drops;          ///< metadata fields that this server does not keep
  Json forces = Json::object();         ///< metadata that this server sets as it likes
  std::string registered_at = kIssuer;  ///< where registration_client_uri points
  bool rotates_on_get = false;
  bool new_secret_with_update = false;  ///< RFC 7592 section 2.2: a server may
  bool gives_no_secret = false;
  int writes = 0;  ///< requests that changed something here
  std::vector<http::Request> requests;
  /// Asked before and after the effect of each request; an Error or a Response takes the place of the answer.
  using Intrude =
      std::function<std::optional<Result<http::Response>>(const std::string& method, const std::string& path)>;
  Intrude before;
  Intrude after;

  Network network() {
    return [this](const std::string& url, const http::Request& request) { return receive(url, request); };
  }

  [[nodiscard]] Client& only() { return clients.begin()->second; }

 private:
  Result<http::Response> receive(const std::string& url, const http::Request& request) {
    requests.push_back(request);
    const std::string path = url.substr(url.find('/', 8));
    if (before) {
      if (auto instead = before(request.method, path)) return *instead;
    }
    http::Response response = serve(path, request);
    if (after) {
      if (auto instead = after(request.method, path)) return *instead;
    }
    return response;
  }

  http::Response serve(const std::string& path, const http::Request& request) {
    if (path == "/.well-known/openid-configuration") {
      return answer(200, Json{{"issuer", issuer},
                              {"token_endpoint", issuer + "/token"},
                              {"jwks_uri", issuer + "/jwks"},
                              {"registration_endpoint", issuer + "/reg"}}
                             .dump());
    }
    if (path == "/token") return token(request);
    if (path == "/reg" && request.method == "POST") return registration(request);
    if (path.starts_with("/reg/")) return management(path.substr(5), request);
    return answer(404, R"({"error":"not_found"})");
  }

  http::Response token(const http::Request& request) {
    for (const auto& [id, client] : clients) {
      const auto basic = base64_decode(request.authorization->reveal().substr(6));
      if (basic && *basic == id + ":" + client.secret)
        return answer(200, R"({"access_token":"opaque","expires_in":300})");
    }
    return answer(401, R"({"error":"invalid_client","error_description":"client authentication failed"})");
  }

  http::Response registration(const http::Request& request) {
    if (!request.authorization || request.authorization->reveal() != "Bearer initial-token") {
      return answer(401, R"({"error":"invalid_token","error_description":"no access token provided"})");
    }
    const std::string id = "client-" + std::to_string(++issued_);
    Client& client = clients[id];
    client.secret = "secret-of-" + id;
    set(client, Json::parse(request.body));
    ++writes;
    return information(201, id, true);
  }

  http::Response management(const std::string& id, const http::Request& request) {
    const auto found = clients.find(id);
    if (found == clients.end() || request.authorization->reveal() != "Bearer " + found->second.token) {
      return answer(401, R"({"error":"invalid_token"})");
    }
    if (request.method == "GET") return information(200, id, rotates_on_get);
    ++writes;
    if (request.method == "DELETE") {
      clients.erase(found);
      return answer(204);
    }
    const Json body = Json::parse(request.body);
    for (const char* never :
         {"registration_access_token", "registration_client_uri", "client_secret_expires_at", "client_id_issued_at"}) {
      if (body.contains(never))
        return answer(400, R"({"error":"invalid_request","error_description":"request MUST NOT include it"})");
    }
    if (body.value("client_id", "") != id)
      return answer(400, R"({"error":"invalid_request","error_description":"client_id"})");
    Json metadata = body;
    metadata.erase("client_id");
    set(found->second, metadata);
    if (new_secret_with_update) found->second.secret = "secret-" + std::to_string(++issued_) + "-of-" + id;
    return information(200, id, true);
  }

  void set(Client& client, Json metadata) {
    for (const std::string& name : drops) metadata.erase(name);
    metadata.update(forces);
    client.metadata = std::move(metadata);
  }

  http::Response information(int status, const std::string& id, bool new_token) {
    Client& client = clients[id];
    if (new_token) client.token = "rat-" + std::to_string(++issued_);
    Json body = client.metadata;
    body["client_id"] = id;
    if (!gives_no_secret) {
      body["client_secret"] = client.secret;
      body["client_secret_expires_at"] = 0;
    }
    body["client_id_issued_at"] = 1795365896;
    body["registration_access_token"] = client.token;
    body["registration_client_uri"] = registered_at + "/reg/" + id;
    return answer(status, body.dump());
  }

  int issued_ = 0;
};

}  // namespace sallyport::testing
