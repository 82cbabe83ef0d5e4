// SPDX-License-Identifier: Apache-2.0
// IdentityProvider: an OIDC issuer at which clients are registered, with the limits of who may ask for what.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "reconcilers/api/v1alpha1/common.hpp"
#include "reconcilers/api/v1alpha1/f5_gateway.hpp"

namespace sallyport::api {

enum class IdentityProviderType { DynamicRegistration, Keycloak };
enum class GrantType { ClientCredentials };

struct Registration {
  std::string credentials_secret;
  std::string endpoint;
};

struct TokenSettings {
  std::string audience;
};

struct IdentityAllow {
  std::string name;
  NamespaceSelector namespaces;
  std::vector<std::string> scopes;
  std::vector<std::string> audiences;
  std::vector<GrantType> grant_types;
  std::vector<std::string> adopt;
  bool orphan = false;
};

struct IdentityProviderSpec {
  std::string issuer;
  IdentityProviderType type = IdentityProviderType::DynamicRegistration;
  std::optional<Registration> registration;
  std::string ca_bundle;
  std::optional<TokenSettings> tokens;
  std::vector<IdentityAllow> allow;
};

struct IdentityProviderStatus {
  std::int64_t observed_generation = 0;
  std::vector<schema::Condition> conditions;
  std::string token_endpoint;
  std::string registration_endpoint;
  std::string jwks_uri;
  int users = 0;
  int lost_registrations = 0;
  std::vector<Orphan> orphans;
};

struct IdentityProvider {
  using Spec = IdentityProviderSpec;
  using Status = IdentityProviderStatus;
};

}  // namespace sallyport::api

namespace sallyport::schema {

template <>
struct Names<api::IdentityProviderType> {
  static constexpr std::array values = {
      named(api::IdentityProviderType::DynamicRegistration, "DynamicRegistration",
            "Clients are registered by RFC 7591 and managed by RFC 7592."),
      named(api::IdentityProviderType::Keycloak, "Keycloak", "Clients are managed through Keycloak's admin REST API.")};
};

template <>
struct Names<api::GrantType> {
  static constexpr std::array values = {named(api::GrantType::ClientCredentials, "client_credentials",
                                              "A machine signs in as itself (RFC 6749 section 4.4).")};
};

template <>
struct Describe<api::Registration> {
  static constexpr std::string_view doc = "How the operator registers clients.";
  static constexpr auto fields = std::tuple{
      field("credentialsSecret", &api::Registration::credentials_secret,
            "Secret in the operator's namespace. DynamicRegistration: initial_access_token. Keycloak: client_id and "
            "client_secret "
            "of a service account with the role manage-clients.",
            {.max_length = 253,
             .pattern = api::kObjectName,
             .pattern_says = api::kObjectNameSays,
             .effect = "oidc:authorization",
             .example = "idp-registration",
             .default_text = "open registration"}),
      field("endpoint", &api::Registration::endpoint, "Where clients are registered, when discovery does not say it.",
            {.max_length = 1024,
             .pattern = api::kUrl,
             .pattern_says = api::kUrlSays,
             .effect = "oidc:registration",
             .example = "https://login.example.com/reg",
             .default_text = "as discovery says"})};
};

template <>
struct Describe<api::TokenSettings> {
  static constexpr std::string_view doc = "What the issuer's tokens look like.";
  static constexpr auto fields =
      std::tuple{field("audience", &api::TokenSettings::audience, "The audience of endpoints that name none.",
                       {.max_length = 253,
                        .pattern = api::kAudience,
                        .pattern_says = api::kAudienceSays,
                        .effect = "secret:audience",
                        .example = "https://ml.example.com"})};
};

template <>
struct Describe<api::IdentityAllow> {
  static constexpr std::string_view doc = "What some namespaces may ask of this issuer.";
  static constexpr auto fields = std::tuple{
      field("name", &api::IdentityAllow::name, "Names this entry.",
            {.required = true,
             .max_length = 63,
             .pattern = api::kObjectName,
             .pattern_says = api::kObjectNameSays,
             .effect = "status.conditions[Accepted].message of the endpoints",
             .example = "risk-teams"}),
      field("namespaces", &api::IdentityAllow::namespaces, "To whom it applies.", {.required = true}),
      field("scopes", &api::IdentityAllow::scopes, "Scopes that their endpoints may require; '*' stands for anything.",
            {.max_items = 64,
             .list = ListType::Set,
             .effect = "status.conditions[Accepted] of the endpoints",
             .example = "fraud:*",
             .item_max_length = 128,
             .item_pattern = api::kScope,
             .item_pattern_says = api::kScopeSays}),
      field("audiences", &api::IdentityAllow::audiences, "Audiences that they may use, exactly.",
            {.max_items = 64,
             .list = ListType::Set,
             .effect = "status.conditions[Accepted] of the endpoints",
             .example = "https://ml.example.com",
             .item_pattern = api::kAudience,
             .item_pattern_says = api::kAudienceSays}),
      field("grantTypes", &api::IdentityAllow::grant_types, "Grant types that their clients may have.",
            {.max_items = 8,
             .list = ListType::Set,
             .effect = "status.conditions[Accepted] of the endpoints",
             .example = "client_credentials"}),
      field("adopt", &api::IdentityAllow::adopt, "Ids of existing clients that they may take over.",
            {.max_items = 64,
             .list = ListType::Set,
             .effect = "status.conditions[ClientRegistered] of the endpoints",
             .example = "legacy-fraud",
             .item_pattern = api::kPrincipal,
             .item_pattern_says = api::kPrincipalSays}),
      field("orphan", &api::IdentityAllow::orphan, "May they ask for deletionPolicy Orphan?",
            {.effect = "status.conditions[Accepted] of the endpoints"})};
};

template <>
struct Describe<api::IdentityProviderSpec> {
  static constexpr std::string_view doc = "An issuer of tokens.";
  static constexpr auto fields = std::tuple{
      field("issuer", &api::IdentityProviderSpec::issuer,
            "The issuer, character by character as its discovery document says; another issuer is another connection.",
            {.required = true,
             .max_length = 1024,
             .pattern = api::kUrl,
             .pattern_says = api::kUrlSays,
             .immutable = true,
             .effect = "secret:issuer",
             .example = "https://login.example.com"}),
      field("type", &api::IdentityProviderSpec::type, "How clients are registered there.",
            {.required = true, .immutable = true, .effect = "oidc:registration", .example = "DynamicRegistration"}),
      field("registration", &api::IdentityProviderSpec::registration, "How the operator registers clients."),
      field("caBundle", &api::IdentityProviderSpec::ca_bundle, "PEM certificates that the issuer's own must chain to.",
            {.min_length = 1, .max_length = 65536, .effect = "oidc:connection", .default_text = "the system's"}),
      field("tokens", &api::IdentityProviderSpec::tokens, "What its tokens look like."),
      field("allow", &api::IdentityProviderSpec::allow, "Who may use it for what; nobody else may.",
            {.max_items = 128, .list = ListType::Map, .keys = {"name"}})};
  static constexpr auto rules = std::tuple{rule<api::IdentityProviderSpec>(
      "self.type != 'Keycloak' || (has(self.registration) && has(self.registration.credentialsSecret))",
      "is needed for type Keycloak", "registration.credentialsSecret", [](const api::IdentityProviderSpec& s) {
        return s.type != api::IdentityProviderType::Keycloak ||
               (s.registration && !s.registration->credentials_secret.empty());
      })};
};

template <>
struct Describe<api::IdentityProviderStatus> {
  static constexpr std::string_view doc = "What was last seen of the issuer.";
  static constexpr auto fields = std::tuple{
      field("observedGeneration", &api::IdentityProviderStatus::observed_generation,
            "Generation of the spec that this describes."),
      field("conditions", &api::IdentityProviderStatus::conditions, "Ready, Accepted, Synced, Reachable.",
            {.max_items = 32, .list = ListType::Map, .keys = {"type"}}),
      field("tokenEndpoint", &api::IdentityProviderStatus::token_endpoint, "Where tokens come from."),
      field("registrationEndpoint", &api::IdentityProviderStatus::registration_endpoint,
            "Where clients are registered."),
      field("jwksUri", &api::IdentityProviderStatus::jwks_uri, "Where the signing keys are."),
      field("users", &api::IdentityProviderStatus::users, "Endpoints that use it."),
      field("lostRegistrations", &api::IdentityProviderStatus::lost_registrations,
            "Registrations whose answer never arrived, or whose record was lost: each may have left a client behind."),
      field("orphans", &api::IdentityProviderStatus::orphans, "Left behind by force-release.",
            {.max_items = 1024, .list = ListType::Atomic})};
};

template <>
struct Kind<api::IdentityProvider> {
  static constexpr KindName name{.group = api::kGroup,
                                 .version = api::kVersion,
                                 .kind = "IdentityProvider",
                                 .plural = "identityproviders",
                                 .singular = "identityprovider",
                                 .short_name = "idp",
                                 .scope = Scope::Cluster,
                                 .doc = "An OIDC issuer at which clients are registered."};
  static constexpr std::array columns = {column("Type", ".spec.type"), column("Issuer", ".spec.issuer"),
                                         column("Ready", ".status.conditions[?(@.type==\"Ready\")].status"),
                                         column("Reason", ".status.conditions[?(@.type==\"Ready\")].reason"),
                                         wide_column("Users", ".status.users")};
};

extern template const Shape& shape_of<api::IdentityProviderSpec>();
extern template const Shape& shape_of<api::IdentityProviderStatus>();

}  // namespace sallyport::schema
