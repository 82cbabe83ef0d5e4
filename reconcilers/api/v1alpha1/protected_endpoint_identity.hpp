// SPDX-License-Identifier: Apache-2.0
// The side of a ProtectedEndpoint that the identity provider sees: who issues its tokens, how the gateway checks them,
// and the client that is registered for it.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "reconcilers/api/v1alpha1/identity_provider.hpp"

namespace sallyport::api {

enum class EnforcementType { Reference, Generated };

struct Enforcement {
  EnforcementType type = EnforcementType::Reference;
  std::optional<std::string> access_profile;
  std::optional<std::string> per_request_policy;
};

struct Identity {
  ConnectionRef provider_ref;
  std::string audience;
  std::vector<std::string> required_scopes;
  std::vector<std::string> required_groups;
  std::optional<Enforcement> enforcement;
  std::optional<std::chrono::milliseconds> cache_window;
};

/// Whether the gateway itself checks the tokens.
[[nodiscard]] inline bool is_generated(const Identity& identity) {
  return identity.enforcement && identity.enforcement->type == EnforcementType::Generated;
}

struct Client {
  bool manage = true;
  std::string secret_name;
  std::vector<GrantType> grant_types;
};

}  // namespace sallyport::api

namespace sallyport::schema {

template <>
struct Names<api::EnforcementType> {
  static constexpr std::array values = {
      named(api::EnforcementType::Reference, "Reference", "Policies that exist on the BIG-IP are attached."),
      named(api::EnforcementType::Generated, "Generated",
            "The gateway, an NGINX, checks tokens by what is said here.")};
};
template <>
struct Describe<api::Enforcement> {
  static constexpr std::string_view doc = "How the gateway checks tokens.";
  static constexpr auto fields = std::tuple{
      field("type", &api::Enforcement::type, "The way.",
            {.required = true, .effect = "status.conditions[TokenPolicyAttached].reason", .example = "Reference"}),
      field("accessProfile", &api::Enforcement::access_profile, "Access profile on the device.",
            {.max_length = 197,
             .pattern = api::kDeviceObject,
             .pattern_says = api::kDeviceObjectSays,
             .effect = "bigip:vs/profileAccess",
             .example = "/Common/corp_oauth"}),
      field("perRequestPolicy", &api::Enforcement::per_request_policy, "Per-request policy on the device.",
            {.max_length = 197,
             .pattern = api::kDeviceObject,
             .pattern_says = api::kDeviceObjectSays,
             .effect = "bigip:vs/policyPerRequestAccess",
             .example = "/Common/corp_oauth_api"})};
  static constexpr auto one_of = union_on(
      "type",
      std::array{arm("Reference", "accessProfile"), arm("Reference", "perRequestPolicy"), arm("Generated", "")});
};

template <>
struct Describe<api::Identity> {
  static constexpr std::string_view doc = "Who issues the tokens, and what they must say.";
  static constexpr auto fields =
      std::tuple{field("providerRef", &api::Identity::provider_ref, "The issuer.", {.required = true}),
                 field("audience", &api::Identity::audience, "The audience that tokens must be for.",
                       {.max_length = 253,
                        .pattern = api::kAudience,
                        .pattern_says = api::kAudienceSays,
                        .effect = "secret:audience",
                        .example = "https://ml.example.com",
                        .default_text = "the provider's"}),
                 field("requiredScopes", &api::Identity::required_scopes,
                       "Scopes that tokens must have; the client is registered for them.",
                       {.max_items = 32,
                        .list = ListType::Set,
                        .effect = "oidc:client/scope",
                        .example = "fraud:score",
                        .item_max_length = 128,
                        .item_pattern = api::kScope,
                        .item_pattern_says = api::kScopeSays}),
                 field("requiredGroups", &api::Identity::required_groups,
                       "Groups that tokens must name, each of them. Only with enforcement Generated.",
                       {.max_items = 32,
                        .list = ListType::Set,
                        .effect = "nginx:endpoint/token/groups",
                        .example = "risk-analysts",
                        .item_max_length = 255,
                        .item_pattern = api::kPrincipal,
                        .item_pattern_says = api::kPrincipalSays}),
                 field("enforcement", &api::Identity::enforcement,
                       "How the gateway checks tokens. Without it nothing is published: TokenPolicyAttached says so."),
                 field("cacheWindow", &api::Identity::cache_window,
                       "Longest time for which a decision on a token is remembered. Only with enforcement Generated.",
                       {.at_least = std::chrono::seconds(0),
                        .at_most = std::chrono::minutes(10),
                        .effect = "nginx:endpoint/cacheWindow",
                        .default_text = "30s"})};
};

template <>
struct Describe<api::Client> {
  static constexpr std::string_view doc = "The machine client that is registered for this endpoint.";
  static constexpr auto fields =
      std::tuple{field("manage", &api::Client::manage, "Register and keep a client.", {.effect = "oidc:client"}),
                 field("secretName", &api::Client::secret_name,
                       "Secret in the same namespace that receives client_id, client_secret, issuer, token_url and "
                       "audience. It must not "
                       "exist yet.",
                       {.max_length = 253,
                        .pattern = api::kObjectName,
                        .pattern_says = api::kObjectNameSays,
                        .effect = "secret:name",
                        .example = "fraud-client",
                        .default_text = "the endpoint's name with '-client'"}),
                 field("grantTypes", &api::Client::grant_types, "Grant types of the client.",
                       {.max_items = 8,
                        .list = ListType::Set,
                        .effect = "oidc:client/grant_types",
                        .example = "client_credentials",
                        .default_text = "client_credentials"})};
};

}  // namespace sallyport::schema
