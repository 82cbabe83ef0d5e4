// SPDX-License-Identifier: Apache-2.0
// What one step over one serving endpoint has gathered.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "reconcilers/providers/data/databricks/databricks.hpp"

namespace sallyport::data::databricks {

inline const std::string kInstanceTag = "sallyport-instance";    ///< which installation manages this endpoint
inline const std::string kNamespaceTag = "sallyport-namespace";  ///< consent: which namespace may be granted on it

struct Databricks::Work {
  std::vector<ir::GrantFragment> fragments;   ///< as asked
  std::vector<ir::GrantFragment> effective;   ///< after consent and claim
  std::vector<std::optional<Error>> refused;  ///< why a fragment may not have what it asks
  Untouchable untouchable;
  ServingEndpoint endpoint;
  AccessList observed;
  ir::Ledger ledger;
  bool had_ledger = false;
  Plan plan;
  std::map<std::string, std::string> missed;  ///< principal key -> why it could not be granted

  /// Something is to be done, or not to be done, because of what the endpoint's tags say.
  [[nodiscard]] bool depends_on_endpoint() const;
  void miss(const ir::Principal& principal, const std::string& why) { missed[principal.key()] = why; }
};

/// The direct entries in one text, for comparing two reads and for hashes.
[[nodiscard]] std::string text_of(const AccessList& list);
/// Who is on the list that no object of ours asked for.
[[nodiscard]] std::string foreign_entries(const Databricks::Work& work);
/// Whether somebody had changed what was in force because of us, so that these changes put it right.
[[nodiscard]] bool repairs(const Databricks::Work& work);
[[nodiscard]] bool same(const ir::Ledger& a, const ir::Ledger& b);

}  // namespace sallyport::data::databricks
