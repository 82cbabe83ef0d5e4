// SPDX-License-Identifier: Apache-2.0
// What both backends say in the same words: verdicts, changes for the audit trail, and whose record a record is.
#pragma once

#include <string>

#include "operator/http/client.hpp"
#include "reconcilers/ir/client.hpp"

namespace sallyport::idp {

/// How long to leave a thing alone that only a person can put right.
inline constexpr std::chrono::minutes kForAPerson{10};

/// Rejected when the provider has decided (InvalidSpec, NotFound, Conflict), else Unknown.
[[nodiscard]] ir::Outcome outcome_of(const Error& error);

/// A stop for which a person is needed: Conflict, looked at again after ten minutes.
[[nodiscard]] Error needs_a_person(std::string message, std::string where);

/// Whose record in the vault: the owner's at this connection. An endpoint that moves from one provider to another has,
/// for a while, a client at each, and each keeps its own record. The uid is followed by a dot and ten hex digits.
[[nodiscard]] ir::Owner vault_owner(const ir::Owner& owner, const std::string& connection);

enum class Action { Create, Update, Delete };

/// One line of the audit trail. `client` is the client's id, empty when it has none yet.
[[nodiscard]] http::Change change_of(const ir::Owner& owner, const std::string& connection, const std::string& client,
                                     Action action);

}  // namespace sallyport::idp
