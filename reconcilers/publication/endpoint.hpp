// SPDX-License-Identifier: Apache-2.0
// What one endpoint is to an NGINX gateway: a document that the operator publishes, from which the agent makes nginx's
// file and the authorizer its decisions. In it is intent and never nginx's syntax; where certificates lie on a machine
// and which addresses a name has is for the machine to say.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "operator/base/result.hpp"
#include "operator/schema/field.hpp"
#include "reconcilers/token/profile.hpp"

namespace sallyport::publication {

/// Where requests go: its own name for SNI, certificate and Host, its own path, its own sign-in.
struct Backend {
  std::string name;
  std::string host;
  int port = 443;
  std::string path;              ///< "/serving-endpoints/fraud-scoring/invocations"
  int weight = 1;                ///< share among backends of the same priority
  int priority = 0;              ///< the lowest that can be connected to is used
  std::string trust{};           ///< object with the certificates (PEM) that are trusted there; empty: the system's
  std::string token_endpoint{};  ///< where a caller's token becomes one for this host, or the principal signs in
  std::string authorization_details{};  ///< of a route-optimised serving endpoint
};

/// The issuer whose tokens are let in, and how long its keys are believed.
struct Issuer {
  std::string issuer;    ///< exact
  std::string jwks_uri;  ///< as discovered by the operator
  std::string trust{};   ///< object with the certificates (PEM) that are trusted there; empty: the system's
  std::chrono::milliseconds refresh = std::chrono::minutes(5);
  std::chrono::milliseconds cool_down = std::chrono::seconds(30);
  std::chrono::milliseconds stale_after = std::chrono::hours(24);
  friend bool operator==(const Issuer&, const Issuer&) = default;
};

/// What is demanded of a token (reconcilers/token/validate.hpp).
struct TokenCheck {
  Issuer issuer;
  token::Profile profile = token::Profile::RFC9068;
  std::vector<std::string> algorithms;
  std::string audience;
  std::chrono::milliseconds clock_skew = std::chrono::seconds(30);
  std::chrono::milliseconds max_lifetime = std::chrono::hours(1);
  std::vector<std::string> scopes{};   ///< each of them
  std::vector<std::string> groups{};   ///< each of them
  std::vector<std::string> clients{};  ///< one of them; empty: any
  std::vector<std::string> actors{};   ///< who may act for somebody else
};

enum class PrincipalType : std::uint8_t { User, Group, ServicePrincipal };

/// A grant of the custom resource. One whose time is up refuses those whom only it let in.
struct Grant {
  PrincipalType principal_type = PrincipalType::User;
  std::string principal;
  std::optional<std::string> until{};  ///< RFC 3339; the moment from which it no longer holds
};

enum class UpstreamType : std::uint8_t {
  TokenExchange,     ///< RFC 8693: the caller's token becomes one of the workspace for the same person
  ServicePrincipal,  ///< all callers become one principal, and only those whom a grant names are let in
};

struct Upstream {
  UpstreamType type = UpstreamType::TokenExchange;
  std::string client_id{};    ///< TokenExchange: of a service principal's federation policy; empty: an account's policy
  std::string credentials{};  ///< ServicePrincipal: object with client_id and client_secret
};

struct RateLimit {
  int requests_per_second = 50;  ///< per identity
  int burst = 100;
};

struct Traffic {
  std::chrono::milliseconds connect_timeout = std::chrono::seconds(5);
  std::chrono::milliseconds response_timeout = std::chrono::seconds(300);
  std::chrono::milliseconds idle_timeout = std::chrono::seconds(330);
  int max_concurrent = 0;                       ///< 0: unlimited
  std::int64_t max_body_bytes = 16LL << 20U;    ///< 16 MB: what serving takes (databricks.md 6.3)
  std::vector<std::string> allowed_networks{};  ///< CIDR; empty: everywhere
  std::optional<RateLimit> rate_limit{};
};

struct Endpoint {
  std::string id;     ///< "fraud_scoring_0123456789": names files, nginx's variables and metrics
  std::string owner;  ///< "ProtectedEndpoint risk/fraud-scoring"
  std::string uid;
  std::int64_t generation = 0;  ///< of the owner; an older one never takes the place of a newer one
  std::string tenant{};         ///< the operator's own: where it keeps the endpoint
  std::string revision{};       ///< the operator's own: SHA-256 of what the document was made of
  std::string host;             ///< public name
  int port = 443;
  std::string path;           ///< public path, exact
  std::string certificate;    ///< object: PEM of the chain, leaf first, and of its key
  std::string client_ca{};    ///< object: whoever comes has to show a certificate of these (a BIG-IP in front)
  std::string client_name{};  ///< and this common name in it
  std::vector<Backend> backends;
  TokenCheck token;
  std::vector<Grant> grants{};
  Upstream upstream;
  Traffic traffic;
  std::chrono::milliseconds cache_window = std::chrono::seconds(30);  ///< longest that a decision is remembered
  bool log_passes = false;  ///< a line of the decision log for each pass, not only for refusals
};

/// Bytes of the longest document; of a certificate or another object, 1 MiB.
inline constexpr std::size_t kMaxDocumentSize = 1U << 20U;

/// Strict: unknown members, wrong types and values out of bounds are InvalidSpec with the field's path.
[[nodiscard]] Result<Endpoint> read_endpoint(std::string_view text);
/// The same bytes for the same value, always.
[[nodiscard]] std::string write_endpoint(const Endpoint& endpoint);

/// Where the resource is, for clients: "https://host[:port]/path"; and what is said of it (RFC 9728 section 3.1).
inline constexpr std::string_view kMetadataPath = "/.well-known/oauth-protected-resource";
[[nodiscard]] std::string resource_of(const Endpoint& endpoint);
[[nodiscard]] std::string metadata_url_of(const Endpoint& endpoint);

/// What nginx asks for by and the authorizer finds the sign-in of a backend by: another one as soon as anything about
/// the backend is another.
[[nodiscard]] std::string key_of(const Backend& backend);

/// The objects that it names, besides its own document.
[[nodiscard]] std::vector<std::string> objects_of(const Endpoint& endpoint);

}  // namespace sallyport::publication
