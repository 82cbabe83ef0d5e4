// SPDX-License-Identifier: Apache-2.0
// A valid world of one endpoint and its three connections, for tests to spoil.
#pragma once

#include <memory>

#include "reconcilers/protected_endpoint/status.hpp"

namespace sallyport::testing {

struct World {
  store::Object<api::ProtectedEndpoint> endpoint;
  store::Object<api::F5Gateway> gateway;
  store::Object<api::IdentityProvider> provider;
  store::Object<api::DatabricksWorkspace> workspace;
  store::Object<api::DatabricksWorkspace> second{};  ///< of a second backend
  store::Namespace ns{"risk", {{"ml-edge", "true"}}, false};
  protected_endpoint::SecretState tls{protected_endpoint::SecretState::Standing::Usable,
                                      {"risk", "fraud-tls", "uid-tls", "7"}};
  protected_endpoint::SecretState upstream{};
  bool issuer_seen = false;  ///< by this process

  World() {
    endpoint.meta.name = "fraud-scoring";
    endpoint.meta.ns = "risk";
    endpoint.meta.uid = Uid("4d1c");
    endpoint.meta.generation = 3;
    endpoint.meta.resource_version = "100";
    endpoint.meta.creation_timestamp = "2026-11-01T00:00:00Z";
    api::ProtectedEndpointSpec& spec = endpoint.spec;
    spec.host = "fraud.ml.example.com";
    spec.gateway_ref.name = "edge";
    spec.tls.secret_name = "fraud-tls";
    spec.backends = {{"eu", {"prod-eu"}, api::Serving{"fraud-scoring"}}};
    spec.identity.provider_ref.name = "corporate";
    spec.identity.required_scopes = {"fraud:score"};
    spec.identity.enforcement =
        api::Enforcement{api::EnforcementType::Reference, "/Common/corp_oauth", "/Common/corp_oauth_api"};
    spec.access = api::Access{api::AccessMode::Additive,
                              {{api::GrantPrincipalType::Group, "risk-analysts", api::AccessLevel::CanQuery}}};
    const api::NamespaceSelector ours{{{"ml-edge", "true"}}, {}};
    gateway.meta.name = "edge";
    gateway.spec.address_pool = {"192.0.2.32/28"};
    gateway.spec.allow = {
        {"risk-teams", ours, {"*.ml.example.com"}, {"/Common/corp_oauth", "/Common/corp_oauth_api"}, false}};
    provider.meta.name = "corporate";
    provider.spec.issuer = "https://login.example.com";
    provider.spec.tokens = api::TokenSettings{"https://ml.example.com"};
    provider.spec.allow = {
        {"risk-teams", ours, {"fraud:*"}, {"https://ml.example.com"}, {api::GrantType::ClientCredentials}, {}, false}};
    workspace.meta.name = "prod-eu";
    workspace.spec.host = "https://adb-1.7.azuredatabricks.net";
    workspace.spec.allow = {{"risk", ours, {"fraud-*"}, {"risk-*"}, api::AccessLevel::CanQuery, {}, false}};
  }

  /// The gateway is an NGINX, and checks tokens itself.
  void use_nginx() {
    gateway.spec.type = api::GatewayType::Nginx;
    gateway.spec.address_pool.reset();
    gateway.spec.nginx = api::NginxPublication{"/var/lib/sallyport/edge", "edge.example.com", "", {}, false};
    provider.status.jwks_uri = "https://login.example.com/jwks";
    endpoint.spec.identity.enforcement = api::Enforcement{api::EnforcementType::Generated, {}, {}};
  }

  /// Requests go to "us", too, in a workspace of its own.
  void use_second_backend() {
    use_nginx();
    second = workspace;
    second.meta.name = "prod-us";
    second.spec.host = "https://adb-2.8.azuredatabricks.net";
    endpoint.spec.backends.push_back({"us", {"prod-us"}, api::Serving{"fraud-us"}});
  }

  /// What status says of the first backend.
  [[nodiscard]] static std::vector<api::DatabricksStatus> told(std::vector<api::AccessEntry> grants) {
    return {api::DatabricksStatus{"eu", "prod-eu", "fraud-scoring", "id", "", std::move(grants), {}}};
  }

  /// Former connections of the endpoint that are still there, beside its present ones.
  std::vector<store::Object<api::F5Gateway>> former_gateways;
  std::vector<store::Object<api::IdentityProvider>> former_providers;

  [[nodiscard]] protected_endpoint::Found found() const {
    protected_endpoint::Found found;
    found.object = std::make_shared<const store::Object<api::ProtectedEndpoint>>(endpoint);
    found.ns = std::make_shared<const store::Namespace>(ns);
    found.gateway = std::make_shared<const store::Object<api::F5Gateway>>(gateway);
    found.provider = std::make_shared<const store::Object<api::IdentityProvider>>(provider);
    for (const api::Backend& backend : endpoint.spec.backends) {
      const auto& there = backend.workspace_ref.name == second.meta.name ? second : workspace;
      found.backends.push_back({std::make_shared<const store::Object<api::DatabricksWorkspace>>(there), nullptr});
      found.placed_at.workspaces[there.meta.name] = found.backends.back().workspace;
    }
    if (found.backends.empty()) found.backends.emplace_back();
    found.tls = tls;
    found.upstream = upstream;
    found.placed_at.gateways["edge"] = found.gateway;
    found.placed_at.providers["corporate"] = found.provider;
    for (const auto& former : former_gateways)
      found.placed_at.gateways[former.meta.name] = std::make_shared<const store::Object<api::F5Gateway>>(former);
    for (const auto& former : former_providers)
      found.placed_at.providers[former.meta.name] =
          std::make_shared<const store::Object<api::IdentityProvider>>(former);
    return found;
  }
  [[nodiscard]] protected_endpoint::Validated validated() const {
    protected_endpoint::Validated v = protected_endpoint::validate(found());
    v.issuer_seen = issuer_seen;
    return v;
  }

  static constexpr const char* kInvocations =
      "https://adb-1.7.azuredatabricks.net/serving-endpoints/fraud-scoring/invocations";
  static constexpr const char* kInvocationsOfSecond =
      "https://adb-2.8.azuredatabricks.net/serving-endpoints/fraud-us/invocations";
  [[nodiscard]] protected_endpoint::Fragments fragments() const {
    const InstanceId instance("abcd1234");
    const auto place = protected_endpoint::application_name(instance, "edge", "risk", "fraud-scoring");
    return protected_endpoint::build(
        validated(),
        {instance,
         protected_endpoint::Slot{{protected_endpoint::tenant_name(instance, "risk", 1), place}, "192.0.2.33"},
         {{kInvocations}, {kInvocationsOfSecond}}});
  }
};

}  // namespace sallyport::testing
