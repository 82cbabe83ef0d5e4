// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/databricks_workspace/target.hpp"

namespace sallyport::databricks_workspace {
namespace {

using ir::Wish;
using shared::WorkspaceLink;

runtime::Next check(WorkspaceLink& link, std::stop_token stop) {
  Result<std::string> identity = link.provider()->check(stop);
  const std::optional<Error> failed = identity ? std::nullopt : std::optional{identity.error()};
  link.set_health(std::move(identity));
  return {failed, shared::drift_wait(link.around())};
}

/// Records what became of a step. Returns the first error.
std::optional<Error> record(WorkspaceLink& link, const Key& target, const data::Step& step,
                            const std::vector<ir::Verdict>& verdicts) {
  std::optional<Error> failed;
  for (std::size_t i = 0; i < step.fragments.size() && i < verdicts.size(); ++i) {
    if (verdicts[i].error && !failed) failed = verdicts[i].error;
    link.record(target, step.fragments[i], verdicts[i]);
  }
  return failed;
}

}  // namespace

shared::WorkspaceLink::Step grant_step() {
  return [](WorkspaceLink& link, const Key& target, std::stop_token stop) -> runtime::Next {
    const auto provider = link.provider();
    if (!provider) return {Error{Code::Unavailable, "the workspace has not been reached yet", {}, {}}, std::nullopt};
    if (target == link.check_target()) return check(link, stop);
    data::Step change{target.name, {}};
    data::Step look{target.name, {}};
    bool acts = false;
    for (ir::GrantFragment& fragment : link.wanted(target)) {
      if (fragment.wish == Wish::Observe) {
        look.fragments.push_back(fragment);
        fragment.wish = Wish::Hold;  // for those that act: it keeps its share of the ledger
      }
      acts = acts || fragment.wish != Wish::Hold;
      change.fragments.push_back(std::move(fragment));
    }
    if (change.fragments.empty() && look.fragments.empty()) return {};  // and nobody to look again for
    std::optional<Error> failed;
    if (acts) failed = record(link, target, change, provider->converge(change, stop));
    if (!look.fragments.empty()) {
      const std::optional<Error> other = record(link, target, look, provider->compare(look, stop));
      if (!failed) failed = other;
    }
    return {failed, shared::drift_wait(link.around())};
  };
}

}  // namespace sallyport::databricks_workspace
