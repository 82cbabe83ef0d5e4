// SPDX-License-Identifier: Apache-2.0
// A virtual server with its token policy, in our own words: no declaration syntax, no device verbs.
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

enum class LoadBalancing { LeastConnections, RoundRobin };

struct EdgeFragment {
  Wish wish = Wish::Present;
  Owner owner;
  EdgePlace place;
  // The rest only matters for Wish::Present.
  std::string host;     ///< public name, "fraud.ml.example.com"
  std::string address;  ///< virtual address, IPv4 or IPv6 literal
  int port = 443;
  SecretHandle certificate;  ///< kubernetes.io/tls: tls.crt, tls.key
  TokenPolicy policy;
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

/// How to reach and sign in at a gateway, from F5Gateway's spec. Equality decides whether a provider is made anew.
struct EdgeConnection {
  std::string name;                ///< F5Gateway's name
  std::vector<std::string> units;  ///< https origins of the BIG-IP units
  SecretHandle credentials;        ///< username, password
  std::string ca_bundle;           ///< PEM
  std::string pinned_sha256;
  bool insecure_skip_verify = false;
  InstanceId instance;  ///< ours: part of names and marks
  friend bool operator==(const EdgeConnection&, const EdgeConnection&) = default;
};

}  // namespace sallyport::ir
