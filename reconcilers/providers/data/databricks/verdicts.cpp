// SPDX-License-Identifier: Apache-2.0
// What a step has come to, for each fragment.
#include "reconcilers/providers/data/databricks/databricks.hpp"
#include "reconcilers/providers/data/databricks/work.hpp"

namespace sallyport::data::databricks {

using ir::Outcome;
using ir::Wish;

std::vector<ir::Verdict> Databricks::verdicts_of(const Work& work, const std::optional<Error>& failed) const {
  std::vector<ir::Verdict> verdicts;
  for (std::size_t i = 0; i < work.fragments.size(); ++i) {
    const ir::GrantFragment& fragment = work.fragments[i];
    ir::Verdict verdict;
    verdict.facts = {{"endpoint_id", work.endpoint.id}, {"invocations_url", work.endpoint.invocations_url}};
    if (fragment.wish == Wish::Hold) {
      verdict.outcome = Outcome::Pending;
    } else if (work.refused[i]) {
      verdict.outcome = Outcome::Rejected;
      verdict.error = work.refused[i];
    } else if (failed) {
      verdict.outcome = Outcome::Unknown;
      verdict.error = failed;
    } else if (fragment.wish == Wish::Present) {
      verdict.outcome = Outcome::Applied;
      verdict.notes = work.plan.notes;
      for (const ir::Grant& grant : fragment.grants) {
        const std::string key = grant.principal.key();
        if (work.untouchable.covers(grant.principal))
          verdict.notes.push_back("'" + grant.principal.value + "' is never changed; it keeps what it has");
        const auto missed = work.missed.find(key);
        if (missed == work.missed.end()) continue;
        verdict.missing.push_back(key);
        verdict.notes.push_back(std::string(to_string(grant.principal.type)) + " '" + grant.principal.value + "' " +
                                missed->second);
      }
      if (!work.endpoint.ready) verdict.notes.push_back("the serving endpoint is not ready");
      const std::string others = foreign_entries(work);
      if (!others.empty()) verdict.notes.push_back("entries of others, left as they are (Additive): " + others);
    } else {
      verdict.outcome = Outcome::Gone;
    }
    verdicts.push_back(verdict);
  }
  return verdicts;
}

}  // namespace sallyport::data::databricks
