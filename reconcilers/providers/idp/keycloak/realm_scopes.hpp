// SPDX-License-Identifier: Apache-2.0
// The client scopes of a realm as Keycloak's JSON has them (ClientScopeRepresentation), and which clients use them.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "operator/base/clock.hpp"
#include "operator/base/result.hpp"

namespace sallyport::idp::keycloak {

struct RealmScope {
  std::string id;
  std::string protocol;
  bool in_token = true;  ///< `include.in.token.scope`: whether its name stands in the token
  bool ours = false;     ///< marked with our instance

  [[nodiscard]] bool is_usable() const { return in_token && protocol == "openid-connect"; }
};

/// By name.
using RealmScopes = std::map<std::string, RealmScope>;

/// From GET /client-scopes and the lists of the realm's defaults. Unavailable for anything but a list.
[[nodiscard]] Result<RealmScopes> read_realm_scopes(const std::string& body, const std::string& where,
                                                    const std::string& instance);
/// Body of POST and PUT of client-scopes: a scope that does nothing but put its name into tokens, with our mark.
[[nodiscard]] std::string realm_scope_body(const std::string& name, const std::string& instance);

/// What one client uses.
struct ScopeUse {
  std::string client;                           ///< the row's UUID
  std::optional<std::set<std::string>> scopes;  ///< default and optional; empty: not shown to us, so it may be any
};
/// From GET /clients. Unavailable for anything but a list of clients.
[[nodiscard]] Result<std::vector<ScopeUse>> read_scope_uses(const std::string& body, const std::string& where);

/// The realm's scopes as they were a moment ago: a mass of new clients needs to read them once. Thread-safe.
class RecentScopes {
 public:
  explicit RecentScopes(const Clock& clock) : clock_(clock) {}

  /// Whether all of these were there, and usable.
  [[nodiscard]] bool have(const std::set<std::string>& names) const;
  void keep(RealmScopes scopes);
  void drop();

 private:
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::optional<RealmScopes> scopes_;
  SteadyTime read_at_{};
};

}  // namespace sallyport::idp::keycloak
