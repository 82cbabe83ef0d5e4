// SPDX-License-Identifier: Apache-2.0
// Where nobody outside knows how the workspace behaves, or where it behaves differently from day to day, a switch
// decides. The defaults are the documented or the more awkward variants; BEHAVIOUR.md says which.
#pragma once

#include <chrono>
#include <string>

#include "e2e/simulators/databricks/acl.hpp"
#include "e2e/simulators/json.hpp"

namespace sallyport::simulators::databricks {

/// Answer to a config update while one is running.
enum class ConfigConflict { ResourceConflict, InvalidState };
/// Answer to reading an endpoint that the caller may not view.
enum class HiddenEndpoint { PermissionDenied, NotFound };
/// Answer to naming an unknown principal in an access list: the newer 404 or the older 400 (reference 2.1).
enum class UnknownPrincipal { NotFound, BadRequest };
/// What becomes of the entries beside an unknown principal.
enum class PartialWrite { None, OthersApplied };
/// What becomes of a deleted principal's entries in access lists.
enum class DeletedPrincipals { Forgotten, Listed };
/// What becomes of a creator whom a PUT does not name.
enum class CreatorOnPut { Removed, Kept };
/// Answer to PATCH tags while a config update is running.
enum class TagsWhileUpdating { Conflict, Accepted };
/// Answer to deleting a tag that is not there.
enum class MissingTag { Ignored, Refused };
/// How a started config update ends.
enum class UpdateOutcome { Succeeds, Fails };
/// Whether every address is refused, and signing in too; Open leaves it to the lists of ip_access_lists.hpp.
enum class IpAccess { Open, Blocked, BlockedWithOidc };
/// Whether those lists also judge who signs in (reference 6.1, conflicting reports).
enum class IpListsOnOidc { Exempt, Covered };
/// How a grant of ALL_PRIVILEGES is told: with what it implies beside it, alone, or as what it implies (CLI 6030, 6064;
/// TF 3450).
enum class AllPrivileges { WithImplied, Alone, Expanded };

struct Switches {
  StaleReads stale_reads{};
  ConfigConflict config_conflict = ConfigConflict::ResourceConflict;
  HiddenEndpoint hidden_endpoint = HiddenEndpoint::PermissionDenied;
  UnknownPrincipal unknown_principal = UnknownPrincipal::NotFound;
  PartialWrite partial_write = PartialWrite::None;
  DeletedPrincipals deleted_principals = DeletedPrincipals::Forgotten;
  CreatorOnPut creator_on_put = CreatorOnPut::Removed;
  TagsWhileUpdating tags_while_updating = TagsWhileUpdating::Conflict;
  MissingTag missing_tag = MissingTag::Ignored;
  UpdateOutcome update_outcome = UpdateOutcome::Succeeds;
  IpAccess ip_access = IpAccess::Open;
  IpListsOnOidc ip_lists_on_oidc = IpListsOnOidc::Exempt;
  AllPrivileges all_privileges = AllPrivileges::WithImplied;
  std::chrono::milliseconds update_window{30000};   ///< how long a config update runs
  std::chrono::milliseconds token_life{3600000};    ///< of an OAuth token
  std::chrono::milliseconds policy_propagation{0};  ///< until a new federation policy works (1-2 min in reality)
  std::chrono::milliseconds ip_list_delay{0};       ///< until changed IP access lists apply (minutes in reality)
  int scim_page_cap = 100;                          ///< most Resources in one SCIM page, whatever `count` asks
};

/// As JSON, in the form that `apply_switches` reads.
[[nodiscard]] Json to_json(const Switches& switches);
/// Sets the members that are there. InvalidSpec for an unknown member or value; `switches` is then as it was.
[[nodiscard]] Result<void> apply_switches(const Json& json, Switches& switches);

}  // namespace sallyport::simulators::databricks
