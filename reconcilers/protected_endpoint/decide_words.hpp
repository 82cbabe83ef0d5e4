// SPDX-License-Identifier: Apache-2.0
// Words and steps that the decisions on client, grant and edge share.
#pragma once

#include <string>
#include <vector>

#include "operator/base/text.hpp"
#include "reconcilers/protected_endpoint/decide.hpp"
#include "reconcilers/shared/allow.hpp"

namespace sallyport::protected_endpoint {

[[nodiscard]] inline std::string in_quotes(const std::string& text) {
  return "'" + text + "'";
}

/// Where its owner would have to add something: the entries that speak of the namespace already, by their names.
template <class Entries>
[[nodiscard]] std::string allow_of(const std::string& connection, const Entries& entries) {
  constexpr std::size_t kMostNames = 5;
  std::vector<std::string> names;
  for (const auto* entry : entries) {
    if (names.size() < kMostNames) names.push_back(in_quotes(entry->name));
  }
  const std::string place = names.empty() ? "" : " (entry " + join(names, ", ") + ")";
  return "the owner of " + connection + " to add it to spec.allow" + place;
}

[[nodiscard]] inline Finding not_allowed(const std::string& field, const std::string& what, const std::string& whom) {
  return {"NotAllowed", field + ": " + what + "; ask " + whom};
}

[[nodiscard]] inline Finding missing_ref(const std::string& field, const std::string& kind, const std::string& name) {
  if (name.empty()) return {"RefNotFound", field + ": must name the " + kind};
  return {"RefNotFound", field + ": there is no " + kind + " " + in_quotes(name) + "; create it, or correct the name"};
}

/// Its owner has declared the system gone for good: nothing is wanted of it any more, and what it held is dropped.
template <class Connection>
[[nodiscard]] std::optional<Decision> hold_on_released(Validated& v, const std::string& field, const std::string& kind,
                                                       const Connection& connection) {
  if (!shared::is_released(connection.meta)) return std::nullopt;
  const Finding why{"ConnectionReleased", field + ": " + kind + " " + in_quotes(connection.meta.name) +
                                              " is declared gone for good by its owner; name another one"};
  complain(v.resolved_refs, why);
  return hold(why);
}

/// Wanted. What has not come to be there yet may be waiting for the connection, and the connection says why. One that
/// is being deleted takes nothing new, or it would never be rid of its users.
template <class Connection>
[[nodiscard]] Decision present_at(Validated& v, const std::string& field, const std::string& name,
                                  const Connection& connection, bool placed) {
  if (connection.meta.deletion_timestamp && !placed) {
    const Finding why{"ConnectionDeleting",
                      field + ": " + name + " is being deleted and takes nothing new; name another one"};
    complain(v.resolved_refs, why);
    return hold(why);
  }
  Decision decision = present();
  decision.why = not_ready(name, connection.status.conditions);
  return decision;
}

}  // namespace sallyport::protected_endpoint
