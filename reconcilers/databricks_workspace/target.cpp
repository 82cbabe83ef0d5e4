// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/databricks_workspace/target.hpp"

#include <algorithm>
#include <iterator>

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

/// That the serving endpoint does not consent (any more).
bool withdraws(const ir::Verdict& verdict) {
  return verdict.outcome == ir::Outcome::Rejected && verdict.error && verdict.error->code == Code::Refused;
}

/// Where the workspace cannot be asked, its serving host may say why: by the URL that was known before.
void add_host_facts(WorkspaceLink& link, const Key& target, const data::Step& step, std::vector<ir::Verdict>& verdicts,
                    const FactsOfHost& facts_of_host, const std::stop_token& stop) {
  for (std::size_t i = 0; i < step.fragments.size() && i < verdicts.size(); ++i) {
    ir::Verdict& verdict = verdicts[i];
    const bool unknown = verdict.outcome == ir::Outcome::Unknown;
    if (!unknown && verdict.outcome != ir::Outcome::Applied) continue;
    const auto before = unknown ? link.verdict(target, step.fragments[i].owner.uid) : std::nullopt;
    if (before && before->facts.contains("invocations_url"))
      verdict.facts.emplace("invocations_url", before->facts.at("invocations_url"));
    const auto url = verdict.facts.find("invocations_url");
    if (url == verdict.facts.end()) continue;
    const ir::Facts facts = facts_of_host(url->second, stop);
    verdict.facts.insert(facts.begin(), facts.end());
  }
}

bool acts(const ir::GrantFragment& fragment) {
  return fragment.wish != Wish::Hold && fragment.wish != Wish::Observe;
}

/// Whose share in the ledger stays what it is. Whether the serving endpoint consents is asked for these, too.
ir::GrantFragment as_held(ir::GrantFragment fragment) {
  if (!acts(fragment)) fragment.wish = Wish::Hold;
  return fragment;
}

}  // namespace

shared::WorkspaceLink::Step grant_step(FactsOfHost facts_of_host) {
  return [facts_of_host = std::move(facts_of_host)](WorkspaceLink& link, const Key& target,
                                                    std::stop_token stop) -> runtime::Next {
    const auto provider = link.provider();
    if (!provider) return {Error{Code::Unavailable, "the workspace has not been reached yet", {}, {}}, std::nullopt};
    if (target == link.check_target()) return check(link, stop);
    const std::vector<ir::GrantFragment> wanted = link.wanted(target);
    if (wanted.empty()) return {};  // and nobody to look again for
    data::Step change{target.name, {}};
    data::Step look{target.name, {}};
    std::transform(wanted.begin(), wanted.end(), std::back_inserter(change.fragments), as_held);
    const bool writes = std::any_of(wanted.begin(), wanted.end(), acts);
    // Who is held is looked at only where nobody acts: a change looks at everybody.
    std::copy_if(wanted.begin(), wanted.end(), std::back_inserter(look.fragments), [&](const auto& fragment) {
      return fragment.wish == Wish::Observe || (!writes && fragment.require_tag);
    });
    std::optional<Error> failed;
    const auto note = [&](const data::Step& step, std::vector<ir::Verdict> verdicts) {
      if (facts_of_host) add_host_facts(link, target, step, verdicts, facts_of_host, stop);
      const std::optional<Error> error = record(link, target, step, verdicts);
      if (!failed) failed = error;
    };
    if (writes) note(change, provider->converge(change, stop));
    if (!look.fragments.empty()) {
      const std::vector<ir::Verdict> seen = provider->compare(look, stop);
      const bool withdrawn = std::any_of(seen.begin(), seen.end(), withdraws);
      if (!writes && withdrawn) note(change, provider->converge(change, stop));
      note(look, seen);
    }
    return {failed, shared::drift_wait(link.around())};
  };
}

}  // namespace sallyport::databricks_workspace
