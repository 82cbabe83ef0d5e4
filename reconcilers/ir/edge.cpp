// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/ir/edge.hpp"

#include <algorithm>

#include "reconcilers/ir/canonical.hpp"

namespace sallyport::ir {
namespace {

/// Raised when the same fragment is turned into something else on a device, so that what stands there is written anew.
constexpr std::string_view kVersion = "edge/1";

/// Lists of a fragment are sets: their order changes nothing on the device.
std::vector<std::string> sorted(std::vector<std::string> set) {
  std::sort(set.begin(), set.end());
  return set;
}

/// An absent value is no empty one.
std::string present(const std::optional<std::string>& value) {
  return value ? "1" + *value : "0";
}

void add(Canonical& all, const std::string& what, const SecretHandle& secret) {
  all.add(what + ".ns", secret.ns).add(what + ".name", secret.name);
  all.add(what + ".uid", secret.uid).add(what + ".version", secret.resource_version);
}

void add(Canonical& all, const TokenIssuer& issuer) {
  all.add("issuer", issuer.issuer).add("issuer.jwks", issuer.jwks_uri).add("issuer.ca", issuer.ca_bundle);
  all.add("issuer.refresh", issuer.refresh.count()).add("issuer.coolDown", issuer.cool_down.count());
  all.add("issuer.staleAfter", issuer.stale_after.count());
}

std::vector<std::string> texts_of(const std::vector<Admission>& admitted) {
  std::vector<std::string> texts;
  for (const Admission& one : admitted) texts.push_back(one.principal_type + "\n" + one.until + "\n" + one.principal);
  return sorted(std::move(texts));
}

void add(Canonical& all, const std::vector<Backend>& backends) {
  for (const Backend& one : backends) {
    all.add("backend", one.name).add("backend.host", one.host.host).add("backend.port", one.host.port);
    all.add("backend.path", one.path).add("backend.weight", one.weight).add("backend.priority", one.priority);
    all.add("backend.exchange", one.token_endpoint).add("backend.details", one.authorization_details);
    all.add("backend.ca", one.ca_bundle);
  }
}

void add(Canonical& all, const TokenCheck& check) {
  add(all, check.issuer);
  all.add("check.profile", check.profile).add("check.algorithms", sorted(check.algorithms));
  all.add("check.audience", check.audience).add("check.skew", check.clock_skew.count());
  all.add("check.lifetime", check.max_lifetime.count());
  all.add("check.scopes", sorted(check.scopes)).add("check.groups", sorted(check.groups));
  all.add("check.admitted", texts_of(check.admitted)).add("check.window", check.cache_window.count());
  if (check.rate_limit) {
    all.add("rate", check.rate_limit->requests_per_second).add("rate.burst", check.rate_limit->burst);
  }
  add(all, check.backends);
  if (check.principal) {
    all.add("principal", check.principal->application_id);
    add(all, "principal.secret", check.principal->credentials);
  }
  all.add("check.log", check.log_passes ? 1 : 0);
}

}  // namespace

std::string tenant_prefix(const InstanceId& instance) {
  return "sp_" + instance.str() + "_";
}

std::string path_of(const EdgeFragment& fragment) {
  if (fragment.check) return fragment.place.application;
  return "/" + fragment.place.tenant + "/" + fragment.place.application + "/vs";
}

std::string EdgeFragment::hash() const {
  Canonical all;
  all.add("version", kVersion);
  all.add("uid", owner.uid.str()).add("ns", owner.ns).add("name", owner.name);
  all.add("tenant", place.tenant).add("application", place.application);
  all.add("host", host).add("address", address).add("port", port);
  add(all, "certificate", certificate);
  all.add("policy.access", policy.access_profile).add("policy.request", policy.per_request_policy);
  all.add("upstream.host", upstream.host).add("upstream.port", upstream.port);
  all.add("paths", sorted(allowed_paths)).add("networks", sorted(allowed_networks));
  all.add("waf", present(waf_policy)).add("log", present(log_pool));
  all.add("connect", connect_timeout.count()).add("response", response_timeout.count());
  all.add("idle", idle_timeout.count()).add("concurrent", max_concurrent);
  all.add("balancing", load_balancing == LoadBalancing::RoundRobin ? "round-robin" : "least-connections");
  if (check) add(all, *check);
  return all.hash();
}

}  // namespace sallyport::ir
