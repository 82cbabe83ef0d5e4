// SPDX-License-Identifier: Apache-2.0
// What the three connection kinds have in common: credentials that may be missing, a system that is looked at now and
// then, users that keep them from being deleted, and the way out when a system is gone for good.
#pragma once

#include <string>
#include <vector>

#include "operator/runtime/workers.hpp"
#include "operator/schema/condition.hpp"
#include "reconcilers/shared/world.hpp"

namespace sallyport::shared {

/// An endpoint that has something at a connection, by its ledger.
struct User {
  std::string name;  ///< "risk/fraud-scoring"
  std::string id;    ///< of the placement
};
[[nodiscard]] std::vector<User> users_of(const Caches& caches, api::PlacementSystem system,
                                         const std::string& connection);

/// What a connection signs in with: a Secret in the operator's namespace, empty when none is needed, and the spec's
/// field that names it.
struct CredentialsName {
  std::string secret;
  std::string_view field;
};

/// The credentials Secret in the operator's namespace; an empty handle when it is not there.
[[nodiscard]] ir::SecretHandle credentials_handle(const store::Store& store, const std::string& name);

/// Writes credentials that the operator has made. A Secret of that name that is there already stays as it is.
[[nodiscard]] Result<void> keep_credentials(store::Store& store, const std::string& name,
                                            const Result<ir::SecretBytes>& made);

/// That the credentials' Secret is not there, and what to do: NotFound at `field`.
[[nodiscard]] Error missing_credentials(const store::Store& store, const std::string& name, std::string_view field);

/// What a person can do about a system that cannot be reached, to follow the error's words, which cannot know it; empty
/// for every other error. `spec`: whose that is.
[[nodiscard]] std::string advice_on(const Error& error, const std::string& spec);

/// What the conditions of a connection are made from. Pure.
struct ConnectionState {
  const schema::Metadata& meta;
  const std::vector<schema::FieldError>& errors;
  std::optional<Error> no_credentials;  ///< their Secret is not there
  std::optional<Error> unusable;        ///< the connection cannot be used as it is written
  std::optional<Error> unreachable;     ///< the last look failed
  bool looked = false;                  ///< there was a look at all
  std::vector<User> users;
};
void judge_connection(std::vector<schema::Condition>& conditions, const ConnectionState& state, SystemTime now);

/// Adds what users hold to the orphans that are remembered, when force-release was asked for by the connection's name.
/// Who is listed is freed, so more than the list has room for are listed in rounds: those who are free already make
/// room, and are written to the log. Returns whether anything was added.
bool remember_orphans(const schema::Metadata& meta, const std::vector<User>& users, std::vector<api::Orphan>& orphans);

/// Keys to queue when something changed: the CRs that refer to it.
[[nodiscard]] std::vector<Key> dependents(const Key& changed, const Caches& caches, const store::Store& store);

}  // namespace sallyport::shared
