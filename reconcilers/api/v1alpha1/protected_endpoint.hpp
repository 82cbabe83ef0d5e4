// SPDX-License-Identifier: Apache-2.0
// ProtectedEndpoint: one model serving endpoint behind F5. The spec is what an application team writes.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "reconcilers/api/v1alpha1/protected_endpoint_identity.hpp"
#include "reconcilers/api/v1alpha1/protected_endpoint_status.hpp"

namespace sallyport::api {

struct Tls {
  std::string secret_name;
};

struct Serving {
  std::string endpoint;
};

struct Backend {
  std::string name;
  ConnectionRef workspace_ref;
  std::optional<Serving> serving;
  int weight = 1;
  int priority = 0;
};

struct Access {
  AccessMode mode = AccessMode::Additive;
  std::vector<AccessEntry> grants;
};

enum class UpstreamType { ByPolicy, TokenExchange, ServicePrincipal };

struct UpstreamPrincipal {
  std::string application_id;
  std::string secret_name;
};

struct Upstream {
  UpstreamType type = UpstreamType::ByPolicy;
  std::optional<UpstreamPrincipal> service_principal{};
};

struct Timeouts {
  std::chrono::milliseconds connect = std::chrono::seconds(5);
  std::chrono::milliseconds response = std::chrono::seconds(300);
  std::chrono::milliseconds idle = std::chrono::seconds(330);
};

struct RateLimit {
  int requests_per_second = 0;
  int burst = 0;
};

enum class Balancing { LeastConnections, RoundRobin };

struct Traffic {
  std::optional<Timeouts> timeouts;
  int max_concurrent = 0;
  std::optional<RateLimit> rate_limit;
  Balancing load_balancing = Balancing::LeastConnections;
};

struct Security {
  std::vector<std::string> allowed_networks;
  std::string waf_policy;
};

struct ProtectedEndpointSpec {
  std::string host;
  ConnectionRef gateway_ref;
  Tls tls;
  std::vector<Backend> backends;
  Identity identity;
  std::optional<Client> client;
  std::optional<Access> access;
  std::optional<Upstream> upstream;
  std::optional<Traffic> traffic;
  std::optional<Security> security;
  DeletionPolicy deletion_policy = DeletionPolicy::Delete;
  Management management = Management::Enforce;
};

struct ProtectedEndpoint {
  using Spec = ProtectedEndpointSpec;
  using Status = ProtectedEndpointStatus;
};

}  // namespace sallyport::api

namespace sallyport::schema {

template <>
struct Names<api::UpstreamType> {
  static constexpr std::array values = {
      named(api::UpstreamType::ByPolicy, "ByPolicy",
            "The referenced policy sees to the credential that goes upstream."),
      named(api::UpstreamType::TokenExchange, "TokenExchange",
            "The caller's token becomes one of the workspace for the same person (RFC 8693): Databricks decides by its "
            "own access list. Only with enforcement Generated."),
      named(api::UpstreamType::ServicePrincipal, "ServicePrincipal",
            "Databricks sees one service principal for all callers, and access.grants say whom the gateway lets in: a "
            "caller "
            "whom none of them names is refused there. Only with enforcement Generated.")};
};
template <>
struct Names<api::Balancing> {
  static constexpr std::array values = {
      named(api::Balancing::LeastConnections, "LeastConnections", "The address with the fewest open connections."),
      named(api::Balancing::RoundRobin, "RoundRobin", "One address after the other.")};
};
template <>
struct Describe<api::Tls> {
  static constexpr std::string_view doc = "The certificate that clients see.";
  static constexpr auto fields = std::tuple{field(
      "secretName", &api::Tls::secret_name,
      "Secret of type kubernetes.io/tls in the same namespace, labelled sallyport.dev/usable-by: ProtectedEndpoint.",
      {.required = true,
       .max_length = 253,
       .pattern = api::kObjectName,
       .pattern_says = api::kObjectNameSays,
       .effect = "bigip:certificate",
       .example = "fraud-tls"})};
};

template <>
struct Describe<api::Serving> {
  static constexpr std::string_view doc = "A model serving endpoint.";
  static constexpr auto fields = std::tuple{field("endpoint", &api::Serving::endpoint, "Its name in the workspace.",
                                                  {.required = true,
                                                   .max_length = 63,
                                                   .pattern = api::kServingEndpoint,
                                                   .pattern_says = api::kServingEndpointSays,
                                                   .effect = "databricks:permissions/serving-endpoints",
                                                   .example = "fraud-scoring"})};
};

template <>
struct Describe<api::Backend> {
  static constexpr std::string_view doc = "Where requests go.";
  static constexpr auto fields = std::tuple{
      field("name", &api::Backend::name, "Names this backend.",
            {.required = true,
             .max_length = 63,
             .pattern = api::kObjectName,
             .pattern_says = api::kObjectNameSays,
             .effect = "status.databricks[].backend",
             .example = "eu"}),
      field("workspaceRef", &api::Backend::workspace_ref, "The workspace that serves the model.", {.required = true}),
      field("serving", &api::Backend::serving, "A model serving endpoint in it."),
      field("weight", &api::Backend::weight, "Its share of the requests, among the backends of its priority.",
            {.minimum = 1, .maximum = 1000, .effect = "nginx:endpoint/backends"}),
      field("priority", &api::Backend::priority,
            "Requests go to the lowest; to the others, in turn, when none of it can be connected to.",
            {.minimum = 0, .maximum = 100, .effect = "nginx:endpoint/backends"})};
  static constexpr auto one_of = exactly_one("serving");
};

template <>
struct Describe<api::Access> {
  static constexpr std::string_view doc = "Who may use the serving endpoint in Databricks.";
  static constexpr auto fields =
      std::tuple{field("mode", &api::Access::mode, "What happens to entries that others made.",
                       {.effect = "status.databricks[].notes"}),
                 field("grants", &api::Access::grants, "Entries to be on its access list.",
                       {.max_items = 64, .list = ListType::Map, .keys = {"principalType", "principal"}})};
};

template <>
struct Describe<api::UpstreamPrincipal> {
  static constexpr std::string_view doc = "The one that Databricks sees for all callers.";
  static constexpr auto fields = std::tuple{
      field("applicationId", &api::UpstreamPrincipal::application_id,
            "Its application id; it is granted CanQuery. Never the operator's own, and one that the workspace allows.",
            {.required = true,
             .min_length = 1,
             .max_length = 255,
             .pattern = api::kPrincipal,
             .pattern_says = api::kPrincipalSays,
             .effect = "databricks:access_control_list",
             .example = "6f1c2b7e-0d7f-4f58-9e4f-2f8f5f0a1c11"}),
      field("secretName", &api::UpstreamPrincipal::secret_name,
            "Secret in the same namespace with its client_id and client_secret, labelled sallyport.dev/usable-by: "
            "ProtectedEndpoint.",
            {.required = true,
             .max_length = 253,
             .pattern = api::kObjectName,
             .pattern_says = api::kObjectNameSays,
             .effect = "nginx:endpoint/upstream/credentials",
             .example = "fraud-upstream"})};
};
template <>
struct Describe<api::Upstream> {
  static constexpr std::string_view doc = "Which credential goes upstream.";
  static constexpr auto fields = std::tuple{
      field("type", &api::Upstream::type, "The way.",
            {.required = true, .effect = "status.conditions[TokenPolicyAttached].message", .example = "ByPolicy"}),
      field("servicePrincipal", &api::Upstream::service_principal, "The one principal of all callers.")};
  static constexpr auto one_of = union_on(
      "type", std::array{arm("ByPolicy", ""), arm("TokenExchange", ""), arm("ServicePrincipal", "servicePrincipal")});
};

template <>
struct Describe<api::Timeouts> {
  static constexpr std::string_view doc = "How long things may take.";
  static constexpr auto fields = std::tuple{
      field("connect", &api::Timeouts::connect, "To open a connection to the serving host.",
            {.at_least = std::chrono::seconds(1),
             .at_most = std::chrono::seconds(35),  // what a BIG-IP can be told: bigip/application.hpp
             .effect = "bigip:tcp_server/synRtoBase"}),
      field("response", &api::Timeouts::response, "Until the model answers. Databricks ends a request after 297 s.",
            {.at_least = std::chrono::seconds(1),
             .at_most = std::chrono::seconds(3600),
             .effect = "bigip:tcp_server/idleTimeout"}),
      field("idle", &api::Timeouts::idle, "Silence after which a connection is closed.",
            {.at_least = std::chrono::seconds(1),
             .at_most = std::chrono::seconds(7200),
             .effect = "bigip:tcp_client/idleTimeout"})};
  static constexpr auto rules = std::tuple{rule<api::Timeouts>(
      "duration(has(self.idle) ? self.idle : '330s') >= duration(has(self.response) ? self.response : '300s')",
      "must not be below response", "idle", [](const api::Timeouts& t) { return t.idle >= t.response; })};
};

template <>
struct Describe<api::RateLimit> {
  static constexpr std::string_view doc = "How often one caller may ask; beyond it the answer is 429.";
  static constexpr auto fields =
      std::tuple{field("requestsPerSecond", &api::RateLimit::requests_per_second, "In the long run.",
                       {.required = true,
                        .minimum = 1,
                        .maximum = 100000,
                        .effect = "nginx:endpoint/traffic/rateLimit/requestsPerSecond",
                        .example = "50"}),
                 field("burst", &api::RateLimit::burst, "At once, after a quiet time.",
                       {.required = true,
                        .minimum = 1,
                        .maximum = 100000,
                        .effect = "nginx:endpoint/traffic/rateLimit/burst",
                        .example = "100"})};
};

template <>
struct Describe<api::Traffic> {
  static constexpr std::string_view doc = "How traffic is shaped.";
  static constexpr auto fields = std::tuple{
      field("timeouts", &api::Traffic::timeouts, "How long things may take."),
      field("maxConcurrent", &api::Traffic::max_concurrent, "Connections at the same time; 0 is no limit.",
            {.minimum = 0, .maximum = 1000000, .effect = "bigip:vs/maxConnections"}),
      field("rateLimit", &api::Traffic::rate_limit, "How often one caller may ask. Only with enforcement Generated."),
      field("loadBalancing", &api::Traffic::load_balancing, "How a BIG-IP chooses an address of the serving host.",
            {.effect = "bigip:pool/loadBalancingMode"})};
};

template <>
struct Describe<api::Security> {
  static constexpr std::string_view doc = "What is checked besides the token.";
  static constexpr auto fields =
      std::tuple{field("allowedNetworks", &api::Security::allowed_networks, "Networks that clients may come from.",
                       {.max_items = 64,
                        .list = ListType::Set,
                        .format = "cidr",
                        .effect = "bigip:networks/records",
                        .example = "10.20.0.0/16",
                        .default_text = "everywhere"}),
                 field("wafPolicy", &api::Security::waf_policy, "Web application firewall policy on the BIG-IP.",
                       {.max_length = 197,
                        .pattern = api::kDeviceObject,
                        .pattern_says = api::kDeviceObjectSays,
                        .effect = "bigip:vs/policyWAF",
                        .example = "/Common/ml_waf"})};
};

template <>
struct Describe<api::ProtectedEndpointSpec> {
  static constexpr std::string_view doc = "One model serving endpoint behind F5.";
  static constexpr auto fields = std::tuple{
      field("host", &api::ProtectedEndpointSpec::host, "The public name.",
            {.required = true,
             .max_length = 253,
             .pattern = api::kHost,
             .pattern_says = api::kHostSays,
             .effect = "status.url",
             .example = "fraud.ml.example.com"}),
      field("gatewayRef", &api::ProtectedEndpointSpec::gateway_ref, "The gateway that publishes it.",
            {.required = true}),
      field("tls", &api::ProtectedEndpointSpec::tls, "The certificate that clients see.", {.required = true}),
      field(
          "backends", &api::ProtectedEndpointSpec::backends,
          "Where requests go. The first names the public path; more than one needs an NGINX gateway.",
          {.required = true, .min_items = 1, .max_items = api::kMostBackends, .list = ListType::Map, .keys = {"name"}}),
      field("identity", &api::ProtectedEndpointSpec::identity, "Who issues the tokens.", {.required = true}),
      field("client", &api::ProtectedEndpointSpec::client, "The machine client that is registered for it."),
      field("access", &api::ProtectedEndpointSpec::access, "Who may use it in Databricks."),
      field("upstream", &api::ProtectedEndpointSpec::upstream, "Which credential goes upstream."),
      field("traffic", &api::ProtectedEndpointSpec::traffic, "How traffic is shaped."),
      field("security", &api::ProtectedEndpointSpec::security, "What is checked besides the token."),
      field("deletionPolicy", &api::ProtectedEndpointSpec::deletion_policy,
            "What becomes of the outside when this object is deleted.", {.effect = "bigip:vs"}),
      field("management", &api::ProtectedEndpointSpec::management, "What the operator may do outside.",
            {.effect = "databricks:access_control_list"})};
  static constexpr auto rules = std::tuple{rule<api::ProtectedEndpointSpec>(
      "self.backends.all(a, !has(a.serving) || self.backends.exists_one(b, has(b.serving) && "
      "b.workspaceRef.name == a.workspaceRef.name && b.serving.endpoint == a.serving.endpoint))",
      "must not name one serving endpoint twice", "backends", [](const api::ProtectedEndpointSpec& s) {
        std::set<std::pair<std::string, std::string>> seen;
        return std::ranges::all_of(s.backends, [&](const api::Backend& one) {
          return !one.serving || seen.emplace(one.workspace_ref.name, one.serving->endpoint).second;
        });
      })};
};

template <>
struct Kind<api::ProtectedEndpoint> {
  static constexpr KindName name{.group = api::kGroup,
                                 .version = api::kVersion,
                                 .kind = "ProtectedEndpoint",
                                 .plural = "protectedendpoints",
                                 .singular = "protectedendpoint",
                                 .short_name = "pe",
                                 .scope = Scope::Namespaced,
                                 .doc = "One model serving endpoint behind F5, its identity and who may use it."};
  static constexpr std::array columns = {column("Host", ".spec.host"),
                                         column("Endpoint", ".spec.backends[0].serving.endpoint"),
                                         column("Ready", ".status.conditions[?(@.type==\"Ready\")].status"),
                                         column("Reason", ".status.conditions[?(@.type==\"Ready\")].reason"),
                                         wide_column("Address", ".status.virtualServer.address"),
                                         wide_column("Client", ".status.client.id"),
                                         wide_column("Grants", ".status.databricks[*].grants[*].principal")};
};

extern template const Shape& shape_of<api::ProtectedEndpointSpec>();

}  // namespace sallyport::schema
