// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/data/databricks/work.hpp"

#include <algorithm>

#include "operator/base/text.hpp"

namespace sallyport::data::databricks {

bool Databricks::Work::depends_on_endpoint() const {
  const bool refuses = std::any_of(refused.begin(), refused.end(), [](const auto& why) { return why.has_value(); });
  return refuses || (!plan.changes.empty() && !endpoint.tags.contains(kInstanceTag));
}

std::string text_of(const AccessList& list) {
  std::string text;
  for (const auto& [key, entry] : list) {
    if (entry.direct != ir::Level::None) text += key + "=" + std::string(to_string(entry.direct)) + "\n";
  }
  return text;
}

std::string foreign_entries(const Databricks::Work& work) {
  std::vector<std::string> names;
  for (const auto& [key, entry] : work.observed) {
    const bool ours = work.plan.ledger.entries.contains(key);
    if (entry.direct != ir::Level::None && !ours && !work.untouchable.covers(entry.principal)) {
      names.push_back(entry.principal.value + " " + std::string(to_string(entry.direct)));
    }
  }
  return join(names, ", ");
}

bool repairs(const Databricks::Work& work) {
  return std::any_of(work.plan.changes.begin(), work.plan.changes.end(), [&](const LevelChange& change) {
    const auto known = work.ledger.entries.find(change.principal.key());
    return change.to != ir::Level::None && known != work.ledger.entries.end() && known->second.applied == change.to;
  });
}

bool same(const ir::Ledger& a, const ir::Ledger& b) {
  if (a.entries.size() != b.entries.size()) return false;
  for (const auto& [key, entry] : a.entries) {
    const auto other = b.entries.find(key);
    if (other == b.entries.end() || other->second.before != entry.before || other->second.applied != entry.applied ||
        other->second.owners != entry.owners) {
      return false;
    }
  }
  return true;
}

}  // namespace sallyport::data::databricks
