// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/idp/telling.hpp"

namespace sallyport::idp {

ir::Outcome outcome_of(const Error& error) {
  const bool decided = error.code == Code::InvalidSpec || error.code == Code::NotFound || error.code == Code::Conflict;
  return decided ? ir::Outcome::Rejected : ir::Outcome::Unknown;
}

Error needs_a_person(std::string message, std::string where) {
  return {Code::Conflict, std::move(message), std::move(where), kForAPerson};
}

ir::Owner vault_owner(const ir::Owner& owner, const std::string& connection) {
  ir::Owner at = owner;
  at.uid = ir::registration_key(owner.uid, connection);
  return at;
}

http::Change change_of(const ir::Owner& owner, const std::string& connection, const std::string& client,
                       Action action) {
  http::Change change;
  change.object = owner.text();
  change.uid = owner.uid.str();
  change.resource_version = owner.resource_version;
  change.generation = owner.generation;
  change.target = "oidc " + connection + ": client " + client;
  change.action = action == Action::Create ? "create" : action == Action::Update ? "update" : "delete";
  return change;
}

}  // namespace sallyport::idp
