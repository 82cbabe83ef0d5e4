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

}  // namespace

std::string tenant_prefix(const InstanceId& instance) {
  return "sp_" + instance.str() + "_";
}

std::string EdgeFragment::hash() const {
  Canonical all;
  all.add("version", kVersion);
  all.add("uid", owner.uid.str()).add("ns", owner.ns).add("name", owner.name);
  all.add("tenant", place.tenant).add("application", place.application);
  all.add("host", host).add("address", address).add("port", port);
  all.add("certificate.ns", certificate.ns).add("certificate.name", certificate.name);
  all.add("certificate.uid", certificate.uid).add("certificate.version", certificate.resource_version);
  all.add("policy.access", policy.access_profile).add("policy.request", policy.per_request_policy);
  all.add("upstream.host", upstream.host).add("upstream.port", upstream.port);
  all.add("paths", sorted(allowed_paths)).add("networks", sorted(allowed_networks));
  all.add("waf", present(waf_policy)).add("log", present(log_pool));
  all.add("connect", connect_timeout.count()).add("response", response_timeout.count());
  all.add("idle", idle_timeout.count()).add("concurrent", max_concurrent);
  all.add("balancing", load_balancing == LoadBalancing::RoundRobin ? "round-robin" : "least-connections");
  return all.hash();
}

}  // namespace sallyport::ir
