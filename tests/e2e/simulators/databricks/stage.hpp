// SPDX-License-Identifier: Apache-2.0
// A simulated workspace under a clock that stands still, and short ways to speak to it as one of its principals.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "e2e/simulators/databricks/simulator.hpp"
#include "e2e/simulators/json.hpp"
#include "operator/base/digest.hpp"
#include "tests/testing/fake_clock.hpp"

namespace sallyport::simulators::databricks {

constexpr auto kClient = "5a110000-1111-4000-8000-0000000000aa";
constexpr auto kClientSecret = "dose-of-secret";
constexpr auto kToken = "dapi-of-the-operator";
constexpr auto kBatch = "7d0c5f5e-2f3a-4b61-9c1d-3a6f0f2b9e11";  ///< a service principal of the default world

/// An answer with its body as JSON (null when it is none).
struct Heard {
  int status = 0;
  Json json;
  std::string body;
  std::string content_type;
  http::Headers headers;
};

class Stage {
 public:
  explicit Stage(Options options = {}) {
    options.token = Secret(kToken);
    options.client_id = kClient;
    options.client_secret = Secret(kClientSecret);
    options.clock = &clock;
    options.random = &random;
    auto made = make_databricks(options);
    if (!made) throw std::runtime_error(made.error().text());
    simulator = std::move(*made);
  }

  Heard send(http::Incoming request) {
    request.headers.emplace("Host", "adb-1.example.net");
    request.peer = "192.0.2.7:4711";
    auto out = simulator->serve(request);
    Heard heard{out.status, Json::parse(out.body, nullptr, false), out.body, out.content_type, out.headers};
    if (heard.json.is_discarded()) heard.json = nullptr;
    return heard;
  }

  /// An API call with a JSON body (or none) as the bearer of `token`.
  Heard call(const std::string& method, const std::string& target, const Json& body = nullptr,
             const std::string& token = kToken) {
    http::Incoming request{method, target, {}, body.is_null() ? "" : body.dump(), {}};
    if (!body.is_null()) request.headers["Content-Type"] = "application/json";
    if (!token.empty()) request.headers["Authorization"] = "Bearer " + token;
    return send(request);
  }
  Heard get(const std::string& target) { return call("GET", target); }

  Heard control(const std::string& method, const std::string& target, const Json& body = nullptr) {
    return call(method, "/_sim" + target, body, "");
  }
  void set_switch(const std::string& name, const Json& value) {
    ASSERT_EQ(control("PUT", "/switches", {{name, value}}).status, 200);
  }
  /// A personal access token for a principal of the world.
  std::string token_of(const std::string& reference) {
    const std::string token = "dapi-" + short_hash(reference);
    EXPECT_EQ(control("POST", "/tokens", {{"token", token}, {"principal", reference}}).status, 201);
    return token;
  }

  Heard form(const std::string& body, const http::Headers& headers = {}) {
    http::Incoming request{"POST", "/oidc/v1/token", headers, body, {}};
    request.headers.emplace("Content-Type", "application/x-www-form-urlencoded");
    return send(request);
  }

  std::string endpoint_id(const std::string& name) {
    return control("GET", "/state").json["serving_endpoints"][name]["id"].get<std::string>();
  }
  std::string acl_path(const std::string& name) {
    return "/api/2.0/permissions/serving-endpoints/" + endpoint_id(name);
  }
  Heard grant(const std::string& method, const std::string& path, const std::vector<Json>& entries) {
    return call(method, path, {{"access_control_list", entries}});
  }
  /// The direct entries of an endpoint as they really are: {"user:a@b": "CAN_QUERY"}.
  Json direct(const std::string& name) {
    return control("GET", "/state").json["serving_endpoints"][name]["permissions"];
  }

  testing::FakeClock clock;
  testing::FakeRandom random;
  std::unique_ptr<Simulator> simulator;
};

inline Json user(const std::string& name, const std::string& level) {
  return {{"user_name", name}, {"permission_level", level}};
}
inline Json group(const std::string& name, const std::string& level) {
  return {{"group_name", name}, {"permission_level", level}};
}
inline Json service_principal(const std::string& name, const std::string& level) {
  return {{"service_principal_name", name}, {"permission_level", level}};
}

/// The line of an access list about this principal; null when there is none.
inline Json line_of(const Json& acl, const std::string& member, const std::string& name) {
  for (const auto& line : acl.at("access_control_list"))
    if (line.value(member, "") == name) return line;
  return nullptr;
}
inline std::string level_in(const Json& acl, const std::string& member, const std::string& name) {
  const Json line = line_of(acl, member, name);
  return line.is_null() ? "" : line.at("all_permissions").at(0).at("permission_level").get<std::string>();
}

inline const std::string kOperatorReference = std::string("service-principal:") + kClient;

}  // namespace sallyport::simulators::databricks
