// SPDX-License-Identifier: Apache-2.0
// The first half of step 2: what each connection's owner allows of what the spec asks. What the team's own words (a
// deletion, management, a pause) make of it is in validate.cpp. Pure.
#pragma once

#include "reconcilers/protected_endpoint/validate.hpp"

namespace sallyport::protected_endpoint {

[[nodiscard]] inline const api::ProtectedEndpointSpec& spec_of(const Found& found) {
  return found.object->spec;
}

[[nodiscard]] inline Decision present() {
  return {ir::Wish::Present, false, {}};
}
[[nodiscard]] inline Decision hold(Finding why) {
  return {ir::Wish::Hold, false, std::move(why)};
}
[[nodiscard]] inline Decision withdraw(Finding why) {
  return {ir::Wish::Absent, true, std::move(why)};
}
[[nodiscard]] inline Decision absent(Finding why) {
  return {ir::Wish::Absent, false, std::move(why)};
}
[[nodiscard]] inline Decision release(Finding why) {
  return {ir::Wish::Release, false, std::move(why)};
}

/// Keeps the first complaint.
inline void complain(Finding& finding, const Finding& complaint) {
  if (finding.ok()) finding = complaint;
}

/// That a connection (with its kind) is not ready, and what its own Ready says of it; ok when it is, or says nothing.
[[nodiscard]] Finding not_ready(const std::string& connection, const std::vector<schema::Condition>& conditions);

/// Each fills in what it finds on its way: complaints, the audience, the grants that are allowed and those that are
/// not.
[[nodiscard]] Decision decide_client(Validated& v);
[[nodiscard]] BackendDecision decide_backend(Validated& v, std::size_t index);
[[nodiscard]] Decision decide_edge(Validated& v);

/// What the owner of a connection says today of a place that the ledger has there, a former one perhaps.
enum class OwnersWord {
  Unknown,  ///< there is no such connection, or the namespace has not been seen yet: nothing follows from that
  Refused,  ///< it may not be there (any more): goes, whatever pause, management or deletionPolicy say
  Allowed,  ///< it may be there, and may not stay behind
  MayStay,  ///< it may stay behind, too (deletionPolicy Orphan)
};
[[nodiscard]] OwnersWord owners_word(const Found& found, const api::Placement& placement);

/// What status tells of a backend's serving endpoint; null: nothing.
[[nodiscard]] const api::DatabricksStatus* told_of(const api::ProtectedEndpointStatus& status,
                                                   const api::Backend& backend);

/// Whether we granted what status tells of there: it may tell of what was only seen.
[[nodiscard]] bool holds_grants_at(const api::ProtectedEndpointStatus& status, const api::Backend& backend);

/// "spec.backends[1]".
[[nodiscard]] std::string backend_field(std::size_t index);

/// Whether a grant holds no more. A time that cannot be read gives nothing.
[[nodiscard]] bool has_ended(const api::AccessEntry& entry, SystemTime now);

/// When the first of its grants that hold, or are wanted, ends.
[[nodiscard]] std::optional<SystemTime> next_end(const Found& found);

/// Of the entries that are held at a backend by us, those that the workspace's owner still allows, and that have not
/// ended.
[[nodiscard]] std::vector<api::AccessEntry> held_and_allowed(const Found& found, std::size_t index);

}  // namespace sallyport::protected_endpoint
