// SPDX-License-Identifier: Apache-2.0
// IdentityProvider: an OIDC issuer at which clients are registered, with the limits of who may ask for what.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
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

enum class TokenProfile { RFC9068, Keycloak, Okta, Entra, Hydra };
enum class TokenAlgorithm { RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, Ed25519 };

struct TokenSettings {
  std::string audience;
  std::optional<TokenProfile> profile{};
  std::vector<TokenAlgorithm> algorithms{};
  std::chrono::milliseconds clock_skew = std::chrono::seconds(30);
  std::chrono::milliseconds max_lifetime = std::chrono::hours(1);
};

struct KeySettings {
  std::chrono::milliseconds refresh = std::chrono::minutes(5);
  std::chrono::milliseconds cool_down = std::chrono::seconds(30);
  std::chrono::milliseconds stale_after = std::chrono::hours(24);
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
  std::optional<KeySettings> keys;
  std::vector<IdentityAllow> allow;
};

/// A key that tokens of the issuer may be signed with.
struct SigningKeyStatus {
  std::string thumbprint;
  std::string id;
  std::vector<std::string> algorithms;
  std::string since;
  friend bool operator==(const SigningKeyStatus&, const SigningKeyStatus&) = default;
};

struct IdentityProviderStatus {
  std::int64_t observed_generation = 0;
  std::vector<schema::Condition> conditions;
  std::string token_endpoint;
  std::string registration_endpoint;
  std::string jwks_uri;
  std::vector<SigningKeyStatus> keys{};
  int users = 0;
  int lost_registrations = 0;
  std::vector<Orphan> orphans;
};

/// Reasons of an IdentityProvider's IdentityConfigCurrent=False that end by themselves once it answers again. Until
/// keys.staleAfter is over, tokens are checked by the keys that are known.
inline constexpr std::string_view kIssuerUnreachable = "IssuerUnreachable";
inline constexpr std::string_view kKeysUnreachable = "KeysUnreachable";

/// The signatures that count.
[[nodiscard]] inline std::vector<TokenAlgorithm> accepted_algorithms(const IdentityProviderSpec& spec) {
  if (spec.tokens && !spec.tokens->algorithms.empty()) return spec.tokens->algorithms;
  return {TokenAlgorithm::ES256, TokenAlgorithm::RS256};
}

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
struct Names<api::TokenProfile> {
  static constexpr std::array values = {
      named(api::TokenProfile::RFC9068, "RFC9068", "The standard: typ at+jwt, client_id, scope, jti."),
      named(api::TokenProfile::Keycloak, "Keycloak", "typ JWT with the claim typ Bearer; the client in azp."),
      named(api::TokenProfile::Okta, "Okta", "No typ; the client in cid, scopes as the list scp."),
      named(api::TokenProfile::Entra, "Entra", "typ JWT; the client in azp or appid, scopes in scp or roles."),
      named(api::TokenProfile::Hydra, "Hydra", "Ory Hydra: the client in client_id, scopes as the list scp.")};
};

template <>
struct Names<api::TokenAlgorithm> {
  static constexpr std::array values = {
      named(api::TokenAlgorithm::RS256, "RS256"), named(api::TokenAlgorithm::RS384, "RS384"),
      named(api::TokenAlgorithm::RS512, "RS512"), named(api::TokenAlgorithm::PS256, "PS256"),
      named(api::TokenAlgorithm::PS384, "PS384"), named(api::TokenAlgorithm::PS512, "PS512"),
      named(api::TokenAlgorithm::ES256, "ES256"), named(api::TokenAlgorithm::ES384, "ES384"),
      named(api::TokenAlgorithm::ES512, "ES512"), named(api::TokenAlgorithm::Ed25519, "Ed25519")};
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
  static constexpr auto fields = std::tuple{
      field("audience", &api::TokenSettings::audience, "The audience of endpoints that name none.",
            {.max_length = 253,
             .pattern = api::kAudience,
             .pattern_says = api::kAudienceSays,
             .effect = "secret:audience",
             .example = "https://ml.example.com"}),
      field(
          "profile", &api::TokenSettings::profile,
          "Where its tokens say what they are. Of gateways that check tokens themselves, as all below.",
          {.effect = "nginx:endpoint/token/profile", .default_text = "Keycloak with type Keycloak, otherwise RFC9068"}),
      field("algorithms", &api::TokenSettings::algorithms, "Signatures that are accepted.",
            {.max_items = 16,
             .list = ListType::Set,
             .effect = "nginx:endpoint/token/algorithms",
             .example = "ES256",
             .default_text = "RS256, ES256"}),
      field("clockSkew", &api::TokenSettings::clock_skew, "How far its clock may differ from the gateway's.",
            {.at_least = std::chrono::seconds(0),
             .at_most = std::chrono::minutes(5),
             .effect = "nginx:endpoint/token/clockSkew"}),
      field("maxLifetime", &api::TokenSettings::max_lifetime,
            "Longest time between the issue of a token and its end; one that lives longer is refused.",
            {.at_least = std::chrono::seconds(1),
             .at_most = std::chrono::hours(48),
             .effect = "nginx:endpoint/token/maxLifetime"})};
};

template <>
struct Describe<api::KeySettings> {
  static constexpr std::string_view doc = "How long gateways that check tokens themselves believe its signing keys.";
  static constexpr auto fields = std::tuple{
      field("refresh", &api::KeySettings::refresh, "Age at which they are fetched again.",
            {.at_least = std::chrono::seconds(1),
             .at_most = std::chrono::hours(24),
             .effect = "nginx:endpoint/token/issuer/refresh"}),
      field("coolDown", &api::KeySettings::cool_down, "Least time between fetches for a key that is not known.",
            {.at_least = std::chrono::seconds(1),
             .at_most = std::chrono::hours(1),
             .effect = "nginx:endpoint/token/issuer/coolDown"}),
      field("staleAfter", &api::KeySettings::stale_after,
            "Age at which they are no longer believed, should the issuer not answer.",
            {.at_least = std::chrono::seconds(1),
             .at_most = std::chrono::hours(24L * 30),
             .effect = "nginx:endpoint/token/issuer/staleAfter"})};
  static constexpr auto rules = std::tuple{rule<api::KeySettings>(
      "duration(has(self.staleAfter) ? self.staleAfter : '24h') >= duration(has(self.refresh) ? self.refresh : '5m')",
      "must not be below refresh", "staleAfter", [](const api::KeySettings& k) { return k.stale_after >= k.refresh; })};
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
      field("keys", &api::IdentityProviderSpec::keys, "How long its signing keys are believed."),
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
struct Describe<api::SigningKeyStatus> {
  static constexpr std::string_view doc = "A key that tokens of the issuer may be signed with.";
  static constexpr auto fields = std::tuple{
      field("thumbprint", &api::SigningKeyStatus::thumbprint,
            "RFC 7638; under the same id, another thumbprint is another key.", {.required = true, .max_length = 64}),
      field("id", &api::SigningKeyStatus::id, "Its `kid`.", {.max_length = 253}),
      field("algorithms", &api::SigningKeyStatus::algorithms, "What it verifies.",
            {.max_items = 16, .list = ListType::Atomic, .item_max_length = 16}),
      field("since", &api::SigningKeyStatus::since, "When it was first seen.",
            {.max_length = 64, .format = "date-time"})};
};

template <>
struct Describe<api::IdentityProviderStatus> {
  static constexpr std::string_view doc = "What was last seen of the issuer.";
  static constexpr auto fields = std::tuple{
      field("observedGeneration", &api::IdentityProviderStatus::observed_generation,
            "Generation of the spec that this describes."),
      field("conditions", &api::IdentityProviderStatus::conditions,
            "Ready, Accepted, Synced, Reachable, IdentityConfigCurrent.",
            {.max_items = 32, .list = ListType::Map, .keys = {"type"}}),
      field("tokenEndpoint", &api::IdentityProviderStatus::token_endpoint, "Where tokens come from."),
      field("registrationEndpoint", &api::IdentityProviderStatus::registration_endpoint,
            "Where clients are registered."),
      field("jwksUri", &api::IdentityProviderStatus::jwks_uri, "Where the signing keys are."),
      field("keys", &api::IdentityProviderStatus::keys, "The signing keys, as last read.",
            {.max_items = 100, .list = ListType::Atomic}),
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
