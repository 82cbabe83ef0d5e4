// SPDX-License-Identifier: Apache-2.0
// A virtual server with its token check, in our own words: no declaration syntax, no device verbs.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "reconcilers/ir/owner.hpp"
#include "reconcilers/ir/verdict.hpp"

namespace sallyport::ir {

/// Where an application lives on a gateway. Decided once, kept in the CR's placements, never changed.
struct EdgePlace {
  std::string tenant;       ///< "sp_<instance>_<namespace hash>_<number>"
  std::string application;  ///< "<name>_<hash>", [A-Za-z0-9_], at most 64 characters
  friend auto operator<=>(const EdgePlace&, const EdgePlace&) = default;
};

/// What the names of all tenants of one instance begin with.
[[nodiscard]] std::string tenant_prefix(const InstanceId& instance);

struct TokenPolicy {               ///< enforcement.type Reference: objects that exist on the device
  std::string access_profile;      ///< "/Common/corp_oauth"
  std::string per_request_policy;  ///< "/Common/corp_oauth_api"
  friend bool operator==(const TokenPolicy&, const TokenPolicy&) = default;
};

struct ServingHost {  ///< the real host that answers: the workspace's, or a route-optimised one
  std::string host;   ///< FQDN: pool member, SNI, certificate name and Host header
  int port = 443;
  friend bool operator==(const ServingHost&, const ServingHost&) = default;
};

/// Whose tokens are let in, and for how long their keys are believed.
struct TokenIssuer {
  std::string issuer;    ///< exact, code point by code point
  std::string jwks_uri;  ///< as discovered
  std::string ca_bundle;
  std::chrono::milliseconds refresh{};
  std::chrono::milliseconds cool_down{};
  std::chrono::milliseconds stale_after{};
};

/// Who was let in by the custom resource, and until when.
struct Admission {
  std::string principal_type;  ///< "User" | "Group" | "ServicePrincipal"
  std::string principal;
  std::string until;  ///< RFC 3339; empty: for good
};

struct RequestRate {
  int requests_per_second = 0;
  int burst = 0;
};

/// The one that the data platform sees for all callers.
struct UpstreamPrincipal {
  std::string application_id;
  SecretHandle credentials;  ///< client_id, client_secret
};

/// enforcement.type Generated: the gateway checks tokens itself, and sends requests on as the caller.
struct TokenCheck {
  TokenIssuer issuer;
  std::string profile;                  ///< "RFC9068" | "Keycloak" | "Okta" | "Entra" | "Hydra"
  std::vector<std::string> algorithms;  ///< "RS256", ...
  std::string audience;
  std::chrono::milliseconds clock_skew{};
  std::chrono::milliseconds max_lifetime{};
  std::vector<std::string> scopes;  ///< each of them
  std::vector<std::string> groups;  ///< each of them
  std::vector<Admission> admitted;
  std::chrono::milliseconds cache_window{};
  std::optional<RequestRate> rate_limit;
  std::string token_endpoint;                    ///< where a caller's token becomes one of the workspace
  std::string authorization_details;             ///< what that one is asked for with; empty: nothing
  bool log_passes = false;                       ///< a line of the decision log for each request that passes
  std::string upstream_ca;                       ///< PEM that the serving host's and the token endpoint's own chain to
  std::optional<UpstreamPrincipal> principal{};  ///< in place of each caller; then only who is admitted is let in
};

enum class LoadBalancing { LeastConnections, RoundRobin };

struct EdgeFragment {
  Wish wish = Wish::Present;
  Owner owner;
  EdgePlace place;
  // The rest only matters for Wish::Present.
  std::string host;     ///< public name, "fraud.ml.example.com"
  std::string address;  ///< of a BIG-IP: virtual address, IPv4 or IPv6 literal; of an NGINX: as its owner tells it
  int port = 443;
  SecretHandle certificate;         ///< kubernetes.io/tls: tls.crt, tls.key
  TokenPolicy policy;               ///< of a BIG-IP
  std::optional<TokenCheck> check;  ///< of an NGINX
  ServingHost upstream;
  std::vector<std::string> allowed_paths;     ///< exact, POST only: "/serving-endpoints/<name>/invocations"
  std::vector<std::string> allowed_networks;  ///< CIDR; empty: everywhere
  std::optional<std::string> waf_policy;      ///< "/Common/ml_waf"
  std::optional<std::string> log_pool;        ///< pool on the device for the request log, "/Common/siem"
  std::chrono::milliseconds connect_timeout{5000};
  std::chrono::milliseconds response_timeout{300000};
  std::chrono::milliseconds idle_timeout{330000};
  int max_concurrent = 0;  ///< 0: unlimited
  LoadBalancing load_balancing = LoadBalancing::LeastConnections;

  /// SHA-256 over everything that reaches the device (not the owner's generation or resourceVersion).
  [[nodiscard]] std::string hash() const;
};

/// What a virtual server is called on its gateway: "/tenant/application/vs" on a BIG-IP, the endpoint's id on an NGINX.
[[nodiscard]] std::string path_of(const EdgeFragment& fragment);

/// What an NGINX gateway's agents install, and where they find it.
struct PublicationPlace {
  std::string directory;  ///< absolute; empty where nobody knows yet in which the operator keeps it
  std::chrono::milliseconds use_for{};
  bool delivered = false;  ///< the operator hands it out, and keeps it only as long as its own disk
  friend bool operator==(const PublicationPlace&, const PublicationPlace&) = default;
};

/// How to reach and sign in at a gateway, from F5Gateway's spec. Equality decides whether a provider is made anew.
struct EdgeConnection {
  std::string name;                             ///< F5Gateway's name
  std::optional<PublicationPlace> publication;  ///< of an NGINX; none: a BIG-IP
  std::vector<std::string> units;               ///< https origins of the BIG-IP units
  SecretHandle credentials;  ///< BIG-IP: username, password; NGINX: signing.key and, while it is replaced, next.key
  std::string ca_bundle;     ///< PEM
  std::string pinned_sha256;
  bool insecure_skip_verify = false;
  InstanceId instance;  ///< ours: part of names and marks
  friend bool operator==(const EdgeConnection&, const EdgeConnection&) = default;
};

}  // namespace sallyport::ir
