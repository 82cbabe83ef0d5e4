// SPDX-License-Identifier: Apache-2.0
// Who may use a serving endpoint, in our own words, and the ledger that remembers what was there before us.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "operator/base/result.hpp"
#include "reconcilers/ir/owner.hpp"
#include "reconcilers/ir/verdict.hpp"

namespace sallyport::ir {

enum class PrincipalType { User, Group, ServicePrincipal };
enum class Level { None, CanView, CanQuery, CanManage };  ///< ordered: a higher one includes the lower ones

[[nodiscard]] std::string_view to_string(PrincipalType type);
[[nodiscard]] std::string_view to_string(
    Level level);  ///< CAN_VIEW, CAN_QUERY, CAN_MANAGE as Databricks writes them; "" for None

/// Compared by normalised value (databricks.md 2.1): users and service principals without case, and a UUID is a service
/// principal under whatever field it came.
struct Principal {
  PrincipalType type = PrincipalType::User;
  std::string value;                      ///< e-mail, group name, application id
  [[nodiscard]] std::string key() const;  ///< normalised, for maps and comparison
  friend bool operator==(const Principal& a, const Principal& b) { return a.key() == b.key(); }
  friend auto operator<=>(const Principal& a, const Principal& b) { return a.key() <=> b.key(); }
};

struct Grant {
  Principal principal;
  Level level = Level::CanQuery;
  friend bool operator==(const Grant&, const Grant&) = default;
};

struct GrantFragment {
  Wish wish = Wish::Present;
  Owner owner;
  std::string workspace;                   ///< DatabricksWorkspace's name
  std::string serving_endpoint;            ///< its name; the id is looked up each time
  bool require_tag = true;                 ///< consent: Tag: the endpoint must carry sallyport-namespace=<owner.ns>
  std::vector<Grant> grants;               ///< normalised: one entry a principal, the highest level, sorted
  std::string field = "spec.backends[0]";  ///< of the custom resource, for errors; is not hashed

  [[nodiscard]] std::string hash() const;
};

/// The ledger of one serving endpoint: each principal that we touched, for which owners at which level, and the direct
/// level that the principal had before us. Written before the grant.
struct LedgerEntry {
  Principal principal;
  Level before = Level::None;
  Level applied = Level::None;         ///< the highest level that we set before the present one, for late reads
  std::map<Uid, Level> owners;         ///< uid of the CR -> the level it wants
  [[nodiscard]] Level wanted() const;  ///< the highest of owners; None when nobody wants it any more
  [[nodiscard]] Level goal() const { return std::max(before, wanted()); }  ///< what the list is to show because of it
};
struct Ledger {
  std::string workspace;
  std::string endpoint_id;
  std::string endpoint_name;
  std::map<std::string, LedgerEntry> entries;  ///< by Principal::key()
};

/// Keeps ledgers; AccessLedger objects stand behind it. `save` is durable when it returns; Conflict when changed since.
class LedgerStore {
 public:
  virtual ~LedgerStore() = default;
  [[nodiscard]] virtual Result<std::optional<Ledger>> load(const std::string& workspace,
                                                           const std::string& endpoint_id) = 0;
  /// Every ledger of endpoints that had this name: a recreated endpoint leaves the ledger of its old id behind.
  [[nodiscard]] virtual Result<std::vector<Ledger>> of(const std::string& workspace,
                                                       const std::string& endpoint_name) = 0;
  [[nodiscard]] virtual Result<void> save(const Ledger& ledger) = 0;
  [[nodiscard]] virtual Result<void> erase(const std::string& workspace, const std::string& endpoint_id) = 0;
};

/// How to reach a workspace, from DatabricksWorkspace's spec.
struct DataConnection {
  std::string name;
  std::string host;          ///< https origin
  std::string auth;          ///< "OAuthM2M" | "PersonalAccessToken"
  SecretHandle credentials;  ///< OAuthM2M: client_id, client_secret; PersonalAccessToken: token
  std::string ca_bundle;
  InstanceId instance;
  friend bool operator==(const DataConnection&, const DataConnection&) = default;
};

}  // namespace sallyport::ir
