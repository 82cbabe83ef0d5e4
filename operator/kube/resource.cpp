// SPDX-License-Identifier: Apache-2.0
#include "operator/kube/resource.hpp"

#include <algorithm>

#include "operator/base/text.hpp"

namespace sallyport::kube {
namespace {

bool is_version(std::string_view text) {
  return !text.empty() && text.front() != '0' &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::string Resource::api_version() const {
  return group.empty() ? version : group + "/" + version;
}

std::string Resource::path(std::string_view ns) const {
  std::string path = (group.empty() ? "/api/" : "/apis/" + percent_encode(group) + "/") + percent_encode(version);
  if (scope == schema::Scope::Namespaced && !ns.empty()) path += "/namespaces/" + percent_encode(ns);
  return path + "/" + percent_encode(plural);
}

Resource resource_of(const schema::KindName& kind) {
  return {std::string(kind.group), std::string(kind.version), std::string(kind.kind), std::string(kind.plural),
          kind.scope};
}

Resource namespaces() {
  return {"", "v1", "Namespace", "namespaces", schema::Scope::Cluster};
}
Resource secrets() {
  return {"", "v1", "Secret", "secrets", schema::Scope::Namespaced};
}
Resource config_maps() {
  return {"", "v1", "ConfigMap", "configmaps", schema::Scope::Namespaced};
}
Resource leases() {
  return {"coordination.k8s.io", "v1", "Lease", "leases", schema::Scope::Namespaced};
}
Resource events() {
  return {"events.k8s.io", "v1", "Event", "events", schema::Scope::Namespaced};
}

std::string Ref::path() const {
  return resource.path(ns) + "/" + percent_encode(name);
}

std::string Ref::text() const {
  return resource.kind + " " + (ns.empty() ? "" : ns + "/") + name;
}

std::optional<std::strong_ordering> compare_versions(std::string_view a, std::string_view b) {
  if (!is_version(a) || !is_version(b)) return std::nullopt;
  // No leading zeros: the longer number is the larger one.
  if (a.size() != b.size()) return a.size() <=> b.size();
  return a <=> b;
}

bool at_least(std::string_view a, std::string_view b) {
  const auto order = compare_versions(a, b);
  return order && *order >= 0;
}

}  // namespace sallyport::kube
