// SPDX-License-Identifier: Apache-2.0
#include "operator/program/rights.hpp"

#include <vector>

#include "operator/base/text.hpp"
#include "reconcilers/api/kinds.hpp"

namespace sallyport::program {
namespace {

struct Right {
  Reach reach;
  std::string group;
  std::vector<std::string> resources;
  std::vector<std::string> verbs;
  std::string why;
  std::string name{};  ///< the only object; empty: all
};

template <class K>
std::string plural_of() {
  return std::string(schema::Kind<K>::name.plural);
}

/// The kinds that a platform team declares.
std::vector<std::string> connections() {
  std::vector<std::string> plurals;
  const auto add = [&](const schema::KindName& name) {
    if (name.scope == schema::Scope::Cluster) plurals.emplace_back(name.plural);
  };
  std::apply([&](auto... tag) { (add(schema::Kind<typename decltype(tag)::Kind>::name), ...); }, api::kAllKinds);
  return plurals;
}

std::vector<std::string> each(std::vector<std::string> resources, const std::string& subresource) {
  for (std::string& resource : resources) resource += "/" + subresource;
  return resources;
}

std::vector<Right> all_rights() {
  const std::string ours(schema::Kind<api::ProtectedEndpoint>::name.group);
  const std::vector<std::string> endpoints{plural_of<api::ProtectedEndpoint>()};
  const std::vector<std::string> ledgers{plural_of<api::AccessLedger>()};
  const std::string finalizer = "patch: the finalizer; get: after a conflict; spec is never written";
  const std::string not_yet = "RBAC cannot name what does not exist yet";
  return {
      {Reach::Cluster, ours, connections(), {"get", "list", "watch", "patch"}, finalizer},
      {Reach::Cluster, ours, each(connections(), "status"), {"patch"}, "the truth, told there"},
      {Reach::Namespaces, "", {"namespaces"}, {"list", "watch"}, "for their labels"},
      {Reach::Watched, ours, endpoints, {"get", "list", "watch", "patch"}, finalizer},
      {Reach::Watched, ours, each(endpoints, "status"), {"patch"}, "the truth, told there"},
      {Reach::Watched,
       ours,
       each(endpoints, "finalizers"),
       {"update"},
       "asked for by OwnerReferencesPermissionEnforcement, where it is switched on"},
      {Reach::Watched, ours, ledgers, {"list", "watch"}, "they stand in the operator's own namespace"},
      {Reach::Watched,
       "",
       {"secrets"},
       {"get", "list", "watch", "create", "update", "delete"},
       "watched as metadata only, which RBAC cannot say: these verbs would also give the bytes. Bytes are read only "
       "of Secrets labelled sallyport.dev/usable-by and of those that the operator itself made; only these are written "
       "and deleted"},
      {Reach::Watched, "events.k8s.io", {"events"}, {"create", "patch"}, "about endpoints"},
      {Reach::Own, ours, ledgers, {"get", "create", "patch", "delete"}, "who was granted what, and what was before"},
      {Reach::Own, "", {"configmaps"}, {"get"}, "which installation this is", "sallyport-instance"},
      {Reach::Own, "", {"configmaps"}, {"create"}, not_yet},
      {Reach::Lease, "coordination.k8s.io", {"leases"}, {"get", "update"}, "who leads", "sallyport"},
      {Reach::Lease, "coordination.k8s.io", {"leases"}, {"create"}, not_yet},
      {Reach::Default, "events.k8s.io", {"events"}, {"create", "patch"}, "about cluster-scoped objects"},
      {Reach::Enrolment,
       "authentication.k8s.io",
       {"tokenreviews"},
       {"create"},
       "whose the token is by which an agent enrols; nothing is created"},
      {Reach::Agents, "", {"pods"}, {"get"}, "whether an agent that is silent is gone; read as metadata only"},
  };
}

std::string list_text(const std::vector<std::string>& items) {
  return "[" + join(items, ", ") + "]";
}

}  // namespace

std::string rights_text(Reach reach) {
  std::string text;
  for (const Right& right : all_rights()) {
    if (right.reach != reach) continue;
    text += "# " + right.why + "\n";
    text += "- apiGroups: " + list_text({right.group.empty() ? "\"\"" : right.group}) + "\n";
    text += "  resources: " + list_text(right.resources) + "\n";
    if (!right.name.empty()) text += "  resourceNames: " + list_text({right.name}) + "\n";
    text += "  verbs: " + list_text(right.verbs) + "\n";
  }
  return text;
}

}  // namespace sallyport::program
