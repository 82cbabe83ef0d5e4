// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/data/databricks/work.hpp"

#include "operator/base/text.hpp"

namespace sallyport::data::databricks {

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
