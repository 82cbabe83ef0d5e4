// SPDX-License-Identifier: Apache-2.0
// The tables of an endpoint's document. Their patterns are the first of two gates in front of nginx's file: what could
// be read as code there never becomes a value.
#pragma once

#include "reconcilers/publication/endpoint.hpp"

namespace sallyport::publication {

/// nginx compares names of upstreams and variables without case.
inline constexpr std::string_view kId = R"(^[a-z0-9_]{1,64}$)";
inline constexpr std::string_view kIdSays = "lower-case letters, digits and '_', at most 64";
inline constexpr std::string_view kObject = R"(^[0-9a-f]{64}$)";
inline constexpr std::string_view kObjectSays = "a SHA-256 in lower-case hex digits";
inline constexpr std::string_view kDnsName =
    R"(^([a-z0-9_]([-a-z0-9_]{0,61}[a-z0-9_])?\.){0,8}[a-z0-9_]([-a-z0-9_]{0,61}[a-z0-9_])?$)";
inline constexpr std::string_view kDnsNameSays = "a DNS name in lower case";
/// No percent-encoding, no dots alone, nothing that nginx or a server would normalise.
inline constexpr std::string_view kPath = R"(^(/[A-Za-z0-9_~-][A-Za-z0-9._~-]{0,127}){1,16}$)";
inline constexpr std::string_view kPathSays = "a path of letters, digits, '.', '_', '~' and '-'";
inline constexpr std::string_view kHttpsUrl =
    R"(^(https://[A-Za-z0-9.\-\[\]:]{1,253}|http://(127\.0\.0\.1|localhost|\[::1\])(:[0-9]{1,5})?)(/[A-Za-z0-9._~!&'()*+,;=:@%/?\-]{0,1024})?$)";
inline constexpr std::string_view kHttpsUrlSays = "an https URL (http only on the loopback address)";
inline constexpr std::string_view kVisible = R"(^[\x21-\x7E]{1,1024}$)";
inline constexpr std::string_view kVisibleSays = "visible ASCII without spaces";
inline constexpr std::string_view kOneLine = R"(^[^\x00-\x1F\x7F]{1,512}$)";
inline constexpr std::string_view kOneLineSays = "one line of printable text";

inline constexpr schema::Options kObjectName{
    .max_length = 64,
    .pattern = kObject,
    .pattern_says = kObjectSays,
    .example = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"};
inline constexpr schema::Options kUrlOptions{.max_length = 2048,
                                             .pattern = kHttpsUrl,
                                             .pattern_says = kHttpsUrlSays,
                                             .example = "https://login.example.com/jwks"};
inline constexpr schema::Options kWords{.max_items = 256,
                                        .list = schema::ListType::Set,
                                        .example = "fraud:score",
                                        .item_max_length = 512,
                                        .item_pattern = kOneLine,
                                        .item_pattern_says = kOneLineSays};

constexpr schema::Options required(schema::Options options) {
  options.required = true;
  return options;
}
constexpr schema::Options between(std::chrono::milliseconds least, std::chrono::milliseconds most) {
  return {.at_least = least, .at_most = most};
}
constexpr schema::Options printable(std::size_t length, std::string_view example) {
  return {.max_length = length, .pattern = kOneLine, .pattern_says = kOneLineSays, .example = example};
}

}  // namespace sallyport::publication

namespace sallyport::schema {

template <>
struct Names<token::Profile> {
  static constexpr std::array values = {named(token::Profile::RFC9068, "RFC9068"),
                                        named(token::Profile::Keycloak, "Keycloak"),
                                        named(token::Profile::Okta, "Okta"), named(token::Profile::Entra, "Entra"),
                                        named(token::Profile::Hydra, "Hydra")};
};
template <>
struct Names<publication::PrincipalType> {
  static constexpr std::array values = {named(publication::PrincipalType::User, "User"),
                                        named(publication::PrincipalType::Group, "Group"),
                                        named(publication::PrincipalType::ServicePrincipal, "ServicePrincipal")};
};
template <>
struct Names<publication::UpstreamType> {
  static constexpr std::array values = {named(publication::UpstreamType::TokenExchange, "TokenExchange"),
                                        named(publication::UpstreamType::ServicePrincipal, "ServicePrincipal")};
};

template <>
struct Describe<publication::Backend> {
  static constexpr std::string_view doc = "Where requests go.";
  static constexpr auto fields = std::tuple{
      field("name", &publication::Backend::name, "Names it within the endpoint.",
            {.required = true,
             .max_length = 63,
             .pattern = R"(^[a-z0-9]([-a-z0-9.]{0,61}[a-z0-9])?$)",
             .pattern_says = "lower-case letters, digits, '-' and '.'",
             .example = "eu"}),
      field("host", &publication::Backend::host, "The host that answers: SNI, certificate, Host.",
            {.required = true,
             .max_length = 253,
             .pattern = publication::kDnsName,
             .pattern_says = publication::kDnsNameSays,
             .example = "adb-1.7.azuredatabricks.net"}),
      field("port", &publication::Backend::port, "Its port.", {.minimum = 1, .maximum = 65535}),
      field("path", &publication::Backend::path, "The path there.",
            {.required = true,
             .pattern = publication::kPath,
             .pattern_says = publication::kPathSays,
             .example = "/serving-endpoints/fraud-scoring/invocations"}),
      field("weight", &publication::Backend::weight, "Share among those of its priority.",
            {.minimum = 1, .maximum = 1000}),
      field("priority", &publication::Backend::priority, "The lowest that can be connected to is used.",
            {.minimum = 0, .maximum = 100}),
      field("trust", &publication::Backend::trust, "Object with what is trusted there.", publication::kObjectName),
      field("tokenEndpoint", &publication::Backend::token_endpoint, "Where tokens for this host are made.",
            publication::required(publication::kUrlOptions)),
      field("authorizationDetails", &publication::Backend::authorization_details, "Of a route-optimised endpoint.",
            {.max_length = 4096,
             .pattern = R"(^[^\x00-\x1F\x7F]*$)",
             .pattern_says = publication::kOneLineSays,
             .example = R"([{"type":"workspace_permission"}])"})};
};

template <>
struct Describe<publication::Issuer> {
  static constexpr std::string_view doc = "Whose tokens are let in.";
  static constexpr auto fields = std::tuple{
      field("issuer", &publication::Issuer::issuer, "Exact.",
            {.required = true,
             .pattern = publication::kVisible,
             .pattern_says = publication::kVisibleSays,
             .example = "https://login.example.com"}),
      field("jwksUri", &publication::Issuer::jwks_uri, "Where its keys are.",
            publication::required(publication::kUrlOptions)),
      field("trust", &publication::Issuer::trust, "Object with what is trusted there.", publication::kObjectName),
      field("refresh", &publication::Issuer::refresh, "Age at which its keys are fetched again.",
            publication::between(std::chrono::seconds(1), std::chrono::hours(24))),
      field("coolDown", &publication::Issuer::cool_down, "Least time between fetches for an unknown key.",
            publication::between(std::chrono::seconds(1), std::chrono::hours(1))),
      field("staleAfter", &publication::Issuer::stale_after, "Age at which its keys are no longer believed.",
            publication::between(std::chrono::seconds(1), std::chrono::hours(24L * 30)))};
};

template <>
struct Describe<publication::TokenCheck> {
  static constexpr std::string_view doc = "What is demanded of a token.";
  static constexpr auto fields = std::tuple{
      field("issuer", &publication::TokenCheck::issuer, "Who issued it.", {.required = true}),
      field("profile", &publication::TokenCheck::profile, "What that issuer's tokens look like."),
      field("algorithms", &publication::TokenCheck::algorithms, "Signatures that are accepted.",
            {.required = true,
             .min_items = 1,
             .max_items = 16,
             .list = ListType::Set,
             .example = "RS256",
             .item_max_length = 16,
             .item_pattern = R"(^((RS|PS|ES)(256|384|512)|Ed25519)$)",
             .item_pattern_says = "an asymmetric algorithm of RFC 7518, or Ed25519"}),
      field("audience", &publication::TokenCheck::audience, "For whom it has to be.",
            {.required = true,
             .max_length = 253,
             .pattern = publication::kVisible,
             .pattern_says = publication::kVisibleSays,
             .example = "https://ml.example.com"}),
      field("clockSkew", &publication::TokenCheck::clock_skew, "How far clocks may differ.",
            publication::between(std::chrono::seconds(0), std::chrono::minutes(5))),
      field("maxLifetime", &publication::TokenCheck::max_lifetime, "Longest time between its issue and its end.",
            publication::between(std::chrono::seconds(1), std::chrono::hours(48))),
      field("scopes", &publication::TokenCheck::scopes, "Each of them.", publication::kWords),
      field("groups", &publication::TokenCheck::groups, "Each of them.", publication::kWords),
      field("clients", &publication::TokenCheck::clients, "One of them.", publication::kWords),
      field("actors", &publication::TokenCheck::actors, "Who may act for others.", publication::kWords)};
};

template <>
struct Describe<publication::Grant> {
  static constexpr std::string_view doc = "Who may query.";
  static constexpr auto fields = std::tuple{
      field("principalType", &publication::Grant::principal_type, "What it is.", {.required = true, .example = "User"}),
      field("principal", &publication::Grant::principal, "Its name, or application id.",
            publication::required(publication::printable(255, "risk-analysts"))),
      field("until", &publication::Grant::until, "When it ends.",
            {.max_length = 40, .format = "date-time", .example = "2026-12-24T18:00:00Z"})};
};

template <>
struct Describe<publication::Upstream> {
  static constexpr std::string_view doc = "With which token requests go on.";
  static constexpr auto fields =
      std::tuple{field("type", &publication::Upstream::type, "How it is come by."),
                 field("clientId", &publication::Upstream::client_id, "Of a federation policy of a service principal.",
                       publication::printable(255, "6f1c2a34-5b6c-7d8e-9f01-23456789abcd")),
                 field("credentials", &publication::Upstream::credentials, "Object with client_id and client_secret.",
                       publication::kObjectName)};
  static constexpr auto rules = std::tuple{rule<publication::Upstream>(
      "self.type != 'ServicePrincipal' || self.credentials != ''", "is needed by ServicePrincipal", "credentials",
      [](const publication::Upstream& u) {
        return u.type != publication::UpstreamType::ServicePrincipal || !u.credentials.empty();
      })};
};

template <>
struct Describe<publication::RateLimit> {
  static constexpr std::string_view doc = "Requests of one identity.";
  static constexpr auto fields =
      std::tuple{field("requestsPerSecond", &publication::RateLimit::requests_per_second, "Steady rate.",
                       {.required = true, .minimum = 1, .maximum = 100000, .example = "50"}),
                 field("burst", &publication::RateLimit::burst, "Above it, at once.",
                       {.required = true, .minimum = 1, .maximum = 100000, .example = "100"})};
};

template <>
struct Describe<publication::Traffic> {
  static constexpr std::string_view doc = "Time-outs and limits.";
  static constexpr auto fields =
      std::tuple{field("connectTimeout", &publication::Traffic::connect_timeout, "For a connection to a backend.",
                       publication::between(std::chrono::milliseconds(100), std::chrono::seconds(75))),
                 field("responseTimeout", &publication::Traffic::response_timeout, "Between two pieces of an answer.",
                       publication::between(std::chrono::seconds(1), std::chrono::hours(1))),
                 field("idleTimeout", &publication::Traffic::idle_timeout, "Of a connection without a request.",
                       publication::between(std::chrono::seconds(1), std::chrono::hours(2))),
                 field("maxConcurrent", &publication::Traffic::max_concurrent, "Requests at once; 0: unlimited.",
                       {.minimum = 0, .maximum = 1000000}),
                 field("maxBodyBytes", &publication::Traffic::max_body_bytes, "Of a request.",
                       {.minimum = 1, .maximum = 1073741824}),
                 field("allowedNetworks", &publication::Traffic::allowed_networks, "From where; empty: everywhere.",
                       {.max_items = 256, .list = ListType::Set, .format = "cidr", .example = "10.20.0.0/16"}),
                 field("rateLimit", &publication::Traffic::rate_limit, "How often one identity may ask.")};
};

template <>
struct Describe<publication::Endpoint> {
  static constexpr std::string_view doc = "One endpoint of a gateway.";
  static constexpr auto fields = std::tuple{
      field("id", &publication::Endpoint::id, "Names it on the gateway.",
            {.required = true,
             .max_length = 64,
             .pattern = publication::kId,
             .pattern_says = publication::kIdSays,
             .example = "fraud_scoring_0123456789"}),
      field("owner", &publication::Endpoint::owner, "Whose it is.",
            publication::required(publication::printable(512, "ProtectedEndpoint risk/fraud-scoring"))),
      field("uid", &publication::Endpoint::uid, "Of the owner.",
            publication::required(publication::printable(64, "0b1c2d3e-4f50-4617-8293-a4b5c6d7e8f9"))),
      field("generation", &publication::Endpoint::generation, "Of the owner.", {.required = true, .minimum = 1}),
      field("tenant", &publication::Endpoint::tenant, "Where the operator keeps it.",
            publication::printable(64, "sp_k3x8m2qa_0123456789_1")),
      field("revision", &publication::Endpoint::revision, "By which the operator knows what it was made of.",
            publication::kObjectName),
      field("host", &publication::Endpoint::host, "Its public name.",
            {.required = true,
             .max_length = 253,
             .pattern = publication::kDnsName,
             .pattern_says = publication::kDnsNameSays,
             .example = "fraud.ml.example.com"}),
      field("port", &publication::Endpoint::port, "Its public port.", {.minimum = 1, .maximum = 65535}),
      field("path", &publication::Endpoint::path, "Its public path.",
            {.required = true,
             .pattern = publication::kPath,
             .pattern_says = publication::kPathSays,
             .example = "/serving-endpoints/fraud-scoring/invocations"}),
      field("certificate", &publication::Endpoint::certificate, "Object with its chain and key.",
            publication::required(publication::kObjectName)),
      field("clientCa", &publication::Endpoint::client_ca, "Object with who may vouch for whoever comes.",
            publication::kObjectName),
      field("clientName", &publication::Endpoint::client_name, "The name that whoever comes has to show.",
            {.max_length = 253,
             .pattern = publication::kDnsName,
             .pattern_says = publication::kDnsNameSays,
             .example = "bigip.edge.example.com"}),
      field("backends", &publication::Endpoint::backends, "Where requests go.",
            {.required = true, .min_items = 1, .max_items = 16, .list = ListType::Map, .keys = {"name"}}),
      field("token", &publication::Endpoint::token, "What is demanded of a token.", {.required = true}),
      field("grants", &publication::Endpoint::grants, "Who may query.",
            {.max_items = 1024, .list = ListType::Map, .keys = {"principalType", "principal"}}),
      field("upstream", &publication::Endpoint::upstream, "With which token requests go on.", {.required = true}),
      field("traffic", &publication::Endpoint::traffic, "Time-outs and limits.", {.required = true}),
      field("cacheWindow", &publication::Endpoint::cache_window, "Longest that a decision is remembered.",
            publication::between(std::chrono::seconds(0), std::chrono::minutes(10))),
      field("logPasses", &publication::Endpoint::log_passes, "A line for each pass.")};
};

}  // namespace sallyport::schema
