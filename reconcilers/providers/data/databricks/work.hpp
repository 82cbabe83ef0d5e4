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
  bool foreign = false;                       ///< claimed by another installation: nothing is written
  Untouchable untouchable;
  ServingEndpoint endpoint;
  AccessList observed;
  bool confirmed = false;  ///< a second read said the same
  ir::Ledger ledger;
  bool had_ledger = false;
  std::vector<ir::Ledger> former;  ///< of other ids that this name had
  Plan plan;
  std::map<std::string, std::string> missed;   ///< principal key -> why it could not be granted
  std::map<std::string, ir::Level> in_force;   ///< what this process last saw because of us
  std::map<std::string, SteadyTime> standing;  ///< what this process has seen stand as wanted, and since when
  std::optional<AccessList> answered;          ///< the list as the last PATCH said that it is now

  /// Something is to be done, or not to be done, because of what the endpoint is: then it is asked itself.
  [[nodiscard]] bool depends_on_endpoint() const;
  /// Somebody has a share in it, and its tag does not say so.
  [[nodiscard]] bool unclaimed() const;
  /// Whether `list` shows the changes, but for those that could not be made.
  [[nodiscard]] bool is_done(const AccessList& list) const;
  void miss(const ir::Principal& principal, const std::string& why) { missed[principal.key()] = why; }
};

/// The direct entries in one text, for comparing two reads and for hashes.
[[nodiscard]] std::string text_of(const AccessList& list);
/// Who is on the list that no object of ours asked for.
[[nodiscard]] std::string foreign_entries(const Databricks::Work& work);
/// Whether somebody had changed what was in force because of us, so that these changes put it right.
[[nodiscard]] bool repairs(const Databricks::Work& work);
/// What is in force because of us once the step is done.
[[nodiscard]] std::map<std::string, ir::Level> now_in_force(const Databricks::Work& work);
/// What stands as wanted after the step, and since when: of those of whom the ledger holds a former level.
[[nodiscard]] std::map<std::string, SteadyTime> now_standing(const Databricks::Work& work, SteadyTime now);
/// Of these, what has stood for so long that no read shows what was before (databricks.md 2.1: up to 30 minutes).
[[nodiscard]] std::set<std::string> long_standing(const std::map<std::string, SteadyTime>& standing, SteadyTime now);

}  // namespace sallyport::data::databricks
