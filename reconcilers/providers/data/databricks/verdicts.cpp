// SPDX-License-Identifier: Apache-2.0
// What a step has come to, for each fragment.
#include "operator/base/text.hpp"
#include "reconcilers/providers/data/databricks/databricks.hpp"
#include "reconcilers/providers/data/databricks/work.hpp"

namespace sallyport::data::databricks {
namespace {

using ir::Outcome;
using ir::Wish;

/// Empty: the principal holds what this owner wants.
std::string why_missing(const Databricks::Work& work, const Uid& owner, const std::string& key) {
  if (work.plan.crowded_out.contains({owner, key}))
    return "has no room for one more object in the ledger of this serving endpoint; let fewer objects share it";
  const auto missed = work.missed.find(key);
  return missed == work.missed.end() ? std::string() : missed->second;
}

/// What people should know of a fragment that has been applied, and which of its parts did not go through.
void tell(const Databricks::Work& work, const ir::GrantFragment& fragment, ir::Verdict& verdict) {
  verdict.notes = work.plan.notes;
  for (const ir::Grant& grant : fragment.grants) {
    if (work.untouchable.covers(grant.principal))
      verdict.notes.push_back("'" + grant.principal.value + "' is never changed; it keeps what it has");
    const std::string why = why_missing(work, fragment.owner.uid, grant.principal.key());
    if (why.empty()) continue;
    verdict.missing.push_back(grant.principal.key());
    verdict.notes.push_back(std::string(to_string(grant.principal.type)) + " '" + grant.principal.value + "' " + why);
  }
  if (!work.endpoint.ready) verdict.notes.push_back("the serving endpoint is not ready");
  const std::string others = foreign_entries(work);
  if (!others.empty()) verdict.notes.push_back("entries of others, left as they are (Additive): " + others);
}

}  // namespace

/// NotFound: the workspace says that there is no such endpoint. InvalidSpec: there is one, and nothing can be granted
/// on it. Everything else says nothing about the endpoint.
std::vector<ir::Verdict> Databricks::without_endpoint(const Step& step, const Error& error) const {
  std::vector<ir::Verdict> verdicts;
  for (const ir::GrantFragment& fragment : step.fragments) {
    ir::Verdict verdict;
    const bool absent = error.code == Code::NotFound;
    if (!absent && (error.code != Code::InvalidSpec || fragment.wish != Wish::Present)) {
      verdict.outcome = Outcome::Unknown;
      verdict.error = error;
    } else if (fragment.wish == Wish::Present) {
      verdict.outcome = Outcome::Rejected;
      verdict.error = error;
      if (!absent) verdict.error->where = fragment.field + ".serving.endpoint";
      if (absent) {
        verdict.error = Error{Code::NotFound,
                              "there is no serving endpoint '" + step.serving_endpoint + "' in workspace '" +
                                  connection_.name + "'; create it, or correct the name",
                              fragment.field + ".serving.endpoint",
                              {}};
      }
    } else {
      verdict.outcome = fragment.wish == Wish::Hold ? Outcome::Pending : Outcome::Gone;
    }
    verdicts.push_back(verdict);
  }
  return verdicts;
}

std::vector<ir::Verdict> Databricks::verdicts_of(const Work& work, const std::optional<Error>& failed) const {
  std::vector<ir::Verdict> verdicts;
  for (std::size_t i = 0; i < work.fragments.size(); ++i) {
    const ir::GrantFragment& fragment = work.fragments[i];
    ir::Verdict verdict;
    verdict.facts = {{"endpoint_id", work.endpoint.id}, {"invocations_url", work.endpoint.invocations_url}};
    if (!work.endpoint.authorization_details.empty())
      verdict.facts["authorization_details"] = work.endpoint.authorization_details;
    verdict.facts["task"] = work.endpoint.task;
    verdict.facts["scales_to_zero"] = work.endpoint.scales_to_zero ? "true" : "false";
    if (work.refused[i]) {
      verdict.outcome = Outcome::Rejected;
      verdict.error = work.refused[i];
    } else if (fragment.wish == Wish::Hold) {
      verdict.outcome = Outcome::Pending;
    } else if (failed) {
      verdict.outcome = Outcome::Unknown;
      verdict.error = failed;
    } else if (fragment.wish == Wish::Present) {
      verdict.outcome = Outcome::Applied;
      tell(work, fragment, verdict);
    } else {
      verdict.outcome = Outcome::Gone;
    }
    verdicts.push_back(verdict);
  }
  return verdicts;
}

}  // namespace sallyport::data::databricks
