// SPDX-License-Identifier: Apache-2.0
// One look at one client of a realm, and what is done about it.
#pragma once

#include <optional>
#include <set>
#include <shared_mutex>
#include <stop_token>
#include <string>
#include <vector>

#include "reconcilers/providers/idp/keycloak/admin.hpp"
#include "reconcilers/providers/idp/keycloak/client_document.hpp"
#include "reconcilers/providers/idp/keycloak/realm_scopes.hpp"
#include "reconcilers/providers/idp/keycloak/record.hpp"
#include "reconcilers/providers/idp/telling.hpp"

namespace sallyport::idp::keycloak {

/// What passes share. Thread-safe.
struct Realm {
  Realm(const ir::IdpConnection& to, Surroundings around, std::string admin);
  ir::IdpConnection connection;
  std::string base;  ///< of the admin API
  ir::RegistrationVault& vault;
  Issuer issuer;
  Admin admin;
  RecentScopes recent_scopes;
  /// Shared by who makes and attaches the realm's scopes; alone is who looks for unused ones and removes them.
  std::shared_mutex scopes_in_use{};
};

/// What a fragment means in this realm, without the secret: a function of its own, for `render`.
[[nodiscard]] Wanted wanted_of(const ir::ClientFragment& fragment, const ir::IdpConnection& connection);

class Pass {
 public:
  Pass(Realm& realm, const ir::ClientFragment& fragment, std::stop_token stop);

  /// Makes, adopts or puts right; then reads back and compares.
  [[nodiscard]] ir::Verdict present();
  /// DELETE /clients/{id}; Gone when a GET says 404 afterwards, and the realm's scopes that only this client used are
  /// gone too.
  [[nodiscard]] ir::Verdict absent();
  /// Takes our marks off, so that somebody else may adopt the client, and forgets it.
  [[nodiscard]] ir::Verdict release();
  /// Reads only. Applied when there is nothing to do, else Pending with a note per difference. A Hold sends nothing.
  [[nodiscard]] ir::Verdict compare();

 private:
  enum class Whose { Ours, Unmarked, Foreign };

  [[nodiscard]] Result<ir::Outcome> make_present();
  [[nodiscard]] Result<ir::Outcome> settle(const Seen& seen, bool was_there);
  [[nodiscard]] Result<ir::Outcome> make_absent();
  [[nodiscard]] Result<ir::Outcome> make_released();
  [[nodiscard]] Result<ir::Outcome> tell_differences();

  [[nodiscard]] Result<void> load();
  [[nodiscard]] Result<void> save();
  [[nodiscard]] Result<void> forget();
  /// Writes down what is about to be made or adopted, and returns what there was to see of it.
  [[nodiscard]] Result<std::optional<Seen>> begin();
  [[nodiscard]] Result<std::optional<Seen>> find_for_adoption();
  [[nodiscard]] Result<std::optional<Seen>> observe(const std::string& id);
  [[nodiscard]] Result<std::optional<Seen>> find_ours();
  [[nodiscard]] Whose whose(const Seen& seen) const;
  [[nodiscard]] Error taken(const Seen& seen) const;
  [[nodiscard]] Error hidden(const Seen& seen) const;
  [[nodiscard]] Result<Gap> gap_to(const Seen& seen) const;

  [[nodiscard]] Result<void> create();
  [[nodiscard]] Result<void> repair(const Seen& seen, const Gap& gap);
  [[nodiscard]] Result<void> set_mapper(const Seen& seen);
  [[nodiscard]] Result<void> set_scopes(const Seen& seen, const Gap& gap);

  [[nodiscard]] Result<void> prepare_scopes_of_new_client();
  /// Before they are attached: what is to be taken off again later, and to go from the realm with the last client.
  [[nodiscard]] Result<void> note_use(const std::set<std::string>& names);
  /// Anew; what is read stays in `recent_scopes`.
  [[nodiscard]] Result<RealmScopes> list_realm_scopes();
  [[nodiscard]] Result<RealmScopes> read_scope_list(const std::string& path);
  /// True when the realm's list is another one now.
  [[nodiscard]] Result<bool> make_missing_scopes(const std::set<std::string>& needed, const RealmScopes& realm);
  /// `existing`: the id of one of ours that is to be put right, or empty.
  [[nodiscard]] Result<void> make_realm_scope(const std::string& name, const std::string& existing);
  /// Of those that this client used: DELETE /client-scopes/{id} of each that has our mark and that nobody uses.
  /// Keycloak would take a scope off its clients without a word (measured with 26.7).
  [[nodiscard]] Result<void> remove_unused_scopes(std::set<std::string> names);
  /// Leaves in `names` what neither a client uses nor the realm gives to new ones. GET /clients, page by page: there is
  /// no way to ask who uses a scope.
  [[nodiscard]] Result<void> leave_unused(std::set<std::string>& names);

  /// An Error for every status but 2xx and, for DELETE, 404.
  [[nodiscard]] Result<void> change(const std::string& method, const std::string& path, std::string body = {});
  [[nodiscard]] Result<void> change_realm_scope(const std::string& name, const std::string& method,
                                                const std::string& path, std::string body);
  [[nodiscard]] Result<void> send_change(const std::string& method, const std::string& path, std::string body,
                                         http::Change change);
  [[nodiscard]] Result<http::Response> get(const std::string& path);
  [[nodiscard]] Error failure(const http::Response& response, const std::string& method, const std::string& path) const;
  [[nodiscard]] ir::Verdict verdict(const Result<ir::Outcome>& result);

  Realm& realm_;
  const ir::ClientFragment& fragment_;
  std::stop_token stop_;
  ir::Owner owner_;  ///< whose record it is
  Wanted wanted_;
  std::string derived_id_;
  std::string asked_hash_;
  std::string token_url_;
  Record record_;
  std::vector<std::string> notes_;
  bool repaired_ = false;
};

}  // namespace sallyport::idp::keycloak
