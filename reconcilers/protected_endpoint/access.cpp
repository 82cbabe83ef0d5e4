// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/protected_endpoint/access.hpp"

#include <algorithm>

#include "operator/base/text.hpp"
#include "reconcilers/protected_endpoint/fields.hpp"
#include "reconcilers/protected_endpoint/judge.hpp"

namespace sallyport::protected_endpoint {
namespace {

using ir::Outcome;
using ir::Wish;
using schema::ConditionStatus;
using MaybeVerdict = std::optional<ir::Verdict>;

/// "'a', 'b' and 3 more".
std::string principals_of(const std::vector<api::AccessEntry>& entries) {
  constexpr std::size_t kMostNames = 10;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < std::min(entries.size(), kMostNames); ++i)
    names.push_back("'" + entries[i].principal + "'");
  const std::string more = " and " + std::to_string(entries.size() - names.size()) + " more";
  return join(names, ", ") + (entries.size() > names.size() ? more : "");
}

/// Why some of the declared grants are not even tried.
Finding withheld_grants(const Validated& v, std::size_t index) {
  const BackendDecision& backend = v.backends[index];
  if (!backend.refused.empty()) {
    const auto& workspace = v.found.backends[index].workspace;
    return {"NotAllowed", "spec.access.grants: " + principals_of(backend.refused) +
                              " not covered by spec.allow of DatabricksWorkspace '" +
                              (workspace ? workspace->meta.name : "") + "' (principals, maxLevel); ask its owner"};
  }
  if (backend.surplus.empty()) return {};
  return {"TooManyGrants", "spec.access.grants: no room for " + principals_of(backend.surplus) +
                               " beside the principals that spec.management UpsertOnly keeps though the spec does not "
                               "name them any more; set it to Enforce, which takes these away"};
}

/// How much stands in the way of access at one backend: what is wrong comes before what is not known yet.
int trouble_at(const Validated& v, std::size_t index, const MaybeVerdict& verdict) {
  const Decision& decision = v.backends[index].grant;
  if (decision.wish == Wish::Present && !withheld_grants(v, index).ok()) return 4;
  if (decision.wish == Wish::Absent || decision.wish == Wish::Release) return 4;
  if (verdict && (verdict->outcome == Outcome::Rejected || !verdict->missing.empty())) return 3;
  if (decision.wish == Wish::Hold) return 2;
  if (verdict && verdict->outcome == Outcome::Applied) return 0;
  return verdict && verdict->outcome != Outcome::Pending ? 2 : 1;
}

/// Backends of the spec that no request goes to though the route is there; empty: there are none.
std::vector<std::string> left_out(const Validated& v, const Fragments& fragments) {
  std::vector<std::string> names;
  if (fragments.edges.empty() || fragments.edges.front().fragment.wish != Wish::Present) return names;
  const auto& check = fragments.edges.front().fragment.check;
  if (!check) return names;
  for (const api::Backend& backend : v.found.object->spec.backends) {
    if (std::ranges::find(check->backends, backend.name, &ir::Backend::name) == check->backends.end())
      names.push_back("'" + backend.name + "'");
  }
  return names;
}

}  // namespace

void judge_access(Conditions& conditions, const Validated& v, const Verdicts& verdicts) {
  const auto verdict_at = [&](std::size_t index) { return grant_verdict(verdicts, v, index); };
  std::size_t worst = 0;
  for (std::size_t i = 1; i < v.backends.size(); ++i)
    if (trouble_at(v, i, verdict_at(i)) > trouble_at(v, worst, verdict_at(worst))) worst = i;
  static constexpr Words kAccess{"AccessGranted", "Granted", "the declared principals hold their levels",
                                 "granting access"};
  // Judged once: a condition that turns and turns back would be a transition, and another status each time.
  const Decision& decision = v.backends[worst].grant;
  if (const Finding withheld = withheld_grants(v, worst); !withheld.ok() && decision.wish == Wish::Present)
    return conditions.set("AccessGranted", ConditionStatus::False, withheld.reason, withheld.message);
  judge_system(conditions, kAccess, decision, verdict_at(worst));
}

Finding partly_applied(const Validated& v, const Fragments& fragments, const Verdicts& verdicts) {
  if (const auto names = left_out(v, fragments); !names.empty()) {
    return {"SomeBackendsLeftOut",
            "no request goes to backend " + join(names, ", ") + " until its access is granted; see AccessGranted"};
  }
  for (std::size_t i = 0; i < fragments.backends; ++i) {
    const MaybeVerdict grant = grant_verdict(verdicts, v, i);
    const bool applied = grant && grant->outcome == Outcome::Applied;
    if (applied && (!grant->missing.empty() || !withheld_grants(v, i).ok()))
      return {"SomeGrantsMissing", "some of spec.access.grants hold, others do not; see AccessGranted"};
  }
  return {};
}

}  // namespace sallyport::protected_endpoint
